"""The options that tuning tries, step by step."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product

import numpy as np

from mmdigits.analysis.sweep import longest_best, middle
from mmdigits.reading import DigitReader

THRESHOLDS = tuple(round(0.05 * number, 2) for number in range(1, 20))
RANGES = (None, (0.4, 2.5), (0.5, 2.0), (0.6, 1.7), (0.7, 1.4))

# Whether a reader reads each of N images right, (N,) bool.
Judge = Callable[[DigitReader], np.ndarray]


def search(name: str, start: DigitReader, judge: Judge, images: np.ndarray) -> DigitReader:
    """Try the options of one step, then all thresholds again.

    Args:
        name: One of ``STEPS``.
        start: What the steps before it gave.
        judge: Judges a reader.
        images: ``(N,)`` bool, the images that count here.

    Returns:
        The reader with most numbers right: of equals ``start``, then the one whose threshold was
        not changed; of thresholds as good as each other the middle of the longest run.
    """

    def count(reader: DigitReader) -> int:
        return int(judge(reader)[images].sum())

    best = max([start, *STEPS[name](start)], key=count)
    thresholds = [replace(best, score_thr=threshold) for threshold in THRESHOLDS]
    place = middle(longest_best([count(reader) for reader in thresholds]))
    return max([start, best, thresholds[place]], key=count)


def _thresholds(start: DigitReader) -> Iterable[DigitReader]:
    return ()  # search tries them after every step


def _suppression(start: DigitReader) -> Iterable[DigitReader]:
    for iou_thr, containment_thr in product(
        (1, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2), (1, 0.9, 0.8, 0.7, 0.6)
    ):
        yield replace(start, iou_thr=iou_thr, containment_thr=containment_thr)


def _fallback(start: DigitReader) -> Iterable[DigitReader]:
    for parts in ((2,), (4,), (2, 4)):
        yield replace(start, fallback_thrs=[round(start.score_thr / part, 3) for part in parts])


def _sizes(start: DigitReader) -> Iterable[DigitReader]:
    for height_range, width_range in product(RANGES, (None, (0.2, 5.0), (0.3, 3.0))):
        yield replace(start, height_range=height_range, width_range=width_range)


def _most_digits(start: DigitReader) -> Iterable[DigitReader]:
    for most in (6, 5, 4, 3):
        yield replace(start, max_digits=most)


STEPS = {
    "score threshold": _thresholds,
    "suppression": _suppression,
    "fall-back levels": _fallback,
    "size limits": _sizes,
    "most digits": _most_digits,
}
