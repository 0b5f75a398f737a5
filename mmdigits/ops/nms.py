"""Non-maximum suppression with the signatures of ``mmcv._ext``, on torchvision's kernels.

Boxes are ``(N, 4)`` xyxy corners in any unit. ``offset`` is added to every width and height: 0 for
corners in continuous coordinates, 1 for inclusive pixel indices. Of equal scores the earlier box
comes first; mmcv's compiled ops leave that order open.
"""

import numpy as np
import torch
from torch import Tensor
from torchvision.ops import box_iou
from torchvision.ops import nms as torchvision_nms


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Keep each box unless a better one that is kept overlaps it too much.

    Source: mirrors ``mmcv._ext.nms``.

    Args:
        boxes: ``(N, 4)`` xyxy corners, floating point of any width, on any device.
        scores: ``(N,)``, floating point of any width.
        iou_threshold: A box goes if its IoU with a kept one is *above* this, in [0, 1].
        offset: 0 or 1, added to widths and heights.

    Returns:
        ``(K,)`` int64 indices of the kept boxes by falling score, on the device of ``boxes``;
        ``(0,)`` when there are no boxes.
    """
    boxes = _outer_edges(boxes, offset)
    # The compiled op compares in float32, where 0.6 is a little more than the double 0.6.
    return torchvision_nms(boxes, scores.to(boxes.dtype), float(np.float32(iou_threshold)))


def softnms(
    boxes: Tensor,
    scores: Tensor,
    dets: Tensor,
    iou_threshold: float,
    sigma: float,
    min_score: float,
    method: int,
    offset: int,
) -> Tensor:
    """Lower the scores of overlapping boxes instead of dropping the boxes.

    Source: mirrors ``mmcv._ext.softnms``; Bodla et al., ICCV 2017,
    https://arxiv.org/abs/1704.04503, Figure 2, with equations 2 (linear) and 3 (Gaussian).

    Args:
        boxes: ``(N, 4)`` xyxy corners.
        scores: ``(N,)`` scores.
        dets: ``(N, 5)``; its first K rows are overwritten with corners and lowered score.
        iou_threshold: Overlap from which methods 0 and 1 act, in [0, 1].
        sigma: Width of method 2's Gaussian, above 0.
        min_score: A box whose lowered score is below this is dropped.
        method: 0 multiplies a score by 0 (plain NMS), 1 by ``1 - IoU``, 2 by
            ``exp(-IoU ** 2 / sigma)`` whatever the overlap.
        offset: 0 or 1, added to widths and heights.

    Returns:
        ``(K,)`` int64 indices of the boxes in ``dets``, by falling lowered score; ``(0,)`` when
        there are no boxes. Two boxes without area have IoU 0.
    """
    edges = _outer_edges(boxes, offset)
    lowered = scores.to(edges.dtype, copy=True)
    left = torch.arange(len(boxes), device=boxes.device)
    order: list[int] = []
    while len(left):
        best = lowered[left].argmax()
        order.append(int(left[best]))
        left = torch.cat((left[:best], left[best + 1 :]))
        iou = box_iou(edges[order[-1:]], edges[left])[0].nan_to_num()
        if method == 2:
            lowered[left] *= torch.exp(-(iou**2) / sigma)
        else:
            lowered[left] *= torch.where(iou >= iou_threshold, (1 - iou) * method, 1)
        left = left[lowered[left] >= min_score]
    kept = torch.tensor(order, dtype=torch.int64, device=boxes.device)
    dets[: len(order), :4] = boxes[kept].to(dets.dtype)
    dets[: len(order), 4] = lowered[kept].to(dets.dtype)
    return kept


def nms_match(dets: Tensor, iou_threshold: float) -> list[list[int]]:
    """Group every box with the better one that suppresses it.

    Source: mirrors ``mmcv._ext.nms_match``.

    Args:
        dets: ``(N, 5)`` xyxy corners and score.
        iou_threshold: A box is suppressed if its IoU with a kept one is this or more, in [0, 1].

    Returns:
        One list per kept box by falling score: its index, then those it suppressed by falling
        score; empty when there are no boxes.
    """
    edges = _outer_edges(dets[:, :4], 0)
    left = dets[:, 4].argsort(descending=True, stable=True)
    groups = []
    while len(left):
        suppressed = box_iou(edges[left[:1]], edges[left])[0] >= iou_threshold
        # A box without area has no IoU even with itself.
        suppressed[0] = True
        groups.append(left[suppressed].tolist())
        left = left[~suppressed]
    return groups


def _outer_edges(boxes: Tensor, offset: int) -> Tensor:
    """Corners, float32 or wider, whose plain widths and heights already include ``offset``."""
    # torchvision's CPU kernels know neither float16 nor bfloat16.
    wide = boxes.to(torch.promote_types(boxes.dtype, torch.float32))
    return torch.cat((wide[:, :2], wide[:, 2:] + offset), dim=1) if offset else wide
