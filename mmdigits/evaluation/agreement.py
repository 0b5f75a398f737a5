"""How far two ways of running one detector agree."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from mmdigits.files.submission import ImageResult


class Agreement(NamedTuple):
    """What two readings of the same images have in common.

    Attributes:
        images: How many images were compared.
        same_numbers: In how many the same number is read.
        same_detections: In how many there are as many detections, with the same labels by falling
            score.
        score: The largest difference of two scores in those, in [0, 1].
        box: The largest difference of two boxes' left, top, width or height in those, in pixels of
            the stored image.
    """

    images: int
    same_numbers: int
    same_detections: int
    score: float
    box: float


def compare_results(pairs: Iterable[tuple[ImageResult, ImageResult]]) -> Agreement:
    """Compare what was read in the same images.

    Args:
        pairs: The two results of each image.

    Returns:
        The agreement; differences are 0 where no image has the same detections.
    """
    images = numbers = alike = 0
    score = box = 0.0
    for one, other in pairs:
        images += 1
        numbers += one.string == other.string
        if _column(one, "category_id") != _column(other, "category_id"):
            continue
        alike += 1
        score = max(score, _largest_difference(one, other, "score"))
        box = max(box, _largest_difference(one, other, "bbox"))
    return Agreement(images, numbers, alike, score, box)


def _column(result: ImageResult, name: str) -> list:
    return [row[name] for row in result.rows]


def _largest_difference(one: ImageResult, other: ImageResult, name: str) -> float:
    ours, theirs = np.array(_column(one, name)), np.array(_column(other, name))
    return float(np.abs(ours - theirs).max(initial=0))
