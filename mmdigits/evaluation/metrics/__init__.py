from mmdigits.evaluation.metrics.digit_coco_metric import DigitCocoMetric
from mmdigits.evaluation.metrics.sequence_accuracy import SequenceAccuracy
from mmdigits.evaluation.metrics.submission import SubmissionWriter

__all__ = ["DigitCocoMetric", "SequenceAccuracy", "SubmissionWriter"]
