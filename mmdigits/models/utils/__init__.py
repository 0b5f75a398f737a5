from mmdigits.models.utils.instances import to_detections, to_instances
from mmdigits.models.utils.merging import merge_detections

__all__ = ["merge_detections", "to_detections", "to_instances"]
