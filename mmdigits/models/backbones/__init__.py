from mmdigits.models.backbones.stage_plugin_resnet import StagePluginResNet

__all__ = ["StagePluginResNet"]
