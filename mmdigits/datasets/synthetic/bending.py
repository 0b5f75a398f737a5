"""Digits as hands and time vary them: outlines bent, strokes worn or laid on thick."""

import math

import cv2
import numpy as np

from mmdigits.datasets.synthetic.fields import elastic_field
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
    mask = cv2.copyMakeBorder(shape.mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    size = mask.shape[1::-1]
    field = elastic_field(size, shape.unit, amount * shape.unit, rng)
    field += np.stack(np.meshgrid(*map(np.arange, size)), axis=-1)
    bent = cv2.remap(mask, field, None, cv2.INTER_LINEAR)
    return glyph_of_mask(bent, shape.left - pad, shape.top - pad, shape.advance, shape.unit)


def brush(shape: Glyph, level: float) -> Glyph:
    """Round a glyph's corners and move its edge, as a brush or rust does.

    Args:
        shape: Any glyph.
        level: Coverage of the blurred strokes at which the new edge lies, in (0, 1): .5 leaves a
            straight edge where it is, less makes strokes bolder, more thinner.

    Returns:
        A glyph whose hull is that of the new ink; its advance is the same.
    """
    sigma = 0.04 * shape.unit
    pad = math.ceil(2 * sigma)
    mask = cv2.copyMakeBorder(shape.mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    blurred = cv2.GaussianBlur(mask, (0, 0), sigma).astype(np.float32) / 255
    # Thin strokes never reach full coverage; the edge's slope is then again one pixel's.
    edge = level * blurred.max()
    sharp = np.clip((blurred - edge) * math.sqrt(2 * math.pi) * sigma + 0.5, 0, 1) * 255
    mask = sharp.round().astype(np.uint8)
    return glyph_of_mask(mask, shape.left - pad, shape.top - pad, shape.advance, shape.unit)
