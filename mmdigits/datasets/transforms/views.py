"""Where a photograph's boxes and pixels are in a view of it."""

import cv2
import numpy as np

from mmdigits.datasets.imaging import between_centres
from mmdigits.datasets.random_fields import displaced


def warp_boxes(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Boxes around the images of the ellipses that the given boxes circumscribe.

    The map is taken as linear over a box, by its derivative at the box's middle.

    Args:
        boxes: ``(N, 4)`` x1, y1, x2, y2.
        matrix: ``(3, 3)`` homography with a positive denominator at every box.

    Returns:
        ``(N, 4)`` float, in the frame that ``matrix`` leads to; not clipped. ``(0, 4)`` for none.
    """
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    mapped = np.column_stack([middle, np.ones(len(boxes))]) @ matrix.T
    depth = mapped[:, 2:]
    place = mapped[:, :2] / depth
    # Quotient rule: d(u / w) = (du - (u / w) dw) / w.
    derivative = (matrix[:2, :2] - place[:, :, None] * matrix[2:, :2]) / depth[..., None]
    reach = np.hypot(derivative[:, :, 0] * half[:, :1], derivative[:, :, 1] * half[:, 1:])
    return np.hstack([place - reach, place + reach])


def sources(matrix: np.ndarray, field: np.ndarray) -> np.ndarray:
    """Where in the photograph the middle of each pixel of a bent view is.

    Args:
        matrix: ``(3, 3)`` homography from the photograph to the view before it is bent.
        field: ``(h, w, 2)`` float32 x, y: a pixel of the bent view shows what is that far from it
            in the view before.

    Returns:
        ``(h, w, 2)`` float32 x, y with the first pixel's middle at 0, for ``cv2.remap``.
    """
    back = np.linalg.inv(between_centres(matrix))
    return cv2.perspectiveTransform(displaced(field), back)


def bend_boxes(boxes: np.ndarray, field: np.ndarray) -> np.ndarray:
    """Move each edge of a box by as much as the picture moves at the edge's middle.

    Args:
        boxes: ``(N, 4)`` x1, y1, x2, y2 in pixels of the view before it is bent.
        field: As in :func:`sources`; beyond the view its edge counts.

    Returns:
        ``(N, 4)`` float; edges never change places.
    """
    limits = np.array(field.shape[1::-1]) - 1
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    bent = boxes.astype(float)
    for edge in range(4):
        axis = edge % 2
        points = middle.copy()
        points[:, axis] = boxes[:, edge]
        x, y = np.clip(np.round(points - 0.5), 0, limits).astype(int).T
        bent[:, edge] -= field[y, x, axis]
    centre = (bent[:, :2] + bent[:, 2:]) / 2
    half = np.maximum(bent[:, 2:] - bent[:, :2], 0) / 2
    return np.hstack([centre - half, centre + half])
