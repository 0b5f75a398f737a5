"""Convolutional block attention."""

import torch
from mmdet.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmdigits.errors import InputError


class ChannelAttention(BaseModule):
    """Weight every channel by what its spatial average and maximum say together.

    Source: Woo et al., ECCV 2018, https://arxiv.org/abs/1807.06521, eq. 2.

    Args:
        in_channels: C of the input map.
        reduction: Shrink factor of the shared two-layer network.

    Shape:
        ``(N, C, H, W)`` in, weights ``(N, C, 1, 1)`` in (0, 1) out.
    """

    def __init__(self, in_channels: int, reduction: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(in_channels, in_channels // reduction, 1, bias=False)
        self.fc2 = nn.Conv2d(in_channels // reduction, in_channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the channel weights; see the class for shapes."""
        average = self._mlp(x.mean((2, 3), keepdim=True))
        maximum = self._mlp(x.amax((2, 3), keepdim=True))
        return torch.sigmoid(average + maximum)

    def _mlp(self, x: Tensor) -> Tensor:
        return self.fc2(torch.relu(self.fc1(x)))


class SpatialAttention(BaseModule):
    """Weight every position by what its average and maximum over channels say together.

    Source: Woo et al., ECCV 2018, https://arxiv.org/abs/1807.06521, eq. 3.

    Args:
        kernel_size: Side of the convolution in cells; odd.

    Shape:
        ``(N, C, H, W)`` in, weights ``(N, 1, H, W)`` in (0, 1) out.
    """

    def __init__(self, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, kernel_size, padding=kernel_size // 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the position weights; see the class for shapes."""
        pooled = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)
        return torch.sigmoid(self.conv(pooled))


@MODELS.register_module()
class CBAM(BaseModule):
    """Reweight a feature map by channel, then by position.

    Source: Woo et al., ECCV 2018, https://arxiv.org/abs/1807.06521, eq. 1. Neither the shared
    network nor the convolution has a bias or a norm.

    CBAM can't start as the identity: with the default initialisation both weights are near 0.5,
    so a freshly added module scales pretrained features to about a quarter. In a frozen stage it
    would keep its random weights for ever.

    Args:
        in_channels: C of the input map; ``build_plugin_layer`` supplies it.
        reduction: Shrink factor of the channel network; must divide ``in_channels``.
        kernel_size: Side of the spatial convolution in cells; odd.
        init_cfg: MMEngine initialisation config.

    Shape:
        ``(N, C, H, W)`` in, the same shape out.

    Raises:
        InputError: If ``reduction`` does not divide ``in_channels`` or ``kernel_size`` is even.
    """

    _abbr_ = "cbam"

    def __init__(
        self,
        in_channels: int,
        reduction: int = 16,
        kernel_size: int = 7,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if reduction < 1 or in_channels % reduction:
            raise InputError(
                f"CBAM: reduction is {reduction}, but the map has {in_channels} channels; it must "
                "divide them: mend the plugin's cfg"
            )
        if kernel_size < 1 or kernel_size % 2 == 0:
            raise InputError(
                f"CBAM: kernel_size is {kernel_size}; it must be odd and positive: mend the "
                "plugin's cfg"
            )
        self.channel = ChannelAttention(in_channels, reduction)
        self.spatial = SpatialAttention(kernel_size)

    def forward(self, x: Tensor) -> Tensor:
        """Return the reweighted map; see the class for shapes."""
        x = x * self.channel(x)  # weights (N, C, 1, 1)
        return x * self.spatial(x)  # weights (N, 1, H, W)
