"""A reliability diagram: accuracy over confidence, and how often each confidence is given."""

import numpy as np
from matplotlib.figure import Figure

from mmdigits.analysis.confidence import (
    brier_score,
    checked,
    expected_calibration_error,
    reliability_bins,
)


def reliability_figure(
    confidence: np.ndarray, right: np.ndarray, bins: int = 10, equal_mass: bool = True
) -> Figure:
    """Draw accuracy against confidence.

    Args:
        confidence: ``(N,)`` in [0, 1], one an image, N at least 1.
        right: ``(N,)`` bool, whether the reading is right.
        bins: As in :func:`~mmdigits.analysis.confidence.reliability_bins`.
        equal_mass: As there.

    Returns:
        The figure: above, each bin's accuracy at its mean confidence with the 95% interval, and
        the diagonal of perfect calibration; below, a histogram of the confidences.

    Raises:
        ValueError: As :func:`~mmdigits.analysis.confidence.reliability_bins`.
    """
    confidence, right = checked(confidence, right)
    table = reliability_bins(confidence, right, bins, equal_mass)
    error = expected_calibration_error(confidence, right, bins, equal_mass)
    brier = brier_score(confidence, right)
    centres = np.array([b.confidence for b in table])
    accuracies = np.array([b.accuracy for b in table])
    # Wilson's bounds may miss a bound of 0 or 1 by a rounding error.
    below = np.maximum(accuracies - [b.accuracy_low for b in table], 0)
    above = np.maximum([b.accuracy_high for b in table] - accuracies, 0)

    figure = Figure(figsize=(5, 6.5), layout="constrained")
    axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1, label="calibrated")
    axes.errorbar(
        centres,
        accuracies,
        yerr=[below, above],
        fmt="o",
        markersize=4,
        capsize=3,
        color="tab:blue",
        label="bins, 95% interval",
    )
    axes.set(ylabel="string accuracy", xlim=(0, 1), ylim=(0, 1))
    axes.set_title(f"calibration error {error:.3f}, Brier score {brier:.3f}", fontsize="medium")
    axes.legend(loc="upper left")
    counts.hist(confidence, bins=np.linspace(0, 1, 21), color="tab:blue", alpha=0.6)
    counts.set(xlabel="confidence", ylabel="images")
    for part in (axes, counts):
        part.grid(alpha=0.3)
    return figure
