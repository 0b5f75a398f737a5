"""The stand-in's NMS functions, against loops written from the definitions."""

import math
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor


def iou(a: np.ndarray, b: np.ndarray, offset: int) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0]) + offset
    height = min(a[3], b[3]) - max(a[1], b[1]) + offset
    if width <= 0 or height <= 0:
        return 0.0
    area_a = (a[2] - a[0] + offset) * (a[3] - a[1] + offset)
    area_b = (b[2] - b[0] + offset) * (b[3] - b[1] + offset)
    return width * height / (area_a + area_b - width * height)


def naive_nms(boxes: np.ndarray, scores: np.ndarray, threshold: float, offset: int) -> list[int]:
    kept: list[int] = []
    for i in np.argsort(-scores):
        if all(iou(boxes[i], boxes[k], offset) <= threshold for k in kept):
            kept.append(int(i))
    return kept


def naive_soft_nms(
    boxes: np.ndarray,
    scores: np.ndarray,
    threshold: float,
    sigma: float,
    min_score: float,
    method: str,
    offset: int,
) -> list[tuple[int, float]]:
    pool = dict(enumerate(scores.tolist()))
    picked = []
    while pool:
        best = max(pool, key=pool.__getitem__)
        picked.append((best, pool.pop(best)))
        for i in list(pool):
            overlap = iou(boxes[best], boxes[i], offset)
            if method == "gaussian":
                pool[i] *= math.exp(-(overlap**2) / sigma)
            elif overlap >= threshold:
                pool[i] *= 0 if method == "naive" else 1 - overlap
            if pool[i] < min_score:
                del pool[i]
    return picked


def crowd(count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Overlapping boxes and scores that are all different."""
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(count, 2, generator=generator) * 40
    size = 5 + torch.rand(count, 2, generator=generator) * 25
    scores = (torch.randperm(count, generator=generator) + 1) / (count + 1)
    return torch.cat((corner, corner + size), dim=1), scores


# Inclusive pixel indices: a 10 x 10 box and one shifted by 4. IoU is 60 / 140 = .4286 with
# offset 1, but 9 * 5 / (81 + 81 - 45) = .3846 with offset 0.
SHIFTED = torch.tensor([[0.0, 0.0, 9.0, 9.0], [4.0, 0.0, 13.0, 9.0]])


@pytest.mark.parametrize(("offset", "kept"), [(0, [0, 1]), (1, [0])])
def test_nms_counts_the_offset_in_widths_and_heights(
    stand_in: ModuleType, offset: int, kept: list[int]
) -> None:
    indices = stand_in.nms(SHIFTED, torch.tensor([0.9, 0.8]), iou_threshold=0.4, offset=offset)
    assert indices.tolist() == kept


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7, 1.0])
def test_nms_keeps_what_a_loop_keeps_by_falling_score(
    stand_in: ModuleType, threshold: float, offset: int
) -> None:
    boxes, scores = crowd(80)
    indices = stand_in.nms(boxes, scores, iou_threshold=threshold, offset=offset)
    assert indices.dtype == torch.int64
    assert indices.tolist() == naive_nms(boxes.numpy(), scores.numpy(), threshold, offset)


def test_nms_keeps_a_box_whose_overlap_equals_the_threshold(stand_in: ModuleType) -> None:
    # 6 / 10 is above the double 0.6 when it is computed in float32.
    boxes = torch.tensor([[0.0, 0.0, 10.0, 1.0], [0.0, 0.0, 6.0, 1.0]])
    scores = torch.tensor([0.9, 0.8])
    assert stand_in.nms(boxes, scores, iou_threshold=0.6, offset=0).tolist() == [0, 1]
    assert stand_in.nms(boxes, scores, iou_threshold=0.59, offset=0).tolist() == [0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_nms_takes_any_float(stand_in: ModuleType, dtype: torch.dtype) -> None:
    boxes, _ = crowd(60)
    boxes, scores = boxes.to(dtype), torch.arange(60, 0, -1).to(dtype)
    expected = naive_nms(boxes.double().numpy(), scores.double().numpy(), 0.5, 0)
    assert 1 < len(expected) < 60
    assert stand_in.nms(boxes, scores, iou_threshold=0.5, offset=0).tolist() == expected


def test_the_earlier_of_two_equal_scores_wins(stand_in: ModuleType) -> None:
    boxes, scores = torch.tensor([[0.0, 0.0, 8.0, 8.0]]).repeat(40, 1), torch.full((40,), 0.5)
    dets = torch.cat((boxes, scores[:, None]), dim=1)
    assert stand_in.nms(boxes, scores, iou_threshold=0.5, offset=0).tolist() == [0]
    assert stand_in.nms_match(dets, iou_threshold=0.5) == [list(range(40))]
    kept = stand_in.softnms(boxes, scores, dets, 0.5, sigma=0.5, min_score=0.1, method=0, offset=0)
    assert kept.tolist() == [0]


def test_nms_takes_scores_narrower_than_the_boxes(stand_in: ModuleType) -> None:
    scores = torch.tensor([0.5, 1.0], dtype=torch.bfloat16)
    assert stand_in.nms(SHIFTED, scores, iou_threshold=0.4, offset=1).tolist() == [1]


@pytest.mark.parametrize("offset", [0, 1])
def test_nms_of_no_boxes_is_no_index(stand_in: ModuleType, offset: int) -> None:
    indices = stand_in.nms(torch.zeros(0, 4), torch.zeros(0), iou_threshold=0.5, offset=offset)
    assert indices.shape == (0,)
    assert indices.dtype == torch.int64


def test_batched_nms_suppresses_within_a_class_unless_told_otherwise(mmcv_ops: ModuleType) -> None:
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 9.0]])
    scores, labels = torch.tensor([0.8, 0.9]), torch.tensor([3, 7])
    config = dict(type="nms", iou_threshold=0.5)
    _, apart = mmcv_ops.batched_nms(boxes, scores, labels, config)
    dets, together = mmcv_ops.batched_nms(boxes, scores, labels, dict(config, class_agnostic=True))
    assert apart.tolist() == [1, 0]
    assert together.tolist() == [1]
    torch.testing.assert_close(dets, torch.tensor([[0.0, 0.0, 10.0, 9.0, 0.9]]))


def test_batched_nms_class_by_class_equals_one_pass(mmcv_ops: ModuleType) -> None:
    boxes, scores = crowd(60)
    labels = torch.arange(60) % 3
    config = dict(type="nms", iou_threshold=0.4)
    once, indices = mmcv_ops.batched_nms(boxes, scores, labels, config)
    split, split_indices = mmcv_ops.batched_nms(boxes, scores, labels, dict(config, split_thr=10))
    assert 1 < len(indices) < 60
    assert split_indices.tolist() == indices.tolist()
    torch.testing.assert_close(split, once)


def test_batched_nms_of_no_boxes_is_empty(mmcv_ops: ModuleType) -> None:
    config = dict(type="nms", iou_threshold=0.5, class_agnostic=True)
    nothing = torch.zeros(0)
    dets, indices = mmcv_ops.batched_nms(torch.zeros(0, 4), nothing, nothing.long(), config)
    assert dets.shape == (0, 5)
    assert indices.shape == (0,)


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("method", ["naive", "linear", "gaussian"])
def test_soft_nms_lowers_scores_as_a_loop_does(
    mmcv_ops: ModuleType, method: str, offset: int
) -> None:
    boxes, scores = crowd(50)
    dets, indices = mmcv_ops.soft_nms(
        boxes, scores, 0.3, sigma=0.4, min_score=0.05, method=method, offset=offset
    )
    expected = naive_soft_nms(boxes.numpy(), scores.numpy(), 0.3, 0.4, 0.05, method, offset)
    assert 1 < len(expected) < 50
    assert indices.tolist() == [index for index, _ in expected]
    torch.testing.assert_close(dets[:, :4], boxes[indices])
    torch.testing.assert_close(dets[:, 4], torch.tensor([score for _, score in expected]))


def test_soft_nms_by_hand(mmcv_ops: ModuleType) -> None:
    # IoU with the best box: 5 / 10 = .5 and 0.
    boxes = torch.tensor([[0.0, 0.0, 10.0, 1.0], [0.0, 0.0, 5.0, 1.0], [20.0, 0.0, 21.0, 1.0]])
    scores = torch.tensor([0.9, 0.8, 0.5])
    dets, indices = mmcv_ops.soft_nms(boxes, scores, iou_threshold=0.3, method="linear")
    assert indices.tolist() == [0, 2, 1]
    torch.testing.assert_close(dets[:, 4], torch.tensor([0.9, 0.5, 0.4]))


def test_soft_nms_leaves_its_input_alone(mmcv_ops: ModuleType) -> None:
    boxes, scores = crowd(20)
    before = scores.clone()
    mmcv_ops.soft_nms(boxes, scores, method="gaussian")
    assert torch.equal(scores, before)


def test_soft_nms_of_bfloat16_boxes_returns_bfloat16(mmcv_ops: ModuleType) -> None:
    dets, _ = mmcv_ops.soft_nms(SHIFTED.bfloat16(), torch.tensor([0.5, 0.25]).bfloat16())
    assert dets.dtype == torch.bfloat16
    assert dets[0].tolist() == [0.0, 0.0, 9.0, 9.0, 0.5]


def test_soft_nms_of_no_boxes_is_empty(mmcv_ops: ModuleType) -> None:
    dets, indices = mmcv_ops.soft_nms(torch.zeros(0, 4), torch.zeros(0))
    assert dets.shape == (0, 5)
    assert indices.shape == (0,)


def test_soft_nms_gives_boxes_without_area_no_overlap(mmcv_ops: ModuleType) -> None:
    point = torch.tensor([[3.0, 1.0, 3.0, 1.0]]).repeat(2, 1)
    dets, _ = mmcv_ops.soft_nms(point, torch.tensor([0.5, 0.4]), method="gaussian")
    torch.testing.assert_close(dets[:, 4], torch.tensor([0.5, 0.4]))


def test_nms_match_groups_each_box_with_the_one_that_suppresses_it(mmcv_ops: ModuleType) -> None:
    # 0 and 2 share .8 of their union, 1 stands alone, 3 has no area.
    dets = torch.tensor(
        [
            [0.0, 0.0, 8.0, 1.0, 0.5],
            [20.0, 0.0, 30.0, 1.0, 0.6],
            [0.0, 0.0, 10.0, 1.0, 0.9],
            [50.0, 0.0, 50.0, 1.0, 0.1],
        ]
    )
    groups = [group.tolist() for group in mmcv_ops.nms_match(dets, 0.8)]
    assert groups == [[2, 0], [1], [3]]
    assert mmcv_ops.nms_match(dets[:0], 0.8) == []
