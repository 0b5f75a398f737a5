from mmdigits.evaluation.functional.detections import Detections, detections_of
from mmdigits.evaluation.functional.strings import accuracy_interval, string_scores

__all__ = ["Detections", "accuracy_interval", "detections_of", "string_scores"]
