"""Networks, readers and checkpoint schemes, registered on import."""

from mmdigits.models.backbones import StagePluginResNet
from mmdigits.models.plugins import CBAM
from mmdigits.models.postprocessors import DigitStringPostprocessor
from mmdigits.models.task_modules import TorchvisionAnchorGenerator
from mmdigits.models.weights import torchvision_scheme  # noqa: F401

__all__ = [
    "CBAM",
    "DigitStringPostprocessor",
    "StagePluginResNet",
    "TorchvisionAnchorGenerator",
]
