"""mAP and string accuracy of one set of detections over score thresholds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

import numpy as np

from mmdigits.analysis.average_precision import AveragePrecision
from mmdigits.errors import InputError
from mmdigits.files.detections import Detections
from mmdigits.files.image_set import ImageSet
from mmdigits.reading import DigitReader

MOST_THRESHOLDS = 1000


class SweepRow(NamedTuple):
    """What one threshold gives.

    Attributes:
        score_thr: Detections with this score or more count.
        detections: How many those are.
        mean_ap: mAP of these detections alone, as if the file were cut here.
        right: How many images' strings are exactly right when they are read from these.
        unread: In how many images nothing is read.
    """

    score_thr: float
    detections: int
    mean_ap: float
    right: int
    unread: int


class Sweep(NamedTuple):
    """What a set of detections gives over thresholds.

    Attributes:
        rows: One a threshold, by rising threshold; at least one.
        images: Number of images.
        uncut: mAP of all detections.
    """

    rows: list[SweepRow]
    images: int
    uncut: float


def parse_thresholds(text: str) -> list[float]:
    """Read a grid of thresholds.

    Args:
        text: ``START:STOP:STEP`` with STOP included, or numbers between commas.

    Returns:
        The thresholds, rising, each once.

    Raises:
        InputError: If it is neither, a threshold is outside [0, 1], or there are too many.
    """
    problem = f"sweep: the thresholds are {text!r}; allowed are START:STOP:STEP or numbers between "
    problem += f"commas, within 0 to 1, at most {MOST_THRESHOLDS}, such as 0.05:0.95:0.05"
    try:
        if ":" in text:
            start, stop, step = map(float, text.split(":"))
            # Half a millionth of a step makes up for 0.95 - 0.05 not being 18 * 0.05.
            steps = math.floor((stop - start) / step + 5e-7)
            if step < 0 or not 0 <= steps < MOST_THRESHOLDS:
                raise ValueError
            grid = [round(start + number * step, 10) for number in range(steps + 1)]
        else:
            grid = sorted({float(part) for part in text.split(",")})
    except (ValueError, ZeroDivisionError, OverflowError):
        raise InputError(problem) from None
    if len(grid) > MOST_THRESHOLDS or not all(0 <= threshold <= 1 for threshold in grid):
        raise InputError(problem)
    return grid


def sweep(
    detections: Mapping[int, Detections],
    images: ImageSet,
    reader: DigitReader,
    thresholds: Sequence[float],
) -> Sweep:
    """Score the detections at each threshold.

    Args:
        detections: By image id, in the order of ``images``, those of an image by falling score.
        images: All images, with labels.
        reader: Reads the strings; its own ``score_thr`` is not used.
        thresholds: In [0, 1], rising, at least one.

    Returns:
        The rows and what they are compared with.

    Raises:
        InputError: If the reader falls back to lower thresholds, or weighs all candidates.
    """
    if reader.method != "threshold" or reader.fallback_thrs:
        raise InputError(
            f"sweep: the reader has method={reader.method!r} and fallback_thrs="
            f"{list(reader.fallback_thrs)}; only a reader by one threshold can be swept: "
            "tools/tune_reader.py searches all options"
        )
    average_precision = AveragePrecision(images.records, detections)
    all_scores = np.concatenate([image.scores for image in detections.values()])
    readers = [replace(reader, score_thr=threshold) for threshold in thresholds]
    outcomes = [
        _outcomes(image, truth, readers)
        for image, truth in zip(detections.values(), images.truths, strict=True)
    ]
    rows = [
        SweepRow(
            threshold,
            int((all_scores >= threshold).sum()),
            average_precision.at(threshold),
            sum(right for right, _ in of_threshold),
            sum(unread for _, unread in of_threshold),
        )
        for threshold, of_threshold in zip(thresholds, zip(*outcomes, strict=True), strict=True)
    ]
    return Sweep(rows, len(detections), average_precision.at())


def plateau(rows: Sequence[SweepRow]) -> list[SweepRow]:
    """Find where strings are best.

    Args:
        rows: By rising threshold, at least one.

    Returns:
        The longest run of neighbouring thresholds, the lowest such run of equals, at which most
        strings are right.
    """
    return [rows[place] for place in longest_best([row.right for row in rows])]


def best_for_strings(rows: Sequence[SweepRow]) -> SweepRow:
    """Choose a threshold for strings.

    Args:
        rows: By rising threshold, at least one.

    Returns:
        The middle of the :func:`plateau`, the lower one of two: the farthest from doing worse.
    """
    return rows[middle(longest_best([row.right for row in rows]))]


def longest_best(counts: Sequence[int]) -> Sequence[int]:
    """Find where counts along a grid are highest.

    Args:
        counts: At least one.

    Returns:
        Places of the longest run of the highest count, the earliest such run of equals.
    """
    runs = groupby(range(len(counts)), lambda place: counts[place])
    return max((list(run) for count, run in runs if count == max(counts)), key=len)


def middle(places: Sequence[int]) -> int:
    """Take the middle of a run, the earlier one of two: the farthest from its ends."""
    return places[(len(places) - 1) // 2]


def _outcomes(
    image: Detections, truth: str, readers: Sequence[DigitReader]
) -> list[tuple[bool, bool]]:
    # Whether the string is right, and whether there is none, at each threshold.
    strings = [reader(*image) for reader in readers]
    return [(string == truth, not string) for string in strings]
