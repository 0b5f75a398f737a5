"""Daylight on the scene: gradients, shadows and glare, and the exposure that follows from it."""

import cv2
import numpy as np

from mmdigits.datasets.random_fields import noise
from mmdigits.datasets.synthetic.fields import axes, coverage, in_colour, ramp, row_of
from mmdigits.datasets.synthetic.layout import Layout


def light(scene: np.ndarray, layout: Layout, rng: np.random.Generator) -> np.ndarray:
    """Light a painted scene as seen by the camera.

    Args:
        scene: ``(h, w, 3)`` float32 BGR of 255; changed in place.
        layout: Gives the scale.
        rng: Source of all randomness.

    Returns:
        The scene.
    """
    falloff = ramp(layout.size, rng.normal(0, 0.1, 2))
    falloff += noise(layout.size, layout.unit * rng.uniform(2, 6), rng) * rng.uniform(0, 0.08)
    if rng.random() < 0.12:
        falloff *= 1 - _edge(layout, rng) * rng.uniform(0.2, 0.6)
    scene *= in_colour(np.maximum(falloff, 0.15))
    if rng.random() < 0.06:
        scene += in_colour(_glare(layout, rng) * rng.uniform(30, 120))
    return _expose(scene, rng)


def _edge(layout: Layout, rng: np.random.Generator) -> np.ndarray:
    """A half-plane of shadow whose edge passes somewhere over the picture."""
    centre = rng.random(2) * layout.size
    u, _ = axes(layout.size, centre, rng.uniform(0, 2 * np.pi))
    return coverage(u, layout.unit * rng.uniform(0.05, 0.8))


def _glare(layout: Layout, rng: np.random.Generator) -> np.ndarray:
    """A bright spot that fades to its sides."""
    centre = rng.random(2) * layout.size
    u, v = axes(layout.size, centre, rng.uniform(0, np.pi))
    radius = layout.unit * rng.uniform(0.3, 1.5, 2)
    return np.exp(-((u / radius[0]) ** 2 + (v / radius[1]) ** 2)).astype(np.float32)


def _expose(scene: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fix brightness, contrast and colour balance; fade colours as haze and cheap lenses do."""
    # Street cameras see shade a little blue and purple.
    scene *= row_of(np.float32(rng.normal((1.04, 0.985, 1.0), 0.04)), scene.shape[1])
    grey = cv2.cvtColor(np.maximum(scene, 0), cv2.COLOR_BGR2GRAY)
    scene += (in_colour(grey) - scene) * np.float32(rng.uniform(0.1, 0.6))
    mean = np.float32(grey.mean())
    scene -= mean
    scene *= np.float32(rng.uniform(0.7, 1.15))
    scene += mean * np.float32(np.exp(rng.normal(-0.05, 0.13))) + np.float32(rng.uniform(0, 8))
    if rng.random() < 0.05 and mean < 130:
        # Overexposed: what is bright runs into white. In a brighter picture the ink would too.
        scene *= np.float32(rng.uniform(1.2, 1.7))
    return scene
