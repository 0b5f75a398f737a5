"""Detections of one image, written by hand."""

import numpy as np

from mmdigits.files.detections import Detections


def detections(*rows: tuple[float, ...]) -> Detections:
    """Make detections from (digit, x_min, y_min, width, height, score) tuples, in their order."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 6)
    boxes = np.hstack([table[:, 1:3], table[:, 1:3] + table[:, 3:5]])
    return Detections(boxes, table[:, 0].astype(np.int64), table[:, 5])


def shuffled(found: Detections, order: np.ndarray) -> Detections:
    """Take the detections in another order."""
    return Detections(*(part[order] for part in found))
