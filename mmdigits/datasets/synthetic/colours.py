"""Colours of walls, plates and ink: muted, as in daylight photographs. All are B, G, R of 255."""

import colorsys
import math

import numpy as np

from mmdigits.datasets.synthetic.options import RenderOptions

# Weights of blue, green and red in the luminance (ITU-R BT.601), as cv2.cvtColor has them.
LUMINANCE = np.array([0.114, 0.587, 0.299], dtype=np.float32)


def colour(luminance: float, hue: float, saturation: float) -> np.ndarray:
    """A colour of given luminance.

    Args:
        luminance: In [0, 255].
        hue: In turns: 0 is red, 1/3 green, 2/3 blue; any real number.
        saturation: 0 is grey, 1 as colourful as the luminance allows.

    Returns:
        ``(3,)`` float32 B, G, R in [0, 255].
    """
    pure = 255 * np.array(colorsys.hsv_to_rgb(hue % 1, 1, 1)[::-1], dtype=np.float32)
    chroma = pure - pure @ LUMINANCE
    # Adding a chroma of no luminance keeps the sum, as long as no channel has to be clipped.
    room = np.where(chroma > 0, (255 - luminance) / chroma, -luminance / np.minimum(chroma, -1e-6))
    return luminance + chroma * np.float32(saturation * min(1.0, float(room.min())))


def muted(luminance: float, rng: np.random.Generator) -> np.ndarray:
    """A building material's colour: mostly warm greys, beige and brown, some cool, few vivid."""
    kind = rng.random()
    if kind < 0.6:
        return colour(luminance, rng.normal(0.08, 0.03), rng.beta(1.4, 6))
    if kind < 0.93:
        return colour(luminance, rng.normal(0.6, 0.06), rng.beta(1.2, 8))
    return colour(luminance, rng.random(), rng.beta(1.5, 3))


def ink_luminance(surface: float, options: RenderOptions, rng: np.random.Generator) -> float:
    """Luminance of ink that stands out from a surface, darker or brighter.

    Args:
        surface: Luminance of the surface in [0, 255].
        options: ``contrast`` gives the smallest and the median difference.
        rng: Source of all randomness.

    Returns:
        A luminance in [4, 250]; at least the smallest difference away when there's room for it.
    """
    smallest, median = options.contrast
    difference = smallest + (median - smallest) * math.exp(rng.normal(0, 0.6))
    sign = 1 if rng.random() < 0.33 else -1
    # The side with room is taken when the difference doesn't fit on the one that was drawn.
    if not 4 <= surface + sign * difference <= 250:
        sign = 1 if surface < 127 else -1
    return float(np.clip(surface + sign * difference, 4, 250))


def luminance_of(paint: np.ndarray) -> float:
    """Luminance in [0, 255] of one B, G, R colour."""
    return float(paint @ LUMINANCE)
