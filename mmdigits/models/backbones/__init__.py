from mmdigits.models.backbones.stage_plugin_resnet import StagePluginResNet
from mmdigits.models.backbones.torchvision_mobilenet_v3 import TorchvisionMobileNetV3

__all__ = ["StagePluginResNet", "TorchvisionMobileNetV3"]
