"""Whether the digits of one image's boxes can spell a string."""

from collections import Counter, defaultdict
from typing import NamedTuple

import numpy as np


class Boxes(NamedTuple):
    """The K boxes of one image.

    Attributes:
        digits: ``(K,)`` int64; outside 0 to 9 where the category is none.
        corners: ``(K, 4)`` x_min, y_min, x_max, y_max; NaN where unknown.
        scores: ``(K,)``; NaN where unknown.
    """

    digits: np.ndarray
    corners: np.ndarray
    scores: np.ndarray


def lacking(string: str, boxes: Boxes) -> Counter[str]:
    """Count the digits of a string that have no box of their own, however low its score."""
    return Counter(string) - Counter(map(str, boxes.digits.tolist()))


def weakest(string: str, boxes: Boxes) -> float:
    """Find the score below which a string lacks a box.

    Args:
        string: Digits.
        boxes: Boxes that have them all.

    Returns:
        The score of the weakest box in the best choice; 0 where a score is unknown.
    """
    by_digit = defaultdict(list)
    for digit, score in zip(boxes.digits.tolist(), boxes.scores.tolist(), strict=True):
        by_digit[str(digit)].append(score if score == score else 0.0)
    return min(
        sorted(by_digit[digit], reverse=True)[number - 1]
        for digit, number in Counter(string).items()
    )


def spelled_along(string: str, boxes: Boxes, positions: np.ndarray) -> bool:
    """Tell whether some choice of boxes gives the string in the order of ``positions`` ``(K,)``."""
    digits = iter(boxes.digits[np.argsort(positions, kind="stable")].tolist())
    return all(int(wanted) in digits for wanted in string)


def spelled_by_x(string: str, boxes: Boxes) -> bool:
    """Tell whether some choice of boxes gives the string from left to right, by their centres."""
    return spelled_along(string, boxes, boxes.corners[:, 0] + boxes.corners[:, 2])


def spelled_otherwise(string: str, boxes: Boxes) -> bool:
    """Tell whether a string fits boxes that stand in rows, in a column, on a slope, in one place.

    Some path through boxes must give it, each step to the right, or up or down by half a mean
    height, or to the left by less than half a mean width. Digits side by side can't swap so.
    """
    x, y = (boxes.corners[:, :2] + boxes.corners[:, 2:]).T / 2
    half_width, half_height = np.abs(boxes.corners[:, 2:] - boxes.corners[:, :2]).T / 2
    reached = None
    for wanted in string:
        fitting = boxes.digits == int(wanted)
        if reached is not None:
            right = x - x[reached, None] > -(half_width + half_width[reached, None]) / 2
            away = np.abs(y - y[reached, None])
            fitting &= (right | (away >= (half_height + half_height[reached, None]) / 2)).any(
                axis=0
            )
        reached = np.nonzero(fitting)[0]
        if not len(reached):
            return False
    return True


def read_above(least_score: float, boxes: Boxes) -> str:
    """Read an image plainly: best boxes of a place, from left to right.

    Args:
        least_score: Boxes below are passed over.
        boxes: The image's boxes.

    Returns:
        The digits by centre x; of boxes that overlap by more than 0.4 (IoU) the best counts.
    """
    kept: list[int] = []
    order = np.argsort(-np.nan_to_num(boxes.scores, nan=-1.0), kind="stable")
    for row in order[boxes.scores[order] >= least_score].tolist():
        if all(_iou(boxes.corners[row], boxes.corners[other]) <= 0.4 for other in kept):
            kept.append(row)
    kept.sort(key=lambda row: boxes.corners[row, 0] + boxes.corners[row, 2])
    return "".join(str(boxes.digits[row]) for row in kept)


def _iou(one: np.ndarray, other: np.ndarray) -> float:
    x1, y1, x2, y2 = one.tolist()
    u1, v1, u2, v2 = other.tolist()
    shared = max(min(x2, u2) - max(x1, u1), 0) * max(min(y2, v2) - max(y1, v1), 0)
    return shared / max((x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - shared, 1e-9)
