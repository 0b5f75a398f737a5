"""Draw images again and again, to see how much a score depends on which they are."""

from collections.abc import Iterator, Sequence

import numpy as np


def draws(images: int, resamples: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Draw as many images as there are, with replacement.

    Args:
        images: How many there are, at least 1.
        resamples: How often they are drawn.
        seed: Of the draws; the same seed gives the same ones.

    Yields:
        ``(images,)`` int64 positions, 0 to ``images`` - 1.
    """
    rng = np.random.default_rng(seed)
    for _ in range(resamples):
        yield rng.integers(images, size=images)


def basic_interval(
    value: float, drawn: Sequence[float], confidence: float = 0.95
) -> tuple[float, float]:
    """Turn what the draws give into an interval.

    The draws lie around the value as the value lies around the true one: as far as they reach
    above it, the interval reaches below. That takes off what draws are too high on average, which
    those of mAP are (see :class:`~mmdigits.analysis.average_precision.AveragePrecision`).

    Source: Davison and Hinkley, Bootstrap Methods and their Application, 1997, eq. 5.6.

    Args:
        value: The score of all images.
        drawn: The score of each draw, at least one.
        confidence: Coverage of the interval, in (0, 1).

    Returns:
        Lower and upper bound; they may reach out of the score's range.
    """
    high, low = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(2 * value - low), float(2 * value - high)


def accuracy_bootstrap(
    right: Sequence[bool], resamples: int = 1000, seed: int = 0, confidence: float = 0.95
) -> tuple[float, float]:
    """Bootstrap an accuracy over the images, as the mAP is.

    It agrees with Wilson's interval (:func:`~mmdigits.analysis.strings.accuracy_interval`) on many
    images; on few, or when nearly all are right, Wilson's is the better one: this one has no width
    when all are.

    Args:
        right: ``(N,)`` whether each image is read right, N at least 1.
        resamples: How often as many images are drawn, at least once.
        seed: Of the draws.
        confidence: Coverage of the interval, in (0, 1).

    Returns:
        Lower and upper bound, in [0, 1].

    Raises:
        ValueError: If there is no image.
    """
    outcomes = np.asarray(right, dtype=bool)
    if not outcomes.size:
        raise ValueError("accuracy_bootstrap: there is no image; give at least one")
    drawn = [outcomes[images].mean() for images in draws(outcomes.size, resamples, seed)]
    low, high = basic_interval(float(outcomes.mean()), drawn, confidence)
    return max(low, 0.0), min(high, 1.0)
