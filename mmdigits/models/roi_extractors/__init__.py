from mmdigits.models.roi_extractors.float32_roi_extractor import Float32RoIExtractor
from mmdigits.models.roi_extractors.separable_roi_extractor import SeparableRoIExtractor

__all__ = ["Float32RoIExtractor", "SeparableRoIExtractor"]
