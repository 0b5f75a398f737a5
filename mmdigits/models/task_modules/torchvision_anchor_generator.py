"""Anchors exactly where torchvision's detectors expect them."""

import copy
from collections.abc import Sequence

import torch
from mmdet.models.task_modules.prior_generators import AnchorGenerator
from mmdet.registry import TASK_UTILS
from torch import Tensor


@TASK_UTILS.register_module()
class TorchvisionAnchorGenerator(AnchorGenerator):
    """MMDetection's ``AnchorGenerator``, equal to torchvision's anchor for anchor.

    Weights trained in torchvision regress from its anchors, which differ in three points:

    - the corners of the base anchors are rounded to whole pixels;
    - a level's stride is the padded image size divided by the level's grid size, rounded down.
      This matters where the grid was rounded up: the pooled level of an image 224 px high has 4
      rows, 56 and not 64 px apart;
    - every anchor may be sampled for training, also in the padding of a smaller image in a batch.

    The arguments are those of ``AnchorGenerator``: ``scales`` times ``strides`` are the anchor
    sizes in pixels, ``ratios`` are height / width. ``strides[0]`` must be the true stride of the
    first level, since the padded image size is derived from it: pad images to its multiple. The
    other strides only set the sizes of their level's anchors.

    Source: API and results of ``torchvision.models.detection.anchor_utils.AnchorGenerator``.
    """

    def gen_single_level_base_anchors(
        self,
        base_size: float,
        scales: Tensor,
        ratios: Tensor,
        center: tuple[float, float] | None = None,
    ) -> Tensor:
        """Build the anchors of one cell around the origin.

        Args:
            base_size: The level's nominal stride in pixels.
            scales: ``(S,)`` multiples of ``base_size``.
            ratios: ``(R,)`` heights divided by widths.
            center: Shift ``(x, y)`` in pixels, or None for the origin.

        Returns:
            ``(R * S, 4)`` float xyxy corners of whole pixels, ratio by ratio.
        """
        return super().gen_single_level_base_anchors(base_size, scales, ratios, center).round()

    def grid_priors(
        self,
        featmap_sizes: Sequence[tuple[int, int]],
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cuda",
    ) -> list[Tensor]:
        """Lay the base anchors over every level's grid.

        Args:
            featmap_sizes: ``(rows, columns)`` of each level, finest first.
            dtype: Type of the feature maps. Anchors are at least float32: under mixed precision
                half of them would lie whole pixels off.
            device: Where the anchors are made.

        Returns:
            One ``(rows * columns * A, 4)`` tensor a level: xyxy corners in pixels of the padded
            image, cell by cell in row order. Corners may lie outside the image.
        """
        rows, columns = featmap_sizes[0]
        stride_x, stride_y = self.strides[0]
        height, width = rows * stride_y, columns * stride_x
        exact = copy.copy(self)
        exact.strides = [(width // columns, height // rows) for rows, columns in featmap_sizes]
        precise = torch.promote_types(dtype, torch.float32)
        return super(TorchvisionAnchorGenerator, exact).grid_priors(featmap_sizes, precise, device)

    def valid_flags(
        self,
        featmap_sizes: Sequence[tuple[int, int]],
        pad_shape: tuple[int, ...],
        device: torch.device | str = "cuda",
    ) -> list[Tensor]:
        """Say which anchors training may use: all, as in torchvision.

        Args:
            featmap_sizes: ``(rows, columns)`` of each level, finest first.
            pad_shape: ``(height, width, ...)`` of the image; no anchor depends on it.
            device: Where the flags are made.

        Returns:
            One ``(rows * columns * A,)`` bool tensor a level, all True.
        """
        return [
            torch.ones(rows * columns * anchors, dtype=torch.bool, device=device)
            for (rows, columns), anchors in zip(featmap_sizes, self.num_base_priors, strict=True)
        ]
