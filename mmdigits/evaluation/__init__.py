"""Metrics, registered into MMDetection's METRICS on import."""

from mmdigits.evaluation.metrics import DigitCocoMetric, SequenceAccuracy, SubmissionWriter

__all__ = ["DigitCocoMetric", "SequenceAccuracy", "SubmissionWriter"]
