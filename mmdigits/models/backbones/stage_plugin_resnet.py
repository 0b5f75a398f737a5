"""A ResNet with plugins at the end of its stages, and torchvision's way to freeze some of them."""

from collections.abc import Sequence

from mmcv.cnn import build_plugin_layer
from mmdet.models import ResNet
from mmdet.registry import MODELS
from torch import nn

from mmdigits.errors import InputError


@MODELS.register_module()
class StagePluginResNet(ResNet):
    """MMDetection's ResNet that also hosts plugins after a stage, or freezes as torchvision does.

    ResNet's own ``plugins`` sit inside a block, before the addition, and need bottleneck blocks.
    A stage plugin works on the stage's output, so any depth takes it, and it does not change the
    names of the other parameters: a checkpoint without it still loads. It becomes a submodule of
    the stage, for example ``layer2.cbam``.

    Both libraries freeze the parameters of the stem and of the first ``frozen_stages`` stages.
    MMDetection also puts those into evaluation mode; in torchvision their BatchNorm goes on
    normalising by the batch and updating its running statistics.

    Source: API of ``trainable_layers`` in ``torchvision.models.detection.backbone_utils``.

    Args:
        stage_plugins: Dicts with ``cfg``, the plugin's config, and ``stages``, one bool a stage.
        frozen_stats: Whether BatchNorm of the frozen stages keeps and uses its running statistics
            in training mode, as in MMDetection; False does as torchvision. ``norm_eval=True``, with
            which every BatchNorm keeps them, prevails.
        **kwargs: Arguments of ``mmdet.models.ResNet``, which rejects strangers.

    Raises:
        InputError: If ``stages`` is not one bool a stage, two plugins of a stage have one name,
            or a plugin is put into a frozen stage, where it would keep its random weights.
    """

    def __init__(
        self, stage_plugins: Sequence[dict] = (), frozen_stats: bool = True, **kwargs
    ) -> None:
        super().__init__(**kwargs)
        self.frozen_stats = frozen_stats
        for plugin in stage_plugins:
            if set(plugin) != {"cfg", "stages"} or len(plugin["stages"]) != self.num_stages:
                raise InputError(
                    f"StagePluginResNet: stage_plugins has {dict(plugin)}; each entry is "
                    f"dict(cfg=..., stages=...) with one bool for each of {self.num_stages} stages"
                )
            for stage, wanted in enumerate(plugin["stages"], start=1):
                if wanted:
                    self._append(stage, plugin["cfg"])

    def train(self, mode: bool = True) -> nn.Module:
        """Enter training or evaluation mode, where frozen stages obey ``frozen_stats``.

        Args:
            mode: True for training, False for evaluation.

        Returns:
            The backbone itself.
        """
        super().train(mode)
        if mode and not (self.frozen_stats or self.norm_eval):
            # Past ResNet.train, which puts the frozen stages into evaluation mode.
            nn.Module.train(self, mode)
        return self

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
