"""Digits as hands vary them: outlines bent, strokes laid on thick."""

import math

import cv2
import numpy as np

from mmdigits.datasets.random_fields import elastic_field
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
    mask = np.pad(shape.mask, pad)
    size = mask.shape[1::-1]
    field = elastic_field(size, shape.unit, amount * shape.unit, rng)
    field += np.stack(np.meshgrid(*map(np.arange, size)), axis=-1)
    bent = cv2.remap(mask, field, None, cv2.INTER_LINEAR)
    return glyph_of_mask(bent, shape.left - pad, shape.top - pad, shape.advance, shape.unit)


def brush(shape: Glyph, level: float) -> Glyph:
    """Lay a glyph's strokes on thick, as a brush does that fills inner corners first.

    Args:
        shape: Any glyph.
        level: Where the new edge lies, as a share of the greatest coverage that the strokes have
            after a blur, in (0, 1): at .5 the straight edge of a broad stroke stays, while inner
            corners are filled and thin strokes grow; less makes all strokes bolder.

    Returns:
        A glyph with at least the ink there was, whose hull is that of the new ink; its advance is
        the same.
    """
    sigma = 0.04 * shape.unit
    pad = math.ceil(3 * sigma)
    mask = np.pad(shape.mask, pad)
    blurred = cv2.GaussianBlur(mask, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    # Thin strokes never reach full coverage.
    edge = level * float(blurred.max())
    # A straight edge, which the blur made wide, is one pixel wide again.
    sharp = (blurred - edge) * math.sqrt(2 * math.pi) * sigma + 127.5
    mask = np.maximum(mask, np.clip(sharp, 0, 255).round().astype(np.uint8))
    return glyph_of_mask(mask, shape.left - pad, shape.top - pad, shape.advance, shape.unit)
