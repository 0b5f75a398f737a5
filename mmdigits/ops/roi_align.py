"""RoIAlign with the signatures of ``mmcv._ext``, on torchvision's kernels.

Source: He et al., ICCV 2017, https://arxiv.org/abs/1703.06870, section 3.
"""

import torch
import torchvision  # noqa: F401  its import registers the torchvision:: operators
from torch import Tensor

_MAX_POOLING = 0


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Average bilinear samples of the features in each cell of a grid laid over each RoI.

    Source: mirrors ``mmcv._ext.roi_align_forward``.

    Args:
        input: ``(N, C, H, W)`` features; float16 and bfloat16 are computed in float32.
        rois: ``(K, 5)``: index of the image in the batch, then xyxy corners, in pixels of the
            image that ``spatial_scale`` relates to the features.
        output: ``(K, C, aligned_height, aligned_width)``, overwritten; K may be 0.
        argmax_y: Not used in average mode.
        argmax_x: Not used in average mode.
        aligned_height: Cells in each column of the grid.
        aligned_width: Cells in each row of the grid.
        spatial_scale: Feature cells per image pixel, e.g. 1/16.
        sampling_ratio: Samples per cell along each axis; 0 chooses by the size of the RoI.
        pool_mode: 1 averages the samples; 0, their maximum, is not supported.
        aligned: Whether a feature's value belongs to the centre of its cell, i.e. shift by half a
            cell; without, an RoI is also at least one cell wide and high.

    Raises:
        NotImplementedError: If ``pool_mode`` is 0.
    """
    _require_average(pool_mode)
    wide = torch.promote_types(input.dtype, torch.float32)
    pooled = torch.ops.torchvision.roi_align(
        input.to(wide),
        rois.to(wide),
        spatial_scale,
        aligned_height,
        aligned_width,
        sampling_ratio,
        aligned,
    )
    output.copy_(pooled)


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Spread the gradient of each cell over the features it was sampled from.

    Source: mirrors ``mmcv._ext.roi_align_backward``. RoIs get no gradient, as there.

    Args:
        grad_output: ``(K, C, aligned_height, aligned_width)`` gradient of the output.
        rois: As in the forward pass.
        argmax_y: Not used in average mode.
        argmax_x: Not used in average mode.
        grad_input: ``(N, C, H, W)``, overwritten with the gradient of the features.
        aligned_height: As in the forward pass.
        aligned_width: As in the forward pass.
        spatial_scale: As in the forward pass.
        sampling_ratio: As in the forward pass.
        pool_mode: As in the forward pass.
        aligned: As in the forward pass.

    Raises:
        NotImplementedError: If ``pool_mode`` is 0.
    """
    _require_average(pool_mode)
    wide = torch.promote_types(grad_output.dtype, torch.float32)
    spread = torch.ops.torchvision._roi_align_backward(
        grad_output.to(wide),
        rois.to(wide),
        spatial_scale,
        aligned_height,
        aligned_width,
        *grad_input.shape,
        sampling_ratio,
        aligned,
    )
    grad_input.copy_(spread)


def _require_average(pool_mode: int) -> None:
    if pool_mode == _MAX_POOLING:
        raise NotImplementedError(
            "RoIAlign: pool_mode='max' needs mmcv's compiled ops (see help('mmdigits.ops')); "
            "without them use pool_mode='avg'"
        )
