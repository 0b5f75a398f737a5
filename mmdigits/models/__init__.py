"""Networks, readers and checkpoint schemes, registered on import."""

from mmdigits.models.backbones import StagePluginResNet, TorchvisionMobileNetV3
from mmdigits.models.dense_heads import ScoreThresholdRPNHead
from mmdigits.models.detectors import DetectorEnsemble, SecondLookRCNN
from mmdigits.models.losses import SoftmaxFocalLoss
from mmdigits.models.plugins import CBAM
from mmdigits.models.postprocessors import DigitStringPostprocessor
from mmdigits.models.roi_extractors import Float32RoIExtractor, SeparableRoIExtractor
from mmdigits.models.task_modules import TorchvisionAnchorGenerator
from mmdigits.models.test_time_augs import FusedTTAModel
from mmdigits.models.weights import torchvision_scheme  # noqa: F401

__all__ = [
    "CBAM",
    "DetectorEnsemble",
    "DigitStringPostprocessor",
    "Float32RoIExtractor",
    "FusedTTAModel",
    "ScoreThresholdRPNHead",
    "SecondLookRCNN",
    "SeparableRoIExtractor",
    "SoftmaxFocalLoss",
    "StagePluginResNet",
    "TorchvisionAnchorGenerator",
    "TorchvisionMobileNetV3",
]
