"""The stand-in against mmcv's compiled ops, where those are installed."""

from types import ModuleType

import pytest
import torch
from torch import Tensor

from mmdigits.ops import has_compiled_ops

pytestmark = pytest.mark.skipif(
    not has_compiled_ops(), reason="needs mmcv's compiled ops to compare with"
)


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    import mmcv._ext

    return mmcv._ext


@pytest.fixture(params=["cpu", "cuda"])
def device(request: pytest.FixtureRequest, compiled: ModuleType) -> str:
    if request.param == "cuda" and (
        not torch.cuda.is_available() or compiled.get_compiling_cuda_version() == "not available"
    ):
        pytest.skip("needs a GPU, and ops compiled for it")
    return request.param


def crowd(count: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(count)
    corner = torch.rand(count, 2, generator=generator) * 300
    size = torch.rand(count, 2, generator=generator) * 80
    return torch.cat((corner, corner + size), dim=1), torch.rand(count, generator=generator)


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.7])
@pytest.mark.parametrize("count", [0, 1, 700])
def test_nms(
    stand_in: ModuleType,
    compiled: ModuleType,
    device: str,
    count: int,
    threshold: float,
    offset: int,
) -> None:
    boxes, scores = (tensor.to(device) for tensor in crowd(count))
    ours, theirs = (
        module.nms(boxes, scores, iou_threshold=threshold, offset=offset)
        for module in (stand_in, compiled)
    )
    assert ours.device == theirs.device
    assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("threshold", [0.2, 0.3, 0.5, 0.6, 0.7])
def test_nms_of_boxes_whose_overlap_equals_the_threshold(
    stand_in: ModuleType, compiled: ModuleType, threshold: float
) -> None:
    boxes = torch.tensor([[0.0, 0.0, 10.0, 1.0], [0.0, 0.0, 10 * threshold, 1.0]]).round()
    arguments = dict(iou_threshold=threshold, offset=0)
    ours, theirs = (
        module.nms(boxes, torch.tensor([0.9, 0.8]), **arguments) for module in (stand_in, compiled)
    )
    assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("method", [0, 1, 2], ids=["naive", "linear", "gaussian"])
@pytest.mark.parametrize("count", [0, 1, 300])
def test_softnms(
    stand_in: ModuleType, compiled: ModuleType, count: int, method: int, offset: int
) -> None:
    boxes, scores = crowd(count)
    results = []
    for module in (stand_in, compiled):
        dets = torch.empty(count, 5)
        arguments = dict(iou_threshold=0.3, sigma=0.5, min_score=0.01, method=method)
        kept = module.softnms(boxes, scores, dets, **arguments, offset=offset)
        results.append((kept, dets[: len(kept)]))
    (ours, our_dets), (theirs, their_dets) = results
    assert ours.tolist() == theirs.tolist()
    torch.testing.assert_close(our_dets, their_dets)


@pytest.mark.parametrize("count", [1, 300])
def test_nms_match(stand_in: ModuleType, compiled: ModuleType, count: int) -> None:
    boxes, scores = crowd(count)
    dets = torch.cat((boxes, scores[:, None]), dim=1)
    ours, theirs = (module.nms_match(dets, iou_threshold=0.4) for module in (stand_in, compiled))
    assert ours == theirs


@pytest.mark.parametrize("ratio", [0, 2])
@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("count", [0, 50])
def test_roi_align(
    stand_in: ModuleType,
    compiled: ModuleType,
    device: str,
    count: int,
    aligned: bool,
    ratio: int,
) -> None:
    boxes, _ = crowd(count)
    image = torch.arange(count)[:, None] % 2
    rois = torch.cat((image, boxes - 20), dim=1).to(device)
    features = torch.rand(2, 5, 24, 20, device=device)
    gradient = torch.rand(count, 5, 7, 7, device=device)
    grid = dict(aligned_height=7, aligned_width=7, spatial_scale=1 / 16, sampling_ratio=ratio)
    unused = torch.zeros(0, device=device)
    results = []
    for module in (stand_in, compiled):
        output, spread = torch.zeros_like(gradient), torch.zeros_like(features)
        rest = dict(grid, pool_mode=1, aligned=aligned)
        module.roi_align_forward(features, rois, output, unused, unused, **rest)
        module.roi_align_backward(gradient, rois, unused, unused, spread, **rest)
        results.append((output, spread))
    torch.testing.assert_close(results[0], results[1])


def test_sigmoid_focal_loss(stand_in: ModuleType, compiled: ModuleType, device: str) -> None:
    if device == "cpu":
        pytest.skip("mmcv compiles its focal loss for CUDA only")
    logits = torch.randn(200, 10, device=device) * 5
    targets = torch.randint(0, 11, (200,), device=device)
    weight = torch.zeros(0, device=device)
    results = []
    for module in (stand_in, compiled):
        losses, slopes = torch.zeros_like(logits), torch.zeros_like(logits)
        module.sigmoid_focal_loss_forward(logits, targets, weight, losses, gamma=2.0, alpha=0.25)
        module.sigmoid_focal_loss_backward(logits, targets, weight, slopes, gamma=2.0, alpha=0.25)
        results.append((losses, slopes))
    torch.testing.assert_close(results[0], results[1])
