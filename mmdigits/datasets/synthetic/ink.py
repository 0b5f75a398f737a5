"""How digits are made: painted, worn, outlined, cut from metal, raised or engraved."""

import cv2
import numpy as np

from mmdigits.datasets.random_fields import noise, rough_noise
from mmdigits.datasets.synthetic.colours import luminance_of, muted
from mmdigits.datasets.synthetic.fields import blend, in_colour, painted
from mmdigits.datasets.synthetic.layout import Layout


def draw_ink(
    scene: np.ndarray,
    mask: np.ndarray,
    paint: np.ndarray,
    layout: Layout,
    raised: float,
    rng: np.random.Generator,
) -> None:
    """Put the digits on the scene, in place.

    Args:
        scene: ``(h, w, 3)`` float32 flat canvas.
        mask: ``(h, w)`` float32 coverage of the digits in [0, 1].
        paint: ``(3,)`` B, G, R of 255.
        layout: Gives the scale.
        raised: Probability of solid digits that cast a shadow.
        rng: Source of all randomness.
    """
    unit = layout.unit
    if rng.random() < raised:
        _cast_shadow(scene, mask, unit, rng)
    if rng.random() < 0.05:
        outline = cv2.dilate(mask, _disc(unit * rng.uniform(0.04, 0.08)))
        dark = luminance_of(paint) < 128
        blend(scene, muted(rng.uniform(150, 240) if dark else rng.uniform(5, 60), rng), outline)
    shade = 1 + noise(layout.size, unit * 0.5, rng) * rng.uniform(0, 0.08)
    slope = np.linspace(-1, 1, layout.size[1], dtype=np.float32)[:, None] * rng.normal(0, 0.1)
    cover = mask * _wear(layout, rng)
    blend(scene, painted(paint, shade + slope), cover)
    if rng.random() < raised * 0.6:
        _bevel(scene, mask, unit, rng)


def thicken(mask: np.ndarray, unit: float, rng: np.random.Generator) -> np.ndarray:
    """Make the strokes a little bolder or thinner, in not quite one picture of two.

    An edge moves by no more than 2% of the digit's height or a pixel, so boxes still hold.
    """
    choice = rng.random()
    if choice < 0.3:
        return cv2.dilate(mask, _disc(unit * 0.02))
    if choice < 0.45:
        # Only part of the way: a thin font must not vanish.
        return mask + (cv2.erode(mask, _disc(unit * 0.02)) - mask) * np.float32(0.5)
    return mask


def _disc(radius: float) -> np.ndarray:
    size = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def _wear(layout: Layout, rng: np.random.Generator) -> np.ndarray | float:
    """Coverage in [0, 1] of paint that has flaked or faded in places; mostly it hasn't."""
    if rng.random() < 0.75:
        return rng.uniform(0.9, 1)
    flakes = rough_noise(layout.size, layout.unit * rng.uniform(0.1, 0.5), rng)
    return np.clip(rng.uniform(0.8, 1.6) + flakes * rng.uniform(0.1, 0.6), 0.25, 1)


def _shifted(mask: np.ndarray, offset: np.ndarray) -> np.ndarray:
    matrix = np.float32([[1, 0, offset[0]], [0, 1, offset[1]]])
    return cv2.warpAffine(mask, matrix, mask.shape[::-1])


def _cast_shadow(
    scene: np.ndarray, mask: np.ndarray, unit: float, rng: np.random.Generator
) -> None:
    """Darken where the light, which comes from above, is kept off by the digits."""
    offset = np.array([rng.uniform(-0.12, 0.12), rng.uniform(0.02, 0.12)]) * unit
    shadow = cv2.GaussianBlur(
        _shifted(mask, offset),
        (0, 0),
        unit * rng.uniform(0.015, 0.06),
        borderType=cv2.BORDER_REPLICATE,
    )
    scene *= in_colour(1 - shadow * rng.uniform(0.2, 0.7))


def _bevel(scene: np.ndarray, mask: np.ndarray, unit: float, rng: np.random.Generator) -> None:
    """Lighten the edges that face the light and darken the others."""
    offset = np.array([rng.uniform(-0.03, 0.03), (-1, 1)[rng.integers(2)] * 0.03]) * unit
    relief = _shifted(mask, offset) - _shifted(mask, -offset)
    scene += in_colour(relief * rng.uniform(15, 60))
