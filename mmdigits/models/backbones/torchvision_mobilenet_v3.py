"""torchvision's MobileNetV3-Large as the trunk of a detector."""

from functools import partial

from mmdet.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn
from torchvision.models.detection.backbone_utils import mobilenet_backbone
from torchvision.ops import FrozenBatchNorm2d

from mmdigits.errors import InputError

_STAGES = 6


@MODELS.register_module()
class TorchvisionMobileNetV3(BaseModule):
    """MobileNetV3-Large cut, frozen and normalised as torchvision's detectors use it.

    The network is torchvision's own. Its parameters have the names of the classification network,
    so ``init_cfg=dict(type="Pretrained", checkpoint="torchvision://mobilenet_v3_large.imagenet1k_v1")``
    loads ImageNet weights; only the classifier is left over.

    Source: API of ``torchvision.models.detection.backbone_utils.mobilenet_backbone``; Howard et
    al., ICCV 2019, https://arxiv.org/abs/1905.02244, table 1.

    Args:
        trainable_stages: How many of the six stages train, counted from the last convolution, 0 to
            6. A stage begins where the resolution halves; the last convolution is one of its own.
            6 trains everything; 3 is torchvision's default for weights that were trained before.
        frozen_norm: BatchNorm as a constant: statistics, scales and shifts never change. Otherwise
            BatchNorm trains, and in frozen stages goes on using and updating batch statistics.
        norm_eps: Added to BatchNorm's variance, 0 or more. torchvision's detectors use 1e-5, also
            with the ImageNet weights, which were trained with 1e-3.
        init_cfg: MMEngine initialisation config.

    Shape:
        ``(N, 3, H, W)`` normalised images in; ``(N, 160, H / 32, W / 32)`` and
        ``(N, 960, H / 32, W / 32)`` out, rounded up: both maps have stride 32.

    Raises:
        InputError: If ``trainable_stages`` or ``norm_eps`` is out of range.
    """

    def __init__(
        self,
        trainable_stages: int = 3,
        frozen_norm: bool = True,
        norm_eps: float = 1e-5,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        if trainable_stages not in range(_STAGES + 1):
            raise InputError(
                f"TorchvisionMobileNetV3: trainable_stages is {trainable_stages!r}; allowed are 0 "
                f"(all frozen) to {_STAGES} (all trained): mend model.backbone"
            )
        if norm_eps < 0:
            raise InputError(
                f"TorchvisionMobileNetV3: norm_eps is {norm_eps}; give 0 or more, torchvision's is "
                "1e-5: mend model.backbone"
            )
        super().__init__(init_cfg)
        norm = FrozenBatchNorm2d if frozen_norm else nn.BatchNorm2d
        # Only with an FPN, which is dropped here, does torchvision return the maps before it.
        self.features = mobilenet_backbone(
            backbone_name="mobilenet_v3_large",
            weights=None,
            fpn=True,
            norm_layer=partial(norm, eps=norm_eps),
            trainable_layers=trainable_stages,
        ).body

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the maps that torchvision gives to its FPN.

        Args:
            x: ``(N, 3, H, W)`` float images, normalised with ImageNet's mean and deviation.

        Returns:
            The first block at stride 32, 160 channels, and the last convolution, 960 channels.
        """
        first, last = self.features(x).values()
        return first, last
