"""Answer only where confident: how many images that leaves, and how many of these are right."""

from typing import NamedTuple

import numpy as np

from mmdigits.analysis.bootstrap import draws
from mmdigits.analysis.confidence import checked
from mmdigits.analysis.strings import accuracy_interval


class CoveragePoint(NamedTuple):
    """What answering from one confidence on gives.

    Attributes:
        threshold: Images with this confidence or more are answered.
        answered: How many those are, at least 1.
        right: How many of them are right.
        coverage: ``answered`` over all images, in (0, 1].
        accuracy: ``right`` over ``answered``; 1 minus it is the selective risk.
    """

    threshold: float
    answered: int
    right: int
    coverage: float
    accuracy: float


class CoverageAt(NamedTuple):
    """How many images can be answered at a wanted accuracy.

    Attributes:
        wanted: The wanted accuracy.
        coverage: The largest fraction of images whose accuracy is at least that; 0 if none is.
        low: Lower bound of the 95% interval of ``coverage``.
        high: Upper bound.
        threshold: The confidence from which images are answered; None if none is.
        answered: How many images are.
        right: How many of them are right.
    """

    wanted: float
    coverage: float
    low: float
    high: float
    threshold: float | None
    answered: int
    right: int


class ThresholdResult(NamedTuple):
    """What a threshold chosen elsewhere gives on these images.

    Attributes:
        threshold: Images with this confidence or more are answered.
        images: How many images there are.
        answered: How many are answered.
        right: How many of these are right.
        coverage: ``answered`` over ``images``.
        coverage_low: Lower bound of the 95% interval of ``coverage``, Wilson's.
        coverage_high: Upper bound.
        accuracy: ``right`` over ``answered``; None if none is answered, like its interval.
        accuracy_low: Lower bound of the 95% interval of ``accuracy``, Wilson's.
        accuracy_high: Upper bound.
    """

    threshold: float
    images: int
    answered: int
    right: int
    coverage: float
    coverage_low: float
    coverage_high: float
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None


def risk_coverage(confidence: np.ndarray, right: np.ndarray) -> list[CoveragePoint]:
    """Answer more and more images, the most confident first.

    Source: El-Yaniv and Wiener, JMLR 11, 2010, for coverage and selective risk.

    Args:
        confidence: ``(N,)`` in [0, 1], one an image, N at least 1.
        right: ``(N,)`` bool, whether the reading is right.

    Returns:
        One point for each different confidence, by falling threshold: images with equal confidence
        are answered together. The last point answers all.

    Raises:
        ValueError: If there is no image, the arrays differ in shape or a confidence is not in
            [0, 1].
    """
    confidence, right = checked(confidence, right)
    order, ends = _by_confidence(confidence)
    number_right = np.cumsum(right[order])[ends]
    return [
        CoveragePoint(threshold, answered, hits, answered / len(right), hits / answered)
        for threshold, answered, hits in zip(
            confidence[order][ends].tolist(),
            (ends + 1).tolist(),
            number_right.tolist(),
            strict=True,
        )
    ]


def coverage_at(
    confidence: np.ndarray,
    right: np.ndarray,
    accuracy: float,
    resamples: int = 1000,
    seed: int = 0,
) -> CoverageAt:
    """Find how many images can be answered at a wanted accuracy.

    The threshold is chosen on the images that it's judged on, which is optimistic: on others the
    accuracy from this threshold on is likely below the wanted one, the more so, the fewer images
    there are, and the interval doesn't tell. Judge it with :func:`at_threshold` on other images.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13, for the
    percentile interval over the images.

    Args:
        confidence: As in :func:`risk_coverage`.
        right: As in :func:`risk_coverage`.
        accuracy: The wanted one, in [0, 1].
        resamples: How often as many images are drawn for the interval, with replacement; at least
            1.
        seed: Of the draws.

    Returns:
        The largest coverage and the threshold that gives it. A smaller coverage may have a lower
        accuracy.

    Raises:
        ValueError: As :func:`risk_coverage`, or if the wanted accuracy is not in [0, 1].
    """
    if not 0 <= accuracy <= 1:
        raise ValueError(f"coverage_at: the wanted accuracy is {accuracy}; allowed is 0 to 1")
    confidence, right = checked(confidence, right)
    order, ends = _by_confidence(confidence)
    ranked, images = right[order], len(right)
    answered, hits = _most_answered(ranked, np.ones(images, np.int64), ends, accuracy)
    times = (
        np.bincount(drawn, minlength=images)[order] for drawn in draws(images, resamples, seed)
    )
    coverages = [_most_answered(ranked, each, ends, accuracy)[0] / images for each in times]
    low, high = np.quantile(coverages, [0.025, 0.975])
    threshold = float(confidence[order][answered - 1]) if answered else None
    return CoverageAt(
        accuracy, answered / images, float(low), float(high), threshold, answered, hits
    )


def at_threshold(confidence: np.ndarray, right: np.ndarray, threshold: float) -> ThresholdResult:
    """Judge a threshold that was chosen on other images.

    Args:
        confidence: As in :func:`risk_coverage`.
        right: As in :func:`risk_coverage`.
        threshold: Images with this confidence or more are answered.

    Returns:
        How many images are answered and how many of these are right.

    Raises:
        ValueError: As :func:`risk_coverage`.
    """
    confidence, right = checked(confidence, right)
    is_answered = confidence >= threshold
    images, answered, hits = len(right), int(is_answered.sum()), int(right[is_answered].sum())
    of_accuracy = (None, None, None)
    if answered:
        of_accuracy = (hits / answered, *accuracy_interval(hits, answered))
    return ThresholdResult(
        *(threshold, images, answered, hits, answered / images),
        *accuracy_interval(answered, images),
        *of_accuracy,
    )


def _by_confidence(confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # The images by falling confidence, and the last place of each group of equal ones.
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    return order, np.append(np.nonzero(np.diff(ranked))[0], len(ranked) - 1)


def _most_answered(
    right: np.ndarray, times: np.ndarray, ends: np.ndarray, accuracy: float
) -> tuple[int, int]:
    # right and times by falling confidence; each image counts so many times.
    answered, hits = np.cumsum(times)[ends], np.cumsum(times * right)[ends]
    enough = np.nonzero((answered > 0) & (hits >= accuracy * answered - 1e-9))[0]
    return (int(answered[enough[-1]]), int(hits[enough[-1]])) if enough.size else (0, 0)
