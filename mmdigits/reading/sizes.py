"""Leave out what is too large or too small to belong to its neighbours."""

import numpy as np


def fitting_sizes(
    bboxes: np.ndarray,
    height_range: tuple[float, float] | None,
    width_range: tuple[float, float] | None,
) -> np.ndarray:
    """Drop boxes whose size doesn't fit, the worst-scored first.

    Each box is compared with the median of the others. While some are out of range, the one with
    the lowest score goes and the rest is compared again: of two digits the better one stays.

    Args:
        bboxes: ``(K, 4)`` x_min, y_min, x_max, y_max, by falling score.
        height_range: Least and largest height over the median of the others; None for no limit.
        width_range: The same for widths.

    Returns:
        ``(M,)`` int64 indices of those that stay, in their order; one alone always stays.
    """
    kept = np.arange(len(bboxes))
    limits = [(3, 1, height_range), (2, 0, width_range)]
    while len(kept) > 1:
        misfit = np.zeros(len(kept), dtype=bool)
        for high, low, allowed in limits:
            if allowed is not None:
                ratio = _ratio_to_others(bboxes[kept, high] - bboxes[kept, low])
                misfit |= (ratio < allowed[0]) | (ratio > allowed[1])
        if not misfit.any():
            break
        kept = np.delete(kept, np.nonzero(misfit)[0][-1])
    return kept


def _ratio_to_others(sizes: np.ndarray) -> np.ndarray:
    others = np.tile(sizes, (len(sizes), 1))[~np.eye(len(sizes), dtype=bool)]
    medians = np.median(others.reshape(len(sizes), -1), axis=1)
    # Boxes without size fit each other and nothing else.
    nothing = np.where(sizes > 0, np.inf, 1.0)
    return np.divide(sizes, medians, out=nothing, where=medians > 0)
