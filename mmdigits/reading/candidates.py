"""The candidates of one image in reading order, and what speaks for and against each."""

from typing import NamedTuple

import numpy as np

from mmdigits.files.detections import Detections
from mmdigits.reading.placing import centres, place
from mmdigits.reading.suppression import by_score, overlaps

MOST_CANDIDATES = 30  # of an image; the time grows with the square
HIGHEST_LOG_ODDS = 7.0  # of a score, which is then 0.999; a detector's 1.0 isn't certain

UNARY = ("log odds", "one", "aside", "height")
PAIRWISE = ("iou", "containment", "gap", "height", "next row")


class Candidates(NamedTuple):
    """K candidates of one image in reading order.

    Attributes:
        indices: ``(K,)`` int64, which detections they are.
        labels: ``(K,)`` int64, their digits.
        unary: ``(K, 4)``, for each of ``UNARY``: the log odds of its score; 1; its squared distance
            from the number's line and the squared logarithm of its height, both in heights of the
            number's digits, at most 4.
        pairwise: ``(K, K, 5)``, for each of ``PAIRWISE`` about an earlier and a later one: their
            intersection over union; the same over the smaller area; the gap between them along the
            line beyond touching, in mean heights, at most 4; the squared logarithm of the ratio of
            their heights, at most 4; whether they stand in different rows, which then have no gap.
    """

    indices: np.ndarray
    labels: np.ndarray
    unary: np.ndarray
    pairwise: np.ndarray


def find_candidates(detections: Detections, digits: np.ndarray, least_score: float) -> Candidates:
    """Put everything that may be a digit in order along a number read before.

    Args:
        detections: All detections of the image.
        digits: ``(M,)`` int64, those of them that a plain reading takes, in its order.
        least_score: Others with a lower score are no candidates.

    Returns:
        At most ``MOST_CANDIDATES``: those that are read, then the best-scored others; none when
        ``digits`` is empty.
    """
    bboxes, labels, scores = detections
    ranked = by_score(bboxes, labels, scores)
    is_read = np.isin(ranked, digits)
    others = ranked[~is_read & (scores[ranked] >= least_score)]
    ranked = np.concatenate([ranked[is_read], others])[: MOST_CANDIDATES if len(digits) else 0]
    if not len(ranked):
        return Candidates(ranked, labels[ranked], np.zeros((0, 4)), np.zeros((0, 0, 5)))
    places = place(centres(bboxes[ranked]), centres(bboxes[digits]))
    usual = np.median(_sizes(bboxes[ranked])[1][np.isin(ranked, digits)])
    # Rounded, since several boxes may stand beside one corner of the line, nothing apart along it.
    position = np.round(places.along / usual, 6)
    in_order = np.lexsort((np.arange(len(ranked)), position, places.row))
    row, along, aside, direction = (part[in_order] for part in places)
    indices = ranked[in_order]
    boxes = bboxes[indices]
    width, height = _sizes(boxes)
    unary = np.stack(
        [
            _log_odds(scores[indices]),
            np.ones(len(indices)),
            np.minimum(aside, 2 * usual) ** 2 / usual**2,
            np.minimum(np.log(height / usual) ** 2, 4),
        ],
        axis=-1,
    )
    iou, containment = overlaps(boxes)
    extent = np.abs(direction[:, 0]) * width + np.abs(direction[:, 1]) * height
    gap = along - along[:, None] - (extent + extent[:, None]) / 2
    gap = gap / ((height + height[:, None]) / 2)
    other_row = (row != row[:, None]).astype(np.float64)
    pairwise = np.stack(
        [
            iou,
            containment,
            np.where(other_row > 0, 0, np.clip(gap, 0, 4)),
            np.minimum(np.log(height / height[:, None]) ** 2, 4),
            other_row,
        ],
        axis=-1,
    )
    return Candidates(indices, labels[indices], unary, pairwise)


def _sizes(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # A box without size would have no logarithm: it counts as a thousandth of the largest.
    sizes = boxes[:, 2:] - boxes[:, :2]
    return tuple(np.maximum(sizes, sizes.max() * 1e-3 or 1.0).T)


def _log_odds(scores: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        odds = np.log(scores) - np.log1p(-scores)
    return np.clip(odds, -HIGHEST_LOG_ODDS, HIGHEST_LOG_ODDS)
