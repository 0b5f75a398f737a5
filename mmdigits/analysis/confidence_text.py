"""How far confidences can be trusted, in words."""

from collections.abc import Sequence

import numpy as np

from mmdigits.analysis.confidence import calibrated_range, expected_calibration_error
from mmdigits.analysis.coverage import at_threshold, coverage_at

WANTED = (0.9, 0.95, 0.98)  # accuracies whose coverage is told


def calibration_line(confidence: np.ndarray, right: np.ndarray) -> str:
    """Say how far confidence and accuracy are apart.

    Args:
        confidence: ``(N,)``, in [0, 1]; N at least 1.
        right: ``(N,)`` bool, whether each string is right.

    Returns:
        A line with the expected calibration error and what chance alone gives.
    """
    error = expected_calibration_error(confidence, right)
    low, high = calibrated_range(confidence)
    return (
        f"expected calibration error {error:.3f}; a perfectly calibrated confidence has {low:.3f} "
        f"to {high:.3f} on as many images"
    )


def coverage_lines(confidence: np.ndarray, right: np.ndarray) -> list[str]:
    """Say how many images can be answered at some accuracies.

    Args:
        confidence: As in :func:`calibration_line`.
        right: As there.

    Returns:
        A line for each accuracy; the thresholds are chosen on these images, see
        :func:`~mmdigits.analysis.coverage.coverage_at`.
    """
    lines = []
    for wanted in WANTED:
        found = coverage_at(confidence, right, wanted)
        where = "" if found.threshold is None else f", those from confidence {found.threshold:.3f}"
        lines.append(
            f"at {wanted:.0%} accuracy it answers {found.coverage:.0%} of the images "
            f"({found.low:.0%} to {found.high:.0%}){where}"
        )
    return lines


def threshold_lines(
    confidence: np.ndarray, right: np.ndarray, thresholds: Sequence[float]
) -> list[str]:
    """Say what answering from given confidences on gives.

    Args:
        confidence: As in :func:`calibration_line`.
        right: As there.
        thresholds: Confidences, chosen on other images.

    Returns:
        A line for each.
    """
    lines = []
    for threshold in thresholds:
        found = at_threshold(confidence, right, threshold)
        accuracy = "" if found.accuracy is None else f", {found.accuracy:.4f} "
        if found.accuracy is not None:
            accuracy += f"({found.accuracy_low:.4f} to {found.accuracy_high:.4f}) of them right"
        lines.append(
            f"from confidence {threshold:g} it answers {found.coverage:.0%} of the images "
            f"({found.coverage_low:.0%} to {found.coverage_high:.0%}){accuracy}"
        )
    return lines
