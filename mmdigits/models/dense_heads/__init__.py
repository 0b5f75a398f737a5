"""Heads on every cell of the feature maps, registered in MMDetection's ``MODELS``."""

from mmdigits.models.dense_heads.score_threshold_rpn_head import ScoreThresholdRPNHead

__all__ = ["ScoreThresholdRPNHead"]
