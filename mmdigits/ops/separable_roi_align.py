"""RoIAlign as two matrix products for each image."""

from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.modules.utils import _pair

from mmdigits.errors import InputError


class SeparableRoIAlign(nn.Module):
    """RoIAlign by matrix products, for CPUs, where its gradient is otherwise slow.

    A bilinear sample is a weighted mean of a map's rows, then of its columns. The mean over the
    samples of a cell, which form a grid, is so too. An RoI's features are therefore ``Y F X``,
    where F is the map and Y and X hold one row of weights for each row and column of cells; these
    products, and their gradients, are what CPUs do best. torchvision's kernel visits sample after
    sample instead: in training, 64 RoIs an image, it took longer than all other gradients but the
    convolutions'. Results equal torchvision's but for rounding. The weights are dense over the
    map, so this pays on small maps, such as those of small photographs; most of all where the map
    is channels_last in memory, which is how the products want it.

    The weights are found in float32 at least, then rounded to the type of the features. It can be
    differentiated once.

    Source: He et al., ICCV 2017, https://arxiv.org/abs/1703.06870, section 3; mirrors
    ``torchvision.ops.RoIAlign``.

    Args:
        output_size: Cells of the grid over each RoI: height and width, or one number for both.
        spatial_scale: Feature cells per image pixel, e.g. 1/8.
        sampling_ratio: Samples per cell along each axis, at least 1. torchvision's 0, which
            chooses by the size of the RoI, is not supported.
        aligned: Whether a feature's value belongs to the centre of its cell, i.e. shift by half a
            cell; without, an RoI is also at least one cell wide and high.

    Raises:
        InputError: If ``sampling_ratio`` is less than 1.
    """

    def __init__(
        self,
        output_size: int | tuple[int, int],
        spatial_scale: float,
        sampling_ratio: int,
        aligned: bool = True,
    ) -> None:
        super().__init__()
        if sampling_ratio < 1:
            raise InputError(
                f"SeparableRoIAlign: sampling_ratio={sampling_ratio} must be at least 1; set it in "
                "the extractor's roi_layer"
            )
        self.output_size = _pair(output_size)
        self.spatial_scale = spatial_scale
        self.sampling_ratio = sampling_ratio
        self.aligned = aligned

    def forward(self, features: Tensor, rois: Tensor) -> Tensor:
        """Sample the features of each RoI on a grid.

        Args:
            features: ``(B, C, H, W)``; computed in its own precision, also under autocast.
            rois: ``(K, 5)``: index of the image in the batch, then xyxy corners in pixels of the
                image that ``spatial_scale`` relates to the features. They get no gradient.

        Returns:
            ``(K, C, cells high, cells wide)`` of the features' type; ``(0, C, ...)`` for no RoIs.
        """
        return pool_levels(
            (features,), rois, torch.zeros_like(rois[:, 0], dtype=torch.long), [self]
        )

    def weights(self, rois: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """What each row and column of cells takes from each row and column of a map.

        Args:
            rois: ``(K, 5)``, as in :meth:`forward`.
            features: ``(..., H, W)``.

        Returns:
            ``(K, cells high, H)`` and ``(K, cells wide, W)`` of the features' type.
        """
        corners = rois[:, 1:].to(torch.promote_types(features.dtype, torch.float32))
        corners = corners * self.spatial_scale - (0.5 if self.aligned else 0.0)
        left, top, right, bottom = corners.unbind(1)
        cells_high, cells_wide = self.output_size
        height, width = features.shape[-2:]
        rows = self._weights(top, bottom, cells_high, height)
        columns = self._weights(left, right, cells_wide, width)
        return rows.to(features), columns.to(features)

    def _weights(self, low: Tensor, high: Tensor, cells: int, length: int) -> Tensor:
        """``(K, cells, length)`` mean weights that each cell gives the map along one axis."""
        extent = high - low
        if not self.aligned:
            extent = extent.clamp(min=1)
        samples = cells * self.sampling_ratio
        steps = (torch.arange(samples, device=low.device, dtype=low.dtype) + 0.5) / samples
        place = low[:, None] + steps * extent[:, None]
        # Up to one cell outside, a sample takes the border's value; further out it is zero.
        inside = (place >= -1) & (place <= length)
        place = place.clamp(0, length - 1)
        nodes = torch.arange(length, device=low.device, dtype=low.dtype)
        tent = (1 - (place[..., None] - nodes).abs()).clamp(min=0) * inside[..., None]
        return tent.view(-1, cells, self.sampling_ratio, length).mean(dim=2)

    def extra_repr(self) -> str:
        """The settings, for printing the module."""
        return (
            f"output_size={self.output_size}, spatial_scale={self.spatial_scale}, "
            f"sampling_ratio={self.sampling_ratio}, aligned={self.aligned}"
        )


def pool_levels(
    features: Sequence[Tensor],
    rois: Tensor,
    levels: Tensor,
    layers: Sequence[SeparableRoIAlign],
) -> Tensor:
    """Sample each RoI on the level of a pyramid that it belongs to.

    Args:
        features: One ``(B, C, H, W)`` for each level, all of one type; computed in it, also under
            autocast.
        rois: ``(K, 5)``: index of the image in the batch, then xyxy corners in image pixels. They
            get no gradient.
        levels: ``(K,)`` int64 indices into ``features``.
        layers: One for each level, all with the same number of cells.

    Returns:
        ``(K, C, cells high, cells wide)`` of the features' type; ``(0, C, ...)`` for no RoIs.

    Raises:
        ValueError: If an RoI is of an image or a level that isn't there.
    """
    batch, channels = features[0].shape[:2]
    with torch.autocast(features[0].device.type, enabled=False):
        with torch.no_grad():
            image = rois[:, 0].long()
            if len(rois) and (image.max() >= batch or levels.max() >= len(features)):
                raise ValueError(
                    f"pool_levels: an RoI is of image {int(image.max())} or level "
                    f"{int(levels.max())}; there are {batch} images and {len(features)} levels"
                )
            group = levels * batch + image
            counts = torch.bincount(group, minlength=batch * len(features)).tolist()
            members = torch.argsort(group, stable=True).split(counts)
            plan = [
                (level, image, chosen, *layers[level].weights(rois[chosen], features[level]))
                for (level, image), chosen in zip(
                    product(range(len(features)), range(batch)), members, strict=True
                )
                if len(chosen)
            ]
        cells_high, cells_wide = layers[0].output_size
        shape = (len(rois), cells_high, cells_wide, channels)
        pooled = _Pool.apply(plan, shape, *(feature.permute(0, 2, 3, 1) for feature in features))
    return pooled.permute(0, 3, 1, 2)


class _Pool(torch.autograd.Function):
    # One function for all images and levels: autograd would fill a tensor of the whole size with
    # zeros for every part of what is put together here.

    @staticmethod
    def forward(ctx, plan, shape, *features):
        ctx.plan = plan
        ctx.shapes = [feature.shape for feature in features]
        pooled = features[0].new_empty(shape)
        cells_wide, channels = shape[2:]
        for level, image, members, rows, columns in plan:
            height, width = features[level].shape[1:3]
            every = columns.reshape(1, -1, width).expand(height, -1, -1)
            across = torch.bmm(every, features[level][image])  # (H, k * cells wide, C)
            across = across.view(height, len(members), cells_wide * channels).transpose(0, 1)
            down = torch.bmm(rows, across)  # (k, cells high, cells wide * C)
            pooled[members] = down.view(-1, *shape[1:])
        return pooled

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        gradients = [gradient.new_zeros(shape) for shape in ctx.shapes]
        with torch.autocast(gradient.device.type, enabled=False):
            for level, image, members, rows, columns in ctx.plan:
                height, width, channels = ctx.shapes[level][1:]
                down = gradient[members].flatten(2)  # (k, cells high, cells wide * C)
                across = torch.bmm(rows.transpose(1, 2), down).transpose(0, 1)
                across = across.reshape(height, -1, channels)  # (H, k * cells wide, C)
                every = columns.reshape(1, -1, width).expand(height, -1, -1)
                torch.bmm(every.transpose(1, 2), across, out=gradients[level][image])
        return None, None, *gradients
