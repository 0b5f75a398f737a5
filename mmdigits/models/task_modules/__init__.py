"""Anchor generators, registered in MMDetection's ``TASK_UTILS``."""

from mmdigits.models.task_modules.torchvision_anchor_generator import TorchvisionAnchorGenerator

__all__ = ["TorchvisionAnchorGenerator"]
