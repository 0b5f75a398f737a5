from mmdigits.models.postprocessors.digit_string import DigitStringPostprocessor
from mmdigits.models.postprocessors.reads_strings import ReadsStrings

__all__ = ["DigitStringPostprocessor", "ReadsStrings"]
