"""A ResNet with plugins at the end of its stages."""

from mmcv.cnn import build_plugin_layer
from mmdet.models import ResNet
from mmdet.registry import MODELS

from mmdigits.errors import InputError


@MODELS.register_module()
class StagePluginResNet(ResNet):
    """MMDetection's ResNet that also hosts plugins after the last block of a stage.

    ResNet's own ``plugins`` sit inside a block, before the addition, and need bottleneck blocks.
    A stage plugin works on the stage's output, so any depth takes it, and it does not change the
    names of the other parameters: a checkpoint without it still loads. It becomes a submodule of
    the stage, for example ``layer2.cbam``.

    Args:
        stage_plugins: Dicts with ``cfg``, the plugin's config, and ``stages``, one bool a stage.
        **kwargs: Arguments of ``mmdet.models.ResNet``, which rejects strangers.

    Raises:
        InputError: If ``stages`` is not one bool a stage, two plugins of a stage have one name,
            or a plugin is put into a frozen stage, where it would keep its random weights.
    """

    def __init__(self, stage_plugins: list[dict], **kwargs) -> None:
        super().__init__(**kwargs)
        for plugin in stage_plugins:
            if set(plugin) != {"cfg", "stages"} or len(plugin["stages"]) != self.num_stages:
                raise InputError(
                    f"StagePluginResNet: stage_plugins has {dict(plugin)}; each entry is "
                    f"dict(cfg=..., stages=...) with one bool for each of {self.num_stages} stages"
                )
            for stage, wanted in enumerate(plugin["stages"], start=1):
                if wanted:
                    self._append(stage, plugin["cfg"])

    def _append(self, stage: int, cfg: dict) -> None:
        if stage <= self.frozen_stages:
            raise InputError(
                f"StagePluginResNet: a {cfg['type']} at the end of stage {stage} would never be "
                f"trained: frozen_stages is {self.frozen_stages}; set it below {stage}, or that "
                "entry of `stages` to False"
            )
        blocks = getattr(self, f"layer{stage}")
        channels = self.base_channels * 2 ** (stage - 1) * self.block.expansion
        name, plugin = build_plugin_layer(dict(cfg), in_channels=channels)
        if hasattr(blocks, name):
            raise InputError(
                f"StagePluginResNet: stage {stage} gets two plugins named {name}; keep one"
            )
        blocks.add_module(name, plugin)
