"""The stand-in's RoIAlign, against a loop written from the definition."""

from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor

# image, x1, y1, x2, y2: inside, across the border, thinner than a feature cell, on the second image
ROIS = torch.tensor(
    [
        [0.0, 2.0, 4.0, 21.0, 17.0],
        [0.0, -6.0, 20.0, 9.0, 40.0],
        [0.0, 8.3, 8.1, 8.9, 8.8],
        [1.0, 0.0, 0.0, 27.0, 35.0],
    ]
)


def bilinear(plane: np.ndarray, y: float, x: float) -> float:
    height, width = plane.shape
    if not (-1 <= y <= height and -1 <= x <= width):
        return 0.0
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    upper = plane[top, left] * (1 - x + left) + plane[top, right] * (x - left)
    lower = plane[bottom, left] * (1 - x + left) + plane[bottom, right] * (x - left)
    return upper * (1 - y + top) + lower * (y - top)


def naive_roi_align(
    features: np.ndarray, rois: np.ndarray, size: int, scale: float, ratio: int, aligned: bool
) -> np.ndarray:
    out = np.zeros((len(rois), features.shape[1], size, size))
    for k, c, row, column in np.ndindex(*out.shape):
        x1, y1, x2, y2 = rois[k, 1:] * scale - 0.5 * aligned
        width, height = x2 - x1, y2 - y1
        if not aligned:
            width, height = max(width, 1), max(height, 1)
        down = ratio or int(np.ceil(height / size))
        across = ratio or int(np.ceil(width / size))
        ys = y1 + height / size * (row + (np.arange(down) + 0.5) / down)
        xs = x1 + width / size * (column + (np.arange(across) + 0.5) / across)
        plane = features[int(rois[k, 0]), c]
        out[k, c, row, column] = np.mean([bilinear(plane, y, x) for y in ys for x in xs])
    return out


def features(dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.rand(2, 3, 9, 7, generator=torch.Generator().manual_seed(0)).to(dtype)


@pytest.mark.parametrize("ratio", [1, 2, 0], ids=["one sample", "four samples", "adaptive"])
@pytest.mark.parametrize("aligned", [True, False])
def test_roi_align_equals_a_loop(mmcv_ops: ModuleType, aligned: bool, ratio: int) -> None:
    layer = mmcv_ops.RoIAlign(3, spatial_scale=0.25, sampling_ratio=ratio, aligned=aligned)
    expected = naive_roi_align(features().numpy(), ROIS.numpy(), 3, 0.25, ratio, aligned)
    assert expected.any(axis=(1, 2, 3)).all()
    torch.testing.assert_close(layer(features(), ROIS), torch.tensor(expected).float())


def test_roi_align_by_hand(mmcv_ops: ModuleType) -> None:
    # A plane whose value is its column: the middle of cell c is at c + .5 when aligned.
    plane = torch.arange(8.0).expand(1, 1, 8, 8)
    roi = torch.tensor([[0.0, 2.0, 2.0, 6.0, 6.0]])
    aligned = mmcv_ops.RoIAlign(2, sampling_ratio=1, aligned=True)(plane, roi)
    legacy = mmcv_ops.RoIAlign(2, sampling_ratio=1, aligned=False)(plane, roi)
    assert aligned[0, 0].tolist() == [[2.5, 4.5], [2.5, 4.5]]
    assert legacy[0, 0].tolist() == [[3.0, 5.0], [3.0, 5.0]]


@pytest.mark.parametrize("aligned", [True, False])
def test_roi_align_gradient_equals_finite_differences(mmcv_ops: ModuleType, aligned: bool) -> None:
    inputs = features(torch.float64).requires_grad_()
    rois = ROIS.double()
    assert torch.autograd.gradcheck(
        lambda x: mmcv_ops.roi_align(x, rois, 2, 0.25, 2, "avg", aligned), inputs
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_roi_align_of_half_floats_is_float32_rounded_once(
    mmcv_ops: ModuleType, dtype: torch.dtype
) -> None:
    inputs = features(dtype).requires_grad_()
    wide = features(dtype).float().requires_grad_()
    layer = mmcv_ops.RoIAlign(3, spatial_scale=0.25, sampling_ratio=2)
    # mmdet's extractors cast the RoIs to the features' dtype.
    output, expected = layer(inputs, ROIS.to(dtype)), layer(wide, ROIS.to(dtype).float())
    output.sum().backward()
    expected.sum().backward()
    assert output.dtype == inputs.grad.dtype == dtype
    assert torch.equal(output, expected.to(dtype))
    assert torch.equal(inputs.grad, wide.grad.to(dtype))


def test_roi_align_takes_a_transposed_gradient(mmcv_ops: ModuleType) -> None:
    inputs = features().requires_grad_()
    weights = torch.rand(len(ROIS), 3, 2, 4)
    layer = mmcv_ops.RoIAlign((4, 2), spatial_scale=0.25, sampling_ratio=2)
    (turned,) = torch.autograd.grad((layer(inputs, ROIS).mT * weights).sum(), inputs)
    (straight,) = torch.autograd.grad((layer(inputs, ROIS) * weights.mT).sum(), inputs)
    torch.testing.assert_close(turned, straight)


def test_roi_align_of_no_rois_is_empty_and_has_a_zero_gradient(mmcv_ops: ModuleType) -> None:
    inputs = features().requires_grad_()
    output = mmcv_ops.RoIAlign(7, spatial_scale=0.25)(inputs, torch.zeros(0, 5))
    output.sum().backward()
    assert output.shape == (0, 3, 7, 7)
    assert not inputs.grad.any()


def test_roi_align_refuses_max_pooling(mmcv_ops: ModuleType) -> None:
    layer = mmcv_ops.RoIAlign(2, pool_mode="max")
    with pytest.raises(NotImplementedError, match="use pool_mode='avg'"):
        layer(features(), ROIS)
