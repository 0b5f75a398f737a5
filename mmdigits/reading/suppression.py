"""Which of the detections in one place stays, whatever their digits."""

import numpy as np


def by_score(bboxes: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Rank detections.

    Args:
        bboxes: ``(K, 4)`` x_min, y_min, x_max, y_max.
        labels: ``(K,)`` digits.
        scores: ``(K,)`` confidences.

    Returns:
        ``(K,)`` int64 indices by falling score; of equals the smaller digit, then the box farther
        left or up is first, so that the order of the input doesn't matter.
    """
    return np.lexsort((*bboxes.T[::-1], labels, -scores))


def overlaps(bboxes: np.ndarray, others: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Measure how much boxes share.

    Args:
        bboxes: ``(K, 4)`` x_min, y_min, x_max, y_max.
        others: ``(L, 4)``, the same; None for ``bboxes`` themselves.

    Returns:
        Intersection over union and intersection over the smaller box's area, both ``(K, L)`` in
        [0, 1]; 0 where a box has no area.
    """
    if others is None:
        others = bboxes
    low, high = bboxes[:, None, :2], bboxes[:, None, 2:]
    shared = np.minimum(high, others[:, 2:]) - np.maximum(low, others[:, :2])
    intersection = np.prod(np.maximum(shared, 0), axis=-1)
    area = np.prod(np.maximum(high - low, 0), axis=-1)
    other_area = np.prod(np.maximum(others[:, 2:] - others[:, :2], 0), axis=-1)
    smaller = np.minimum(area, other_area)
    union = area + other_area - intersection
    # Tiny numbers instead of zeros: their intersection is 0 as well.
    tiny = np.finfo(np.float64).tiny
    return intersection / np.maximum(union, tiny), intersection / np.maximum(smaller, tiny)


def suppress(
    bboxes: np.ndarray,
    labels: np.ndarray,
    scores: np.ndarray,
    iou_thr: float,
    containment_thr: float,
) -> np.ndarray:
    """Keep the best-scored of the detections that overlap, whatever their digits.

    A detector's own suppression works digit by digit and keeps a "1" on top of a "7"; and a thin
    "1" inside a "7" has a small intersection over union with it, but lies in it almost whole.

    Args:
        bboxes: ``(K, 4)`` x_min, y_min, x_max, y_max.
        labels: ``(K,)`` digits; they only break ties.
        scores: ``(K,)`` confidences.
        iou_thr: Two boxes with a higher intersection over union are one digit; 1 turns this off.
        containment_thr: Two boxes are one digit when their intersection is a higher part of the
            smaller one's area; 1 turns this off.

    Returns:
        ``(M,)`` int64 indices of those that stay, by falling score.
    """
    ranked = by_score(bboxes, labels, scores)
    iou, containment = overlaps(bboxes[ranked])
    # Rounding noise mustn't choose where a threshold is met exactly.
    same = (iou > iou_thr + 1e-9) | (containment > containment_thr + 1e-9)
    kept: list[int] = []
    for candidate in range(len(ranked)):
        if not same[candidate, kept].any():
            kept.append(candidate)
    return ranked[kept]
