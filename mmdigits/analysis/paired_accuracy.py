"""Two runs on the same images: how far their string accuracies are apart."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from scipy.stats import binomtest

from mmdigits.analysis.strings import accuracy_interval


class Difference(Protocol):
    """A difference of two runs with its 95% interval and p."""

    low: float
    high: float
    p: float


class PairedAccuracy(NamedTuple):
    """The string accuracies of two runs on the same images.

    Attributes:
        images: How many images there are.
        a: Accuracy of run A, in [0, 1].
        b: Accuracy of run B.
        both: How many images both read right.
        only_a: How many only A reads right.
        only_b: How many only B reads right.
        neither: How many neither reads right.
        difference: ``b`` - ``a``, in [-1, 1].
        low: Lower bound of its interval.
        high: Upper bound.
        p: Of the exact McNemar test: how often two equally good runs differ at least as much.
    """

    images: int
    a: float
    b: float
    both: int
    only_a: int
    only_b: int
    neither: int
    difference: float
    low: float
    high: float
    p: float


def paired_accuracy(
    right_a: Sequence[bool], right_b: Sequence[bool], confidence: float = 0.95
) -> PairedAccuracy:
    """Compare the strings of two runs.

    Images that both or neither reads right don't say which run is better, and two good runs are
    wrong on much the same images: the two intervals of the accuracies say too little, those of two
    runs that overlap may well differ.

    Source: Newcombe, Statistics in Medicine 17, 1998, 2635-2650, method 10, for the interval;
    McNemar, Psychometrika 12, 1947, for the test, here the exact one: binomial, two-sided.

    Args:
        right_a: ``(N,)`` whether run A reads each image right, N at least 1.
        right_b: ``(N,)`` the same of run B, in the same order.
        confidence: Coverage of the interval, in (0, 1).

    Returns:
        The comparison. The interval and the test are two methods: near p = .05 one may see a
        difference where the other doesn't.

    Raises:
        ValueError: If there is no image or the two differ in length.
    """
    of_a, of_b = np.asarray(right_a, bool), np.asarray(right_b, bool)
    if of_a.shape != of_b.shape or of_a.ndim != 1 or not of_a.size:
        raise ValueError(
            f"paired_accuracy: shapes {of_a.shape} and {of_b.shape}; both must be (N,), N at least "
            "1, of the same images"
        )
    both, only_a = int((of_a & of_b).sum()), int((of_a & ~of_b).sum())
    only_b, neither = int((~of_a & of_b).sum()), int((~of_a & ~of_b).sum())
    discordant = only_a + only_b
    return PairedAccuracy(
        of_a.size,
        *((both + only_a) / of_a.size, (both + only_b) / of_a.size),
        *(both, only_a, only_b, neither),
        (only_b - only_a) / of_a.size,
        *_newcombe(both, only_a, only_b, neither, confidence),
        float(binomtest(only_b, discordant).pvalue) if discordant else 1.0,
    )


def is_beyond_noise(result: Difference) -> bool:
    """Judge a difference.

    Args:
        result: Of one of the two comparisons.

    Returns:
        Whether the 95% interval excludes 0 and p is below .05: where two methods disagree, it's
        noise.
    """
    return not result.low <= 0 <= result.high and result.p < 0.05


def _newcombe(
    both: int, only_a: int, only_b: int, neither: int, confidence: float
) -> tuple[float, float]:
    # Of the accuracy of B minus that of A.
    images = both + only_a + only_b + neither
    right_a, right_b = both + only_a, both + only_b
    margins = right_a * (images - right_a) * right_b * (images - right_b)
    excess = both * neither - only_a * only_b
    if excess > 0:
        excess = max(excess - images / 2, 0)
    phi = excess / margins**0.5 if margins else 0.0
    low_a, high_a = accuracy_interval(right_a, images, confidence)
    low_b, high_b = accuracy_interval(right_b, images, confidence)
    down_a, up_a = right_a / images - low_a, high_a - right_a / images
    down_b, up_b = right_b / images - low_b, high_b - right_b / images
    # Where |phi| is 1 rounding can make a square a little negative.
    below = max(down_b**2 - 2 * phi * down_b * up_a + up_a**2, 0) ** 0.5
    above = max(up_b**2 - 2 * phi * up_b * down_a + down_a**2, 0) ** 0.5
    difference = (right_b - right_a) / images
    return difference - below, difference + above
