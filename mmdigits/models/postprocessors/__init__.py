from mmdigits.models.postprocessors.digit_string import DigitStringPostprocessor

__all__ = ["DigitStringPostprocessor"]
