"""How well anchors fit boxes.

A level has anchors of a few shapes at the cells of its grid, one stride apart. A box lies anywhere
between them, so its IoU with an anchor in its place is below that of the two shapes with one
centre, and the more so, the larger the stride is beside the box. All boxes are xyxy corners in
pixels of the image as the network sees it: augmented and resized.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmdigits.errors import InputError

REACHED = (0.5, 0.7)


class Level(NamedTuple):
    """One level's anchors.

    Attributes:
        stride: ``(x, y)`` distance of two cells in pixels.
        centre: ``(x, y)`` of the first cell's anchors in pixels.
        shapes: ``(A, 2)`` their widths and heights in pixels, positive, A at least 1.
    """

    stride: tuple[float, float]
    centre: tuple[float, float]
    shapes: np.ndarray


class Reach(NamedTuple):
    """How near the best anchors come to boxes.

    Attributes:
        mean_iou: Mean over the boxes of the IoU with the best anchor, in [0, 1].
        reached: Share of the boxes whose best anchor reaches each IoU of ``REACHED``.
    """

    mean_iou: float
    reached: tuple[float, ...]


class Fit(NamedTuple):
    """How well anchors fit boxes.

    Attributes:
        by_shape: The best anchor of all levels, if it had the box's centre.
        in_place: The best anchor of all levels where it stands.
        levels: The best anchor of each level where it stands, whatever the others do.
        best: Share of the boxes whose best anchor in place is of each level, the first of equals;
            they sum to 1.
    """

    by_shape: Reach
    in_place: Reach
    levels: list[Reach]
    best: list[float]


def levels_of(strides: Sequence[tuple[float, float]], corners: Sequence[np.ndarray]) -> list[Level]:
    """Take levels from the anchors of their first cells.

    Args:
        strides: L pairs of x and y in pixels, as an ``AnchorGenerator``'s ``strides``.
        corners: ``(A, 4)`` for each level, A at least 1, anchors with one centre, as its
            ``base_anchors``; what NumPy takes for an array.

    Returns:
        L levels.
    """
    levels = []
    for stride, given in zip(strides, corners, strict=True):
        anchors = np.asarray(given, dtype=float)
        middle = (anchors[0, :2] + anchors[0, 2:]) / 2
        levels.append(Level(stride, tuple(middle), anchors[:, 2:] - anchors[:, :2]))
    return levels


def anchor_ious(sizes: np.ndarray, shapes: np.ndarray, offsets: np.ndarray | float) -> np.ndarray:
    """Compute the IoU of boxes and anchors from their sizes and the distance of their centres.

    Source: with no distance Redmon and Farhadi, YOLO9000, CVPR 2017, section 2.

    Args:
        sizes: ``(N, 2)`` widths and heights of boxes, positive.
        shapes: ``(A, 2)`` widths and heights of anchors, positive.
        offsets: ``(N, A, 2)`` or ``(N, 1, 2)`` distances in x and y in pixels, not negative; 0
            where all have one centre.

    Returns:
        ``(N, A)`` in [0, 1].
    """
    widths = sizes[:, None]
    sides = np.minimum(np.minimum(widths, shapes), (widths + shapes) / 2 - offsets)
    common = np.maximum(sides, 0).prod(2)
    return common / (sizes.prod(1)[:, None] + shapes.prod(1) - common)


def judge(boxes: np.ndarray, levels: Sequence[Level]) -> Fit:
    """Say how well anchors fit boxes.

    Args:
        boxes: ``(N, 4)`` with an area, N at least 1.
        levels: At least one.

    Returns:
        The fit. The grids are taken to go on beyond the image, as its padding lets them.

    Raises:
        InputError: If there is no box, or one without an area.
    """
    sizes = box_sizes(boxes)
    by_shape = [anchor_ious(sizes, level.shapes, 0).max(1) for level in levels]
    in_place = [
        anchor_ious(sizes, shapes, cell_offsets(boxes, stride, centre)[:, None]).max(1)
        for stride, centre, shapes in levels
    ]
    best = np.bincount(np.argmax(in_place, axis=0), minlength=len(levels)) / len(sizes)
    return Fit(
        _reach(np.max(by_shape, axis=0)),
        _reach(np.max(in_place, axis=0)),
        [_reach(ious) for ious in in_place],
        best.tolist(),
    )


def box_sizes(boxes: np.ndarray) -> np.ndarray:
    """Take the sizes of boxes that anchors can be compared with.

    Args:
        boxes: ``(N, 4)``.

    Returns:
        ``(N, 2)`` widths and heights, positive.

    Raises:
        InputError: If there is no box, or one without an area.
    """
    sizes = boxes[:, 2:] - boxes[:, :2]
    if not len(sizes):
        raise InputError("anchors: there is no box to fit to; draw more images, or check the data")
    if not (sizes > 0).all():
        raise InputError("anchors: a box has no width or no height; leave such boxes out")
    return sizes


def cell_offsets(boxes: np.ndarray, stride: Sequence[float], centre: Sequence[float]) -> np.ndarray:
    """Compute how far boxes are from the nearest cell of a level's grid.

    Args:
        boxes: ``(N, 4)``.
        stride: ``(x, y)`` distance of two cells in pixels.
        centre: ``(x, y)`` of the anchors of one cell in pixels.

    Returns:
        ``(N, 2)`` distances in x and y of the centres, from 0 to half a stride.
    """
    away = (boxes[:, :2] + boxes[:, 2:]) / 2 - centre
    return np.abs(away - np.round(away / stride) * stride)


def _reach(best: np.ndarray) -> Reach:
    return Reach(float(best.mean()), tuple(float((best >= iou).mean()) for iou in REACHED))
