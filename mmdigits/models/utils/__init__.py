from mmdigits.models.utils.merging import merge_detections

__all__ = ["merge_detections"]
