"""Digits as hands vary them: their outlines bent."""

import math

import cv2
import numpy as np

from mmdigits.datasets.random_fields import displaced, elastic_field
from mmdigits.datasets.synthetic.glyphs import Glyph, glyph_of_mask


def bend(shape: Glyph, amount: float, rng: np.random.Generator) -> Glyph:
    """Distort a glyph elastically, as :func:`elastic_field` says.

    Args:
        shape: As the font has it.
        amount: Standard deviation of the displacement, in heights of the font's tallest digit.
        rng: Source of all randomness.

    Returns:
        A glyph whose hull is that of the bent ink; its advance is the same.
    """
    pad = math.ceil(5 * amount * shape.unit)
    mask = cv2.copyMakeBorder(shape.mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    size = mask.shape[1::-1]
    field = elastic_field(size, shape.unit, amount * shape.unit, rng)
    bent = cv2.remap(mask, displaced(field), None, cv2.INTER_LINEAR)
    return glyph_of_mask(bent, shape.left - pad, shape.top - pad, shape.advance, shape.unit)
