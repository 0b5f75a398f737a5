"""Boxes around the digits: exact, or the way SVHN's annotators drew them."""

import numpy as np

from mmdigits.datasets.synthetic.layout import Layout
from mmdigits.datasets.synthetic.options import RenderOptions


def annotate(layout: Layout, options: RenderOptions, rng: np.random.Generator) -> np.ndarray:
    """Box every digit of a layout.

    Args:
        layout: The placed digits.
        options: ``annotator`` chooses between the exact extent of the ink and a human's box.
        rng: Source of all randomness.

    Returns:
        ``(N, 4)`` float32 xyxy in pixels of the final image, in reading order, inside the image
        and at least a pixel wide and high.
    """
    boxes = layout.ink_boxes()
    if options.annotator:
        boxes = _loosen(boxes, rng)
    limits = np.array([*layout.output, *layout.output], dtype=float)
    boxes = np.clip(boxes, 0, limits)
    # Clipping and rounding must not leave an empty box at the edge.
    boxes[:, :2] = np.minimum(boxes[:, :2], limits[:2] - 1)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
    return boxes.astype(np.float32)


def _loosen(boxes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give all boxes of an image one height, room around the ink, and whole pixels.

    The numbers are those of SVHN's training boxes against the ink of the 1,171 sharpest digits of
    its first 1,700 images: boxes are 17% higher than the ink and wider by 11% of its height, more
    around a narrow "1"; 10% is how much the height varies between images.
    """
    unit = (boxes[:, 3] - boxes[:, 1]).max()
    height = unit * np.clip(rng.normal(1.17, 0.1), 0.98, 1.5)
    count = len(boxes)
    centre = (boxes[:, 1] + boxes[:, 3]) / 2
    centre += (rng.normal(-0.015, 0.03) + rng.normal(0, 0.03, count)) * unit
    width = boxes[:, 2] - boxes[:, 0]
    width += (0.11 + 0.18 * (0.45 - width / unit)) * unit
    width += (rng.normal(0, 0.04) + rng.normal(0, 0.05, count)) * unit
    middle = (boxes[:, 0] + boxes[:, 2]) / 2 + rng.normal(0, 0.035, count) * unit
    left, top = np.round(middle - width / 2), np.round(centre - height / 2)
    return np.column_stack(
        [left, top, left + np.maximum(1, np.round(width)), top + max(1, round(height))]
    )
