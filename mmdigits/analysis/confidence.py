"""How far confidences are from being the probability of a right reading."""

from typing import NamedTuple

import numpy as np

from mmdigits.analysis.strings import accuracy_interval


class ReliabilityBin(NamedTuple):
    """Images with similar confidences.

    Attributes:
        low: Lower edge of the bin, in [0, 1]; not in it, except for the lowest bin's.
        high: Upper edge, in the bin.
        images: How many images it has, at least 1.
        right: How many of them are read right.
        confidence: Their mean confidence.
        accuracy: ``right`` over ``images``.
        accuracy_low: Lower bound of the 95% interval of ``accuracy``, Wilson's.
        accuracy_high: Upper bound.
    """

    low: float
    high: float
    images: int
    right: int
    confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


def reliability_bins(
    confidence: np.ndarray, right: np.ndarray, bins: int = 10, equal_mass: bool = True
) -> list[ReliabilityBin]:
    """Sort images into bins by confidence.

    Source: Guo et al., ICML 2017, https://arxiv.org/abs/1706.04599, section 2, whose bins have
    equal width; Nguyen and O'Connor, EMNLP 2015, for bins of equal mass.

    Args:
        confidence: ``(N,)`` in [0, 1], one an image, N at least 1.
        right: ``(N,)`` bool, whether the reading is right.
        bins: How many, at least 1.
        equal_mass: Whether each bin gets as many images, as nearly as can be; else the bins divide
            [0, 1] evenly. Confident readers put nearly all images into the last bins of equal
            width, which hides how these differ. Equal confidences are always in one bin.

    Returns:
        The bins that have images, by rising confidence; at most ``bins``.

    Raises:
        ValueError: If there is no image, the arrays differ in shape, a confidence is not in [0, 1]
            or ``bins`` is below 1.
    """
    confidence, right = checked(confidence, right)
    edges, number = _numbered(confidence, bins, equal_mass)
    return [
        _bin(float(edges[n]), float(edges[n + 1]), confidence[number == n], right[number == n])
        for n in np.unique(number).tolist()
    ]


def expected_calibration_error(
    confidence: np.ndarray, right: np.ndarray, bins: int = 10, equal_mass: bool = True
) -> float:
    """Average the distances of accuracy from confidence over the bins.

    Noise in the accuracies adds to it: a perfectly calibrated reader doesn't have 0, see
    :func:`calibrated_range`.

    Source: Guo et al., ICML 2017, eq. 3.

    Args:
        confidence: As in :func:`reliability_bins`.
        right: As in :func:`reliability_bins`.
        bins: As in :func:`reliability_bins`.
        equal_mass: As in :func:`reliability_bins`.

    Returns:
        The error in [0, 1].

    Raises:
        ValueError: As :func:`reliability_bins`.
    """
    confidence, right = checked(confidence, right)
    return _error(right - confidence, _numbered(confidence, bins, equal_mass)[1])


def calibrated_range(
    confidence: np.ndarray,
    bins: int = 10,
    equal_mass: bool = True,
    draws: int = 1000,
    seed: int = 0,
    coverage: float = 0.95,
) -> tuple[float, float]:
    """Find the calibration errors that perfectly calibrated readings of as many images have.

    Each image is drawn right with its own confidence. A calibration error within the range is no
    sign of wrong confidences.

    Source: Bröcker and Smith, Weather and Forecasting 22, 2007, whose bars for reliability diagrams
    are made of such draws.

    Args:
        confidence: As in :func:`reliability_bins`.
        bins: As in :func:`reliability_bins`.
        equal_mass: As in :func:`reliability_bins`.
        draws: How often all images are drawn.
        seed: Of the draws.
        coverage: How many of the draws lie in the range, in (0, 1).

    Returns:
        Lower and upper bound, in [0, 1].

    Raises:
        ValueError: As :func:`reliability_bins`.
    """
    confidence, _ = checked(confidence, np.ones(np.shape(confidence)))
    _, number = _numbered(confidence, bins, equal_mass)
    rng = np.random.default_rng(seed)
    errors = [
        _error((rng.random(confidence.size) < confidence) - confidence, number)
        for _ in range(draws)
    ]
    low, high = np.quantile(errors, [(1 - coverage) / 2, (1 + coverage) / 2])
    return float(low), float(high)


def brier_score(confidence: np.ndarray, right: np.ndarray) -> float:
    """Average the squared distance of confidence from what came true, 1 or 0.

    Source: Brier, Monthly Weather Review 78, 1950; half of his, as is usual for two outcomes.

    Args:
        confidence: As in :func:`reliability_bins`.
        right: As in :func:`reliability_bins`.

    Returns:
        The score in [0, 1]; less is better. It falls with calibration and with telling right
        readings from wrong ones; .25 is that of always saying one half.

    Raises:
        ValueError: As :func:`reliability_bins`.
    """
    confidence, right = checked(confidence, right)
    return float(np.mean((confidence - right) ** 2))


def checked(confidence: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Check what the functions here and in :mod:`~mmdigits.analysis.coverage` take.

    Args:
        confidence: As in :func:`reliability_bins`; a sequence will do.
        right: As in :func:`reliability_bins`; a sequence will do.

    Returns:
        Both as arrays, float64 and bool.

    Raises:
        ValueError: As :func:`reliability_bins`.
    """
    confidence, right = np.asarray(confidence, np.float64), np.asarray(right, bool)
    if confidence.ndim != 1 or confidence.shape != right.shape or not confidence.size:
        raise ValueError(
            f"confidence: shapes {confidence.shape} and {right.shape} of confidences and what is "
            "right; both must be (N,), N at least 1"
        )
    if not (0 <= confidence.min() and confidence.max() <= 1):  # NaN is neither
        raise ValueError(
            f"confidence: values from {confidence.min()} to {confidence.max()}; allowed is 0 to 1"
        )
    return confidence, right


def _numbered(confidence: np.ndarray, bins: int, equal_mass: bool) -> tuple[np.ndarray, np.ndarray]:
    # The edges of the bins, and in which each image is.
    if bins < 1:
        raise ValueError(f"confidence: bins is {bins}; it must be at least 1")
    edges = np.linspace(0, 1, bins + 1)
    if equal_mass:
        inner = np.quantile(confidence, edges[1:-1], method="inverted_cdf")
        edges = np.unique([0, *inner, 1])
    return edges, np.searchsorted(edges[1:-1], confidence, side="left")


def _error(differences: np.ndarray, number: np.ndarray) -> float:
    # Of right, 1 or 0, from confidence: a bin's images times its distance is their sum.
    return float(np.abs(np.bincount(number, differences)).sum() / len(differences))


def _bin(low: float, high: float, confidence: np.ndarray, right: np.ndarray) -> ReliabilityBin:
    images, number_right = len(right), int(right.sum())
    return ReliabilityBin(
        *(low, high, images, number_right, float(confidence.mean()), number_right / images),
        *accuracy_interval(number_right, images),
    )
