"""Which four numbers a file's boxes are: sizes or corners, from a corner or from the centre."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

AS_ASKED = "x_min, y_min, width, height"
CORNERS = "x_min, y_min, x_max, y_max"
CENTRE = "centre x, centre y, width, height"
Y_FIRST = "y_min, x_min, height, width"
CORNERS_Y_FIRST = "y_min, x_min, y_max, x_max"
LAYOUTS = (AS_ASKED, CORNERS, CENTRE, Y_FIRST, CORNERS_Y_FIRST)

_MOST_IMAGES = 300  # whose true boxes are compared; more tell no more


class Guess(NamedTuple):
    """What the numbers seem to be.

    Attributes:
        layout: One of ``LAYOUTS``.
        reason: What speaks for it; ``""`` where nothing speaks against ``AS_ASKED``.
        certain: Whether image sizes, true boxes or many boxes leave hardly a doubt.
    """

    layout: str
    reason: str
    certain: bool


def as_corners(boxes: np.ndarray, layout: str) -> np.ndarray:
    """Turn boxes into corners.

    Args:
        boxes: ``(N, 4)`` as written.
        layout: What the four numbers are.

    Returns:
        ``(N, 4)`` x_min, y_min, x_max, y_max.
    """
    if layout in (Y_FIRST, CORNERS_Y_FIRST):
        boxes = boxes[:, [1, 0, 3, 2]]
    first, second = boxes[:, :2], boxes[:, 2:]
    if layout in (CORNERS, CORNERS_Y_FIRST):
        return boxes
    if layout == CENTRE:
        return np.hstack([first - second / 2, first + second / 2])
    return np.hstack([first, first + second])


def guess_layout(
    boxes: np.ndarray,
    image_ids: np.ndarray,
    sizes: np.ndarray,
    truths: Mapping[int, np.ndarray],
) -> Guess:
    """Guess what the numbers are: by true boxes, by image sizes, or else by how boxes lie.

    Args:
        boxes: ``(N, 4)`` finite numbers as written.
        image_ids: ``(N,)`` their images.
        sizes: ``(N, 2)`` width and height of their images in pixels; NaN where they are unknown or
            the box isn't to be judged by them.
        truths: True boxes by image, as corners; may be empty.

    Returns:
        ``AS_ASKED`` unless something else fits clearly better.
    """
    return (
        _by_truths(boxes, image_ids, truths)
        or _by_sizes(boxes, sizes)
        or _by_place(boxes, image_ids)
        or Guess(AS_ASKED, "", True)
    )


def inside(corners: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Tell which boxes ``(N, 4)`` lie in their images ``(N, 2)``, but for 3% of a side and 2 px.

    A box whose corners are in the wrong order is not inside.
    """
    slack = 0.03 * sizes + 2
    low, high = corners[:, :2], corners[:, 2:]
    return ((low >= -slack) & (high <= sizes + slack) & (high > low)).all(axis=1)


def truth_overlap(
    corners: np.ndarray, image_ids: np.ndarray, truths: Mapping[int, np.ndarray]
) -> float | None:
    """Measure how well boxes meet the true ones.

    Args:
        corners: ``(N, 4)`` x_min, y_min, x_max, y_max.
        image_ids: ``(N,)`` their images.
        truths: True boxes by image, as corners.

    Returns:
        The median, over true boxes, of the best intersection over union with any box, 0 to 1; None
        where no image has both. Of many images some are taken, the same ones each time.
    """
    wanted = sorted(set(truths) & set(image_ids.tolist()))
    wanted = wanted[:: -(-len(wanted) // _MOST_IMAGES) or 1]
    best = [_iou(truths[i], corners[image_ids == i]).max(axis=1) for i in wanted]
    return float(np.median(np.concatenate(best))) if best else None


def _by_truths(
    boxes: np.ndarray, image_ids: np.ndarray, truths: Mapping[int, np.ndarray]
) -> Guess | None:
    overlaps = {
        layout: truth_overlap(as_corners(boxes, layout), image_ids, truths) for layout in LAYOUTS
    }
    if overlaps[AS_ASKED] is None:
        return None
    if overlaps[AS_ASKED] > 0.3:
        return Guess(AS_ASKED, "", True)
    layout = max(overlaps, key=overlaps.get)
    if overlaps[layout] < 0.5:
        return None
    reason = f"so read they overlap the true boxes by {overlaps[layout]:.2f} in the median (IoU), "
    reason += f"as {AS_ASKED} by {overlaps[AS_ASKED]:.2f}"
    return Guess(layout, reason, True)


def _by_sizes(boxes: np.ndarray, sizes: np.ndarray) -> Guess | None:
    known = ~np.isnan(sizes[:, 0])
    if not known.any():
        return None
    boxes, sizes = boxes[known], sizes[known]
    fits = {layout: inside(as_corners(boxes, layout), sizes).mean() for layout in LAYOUTS}
    layout = max(fits, key=fits.get)
    if fits[AS_ASKED] > 0.9 or fits[layout] < 0.97:
        return None
    reason = f"so read {fits[layout]:.0%} of them lie in their images, "
    return Guess(layout, f"{reason}as {AS_ASKED} {fits[AS_ASKED]:.0%}", True)


def _by_place(boxes: np.ndarray, image_ids: np.ndarray) -> Guess | None:
    width, height = boxes[:, 2], boxes[:, 3]
    number = len(boxes)
    larger = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    if number and larger.mean() >= 0.98:
        strength = _corner_evidence(boxes, image_ids)
        if strength >= 10 or (strength >= 1 and _sides_vary_less(boxes, image_ids, CORNERS)):
            across = np.median(width - boxes[:, 0]) > 1.3 * np.median(height - boxes[:, 1])
            layout = CORNERS_Y_FIRST if across and number >= 20 else CORNERS
            reason = f"in {larger.mean():.0%} of them the last two are larger than the first two"
            return Guess(layout, reason, strength >= 3)
        return None
    if number >= 30 and (width > 1.2 * height).mean() > 0.8:
        reason = f"{(width > 1.2 * height).mean():.0%} of them are wider than high, digits aren't"
        return Guess(Y_FIRST, reason, False)
    if number >= 30 and (boxes[:, 1] < height / 2).mean() < 0.02:
        reason = "hardly one begins nearer to the upper edge than half its height"
        return Guess(CENTRE, reason, False)
    return None


def _sides_vary_less(boxes: np.ndarray, image_ids: np.ndarray, layout: str) -> bool:
    # The digits of one number are about equally large; corners taken for sizes are not.
    spreads = []
    for read in (layout, AS_ASKED):
        corners = as_corners(boxes, read)
        sides = np.log(np.maximum(corners[:, 2:] - corners[:, :2], 1e-9))
        _, image = np.unique(image_ids, return_inverse=True)
        counts = np.bincount(image)
        means = [np.bincount(image, side) / counts for side in sides.T]
        spreads.append(sum(np.abs(s - m[image]).sum() for s, m in zip(sides.T, means, strict=True)))
    return spreads[0] <= 1.5 * spreads[1]


def _corner_evidence(boxes: np.ndarray, image_ids: np.ndarray) -> int:
    # A box right of another in its image begins further right than boxes are wide: with sizes, its
    # third number is hardly ever larger than its first. The leftmost boxes prove less.
    distinct = np.unique(np.column_stack([image_ids, boxes]), axis=0)
    counts = []
    for axis in (0, 1):
        order = np.lexsort((distinct[:, 1 + axis], distinct[:, 0]))
        rows = distinct[order]
        starts = np.nonzero(np.diff(rows[:, 0], prepend=-1.0))[0]
        lengths = np.diff(np.append(starts, len(rows)))
        middle = (rows[starts, 1 + axis] + rows[starts, 3 + axis]) / 2
        counts.append(int((rows[:, 1 + axis] >= np.repeat(middle, lengths)).sum()))
    return max(counts) + len(np.unique(distinct[:, 1:], axis=0)) // 10


def _iou(truths: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    low = np.maximum(truths[:, None, :2], boxes[:, :2])
    high = np.minimum(truths[:, None, 2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.clip(part[:, 2:] - part[:, :2], 0, None).prod(axis=1) for part in (truths, boxes)]
    return shared / np.maximum(areas[0][:, None] + areas[1] - shared, 1e-9)
