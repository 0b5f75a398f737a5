from mmdigits.models.roi_extractors.separable_roi_extractor import SeparableRoIExtractor

__all__ = ["SeparableRoIExtractor"]
