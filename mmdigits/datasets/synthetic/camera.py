"""From a painted scene to a photograph: lens, sensor, resampling and compression."""

import math

import cv2
import numpy as np

from mmdigits.datasets.imaging import compress, sensor_noise
from mmdigits.datasets.synthetic.layout import Layout
from mmdigits.datasets.synthetic.options import RenderOptions


def photograph(
    scene: np.ndarray, layout: Layout, options: RenderOptions, rng: np.random.Generator
) -> np.ndarray:
    """Photograph a scene.

    Args:
        scene: ``(h, w, 3)`` float32 BGR of 255 at canvas resolution; may be changed.
        layout: Gives the final size.
        options: Distributions to draw from.
        rng: Source of all randomness.

    Returns:
        ``(H, W, 3)`` uint8 BGR at the final size.
    """
    if options.blur:
        scene = _lens(scene, layout.unit, options, rng)
    image = _resize(scene, layout.output)
    if rng.random() < options.resample:
        image = _resample(image, rng)
    if rng.random() < options.sharpen:
        image = _sharpen(image, rng)
    image = _sensor(image, options, rng)
    image = np.clip(np.round(image), 0, 255).astype(np.uint8)
    if rng.random() < options.jpeg:
        quality = int(rng.integers(options.quality[0], options.quality[1] + 1))
        image = compress(image, quality)
    return image


def _lens(
    scene: np.ndarray, unit: float, options: RenderOptions, rng: np.random.Generator
) -> np.ndarray:
    """Blur by defocus, and in one picture of six by motion."""
    sigma = unit * options.blur * math.exp(rng.normal(0, options.blur_spread))
    # Beyond this nobody can read the number any more.
    sigma = min(sigma, 0.09 * unit)
    if sigma > 0.3:
        scene = cv2.GaussianBlur(scene, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    if rng.random() < 1 / 6:
        length = max(2, round(unit * rng.uniform(0.03, 0.15)))
        angle = rng.uniform(0, math.pi)
        size = 2 * length + 1
        kernel = np.zeros((size, size), np.float32)
        reach = np.array([math.cos(angle), math.sin(angle)]) * length / 2
        ends = np.round(length + np.array([-reach, reach])).astype(int).tolist()
        cv2.line(kernel, ends[0], ends[1], 1.0)
        scene = cv2.filter2D(scene, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    if rng.random() < 0.3:
        _fringe(scene, unit, rng)
    return scene


def _fringe(scene: np.ndarray, unit: float, rng: np.random.Generator) -> None:
    """Shift red against blue, in place, as a lens does away from its axis."""
    shift = rng.normal(0, 0.012, 2) * unit
    for channel, sign in ((0, -1), (2, 1)):
        matrix = np.float32([[1, 0, sign * shift[0]], [0, 1, sign * shift[1]]])
        scene[..., channel] = cv2.warpAffine(
            np.ascontiguousarray(scene[..., channel]),
            matrix,
            scene.shape[1::-1],
            borderMode=cv2.BORDER_REPLICATE,
        )


def _resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    shrinks = size[0] < image.shape[1]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _resample(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Store the picture smaller and enlarge it again."""
    height, width = image.shape[:2]
    scale = rng.uniform(0.45, 0.95)
    small = _resize(image, (max(4, round(width * scale)), max(4, round(height * scale))))
    method = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)[rng.integers(3)]
    return cv2.resize(small, (width, height), interpolation=method)


def _sharpen(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Overshoot at edges, as cameras do to look sharp."""
    soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.8, 2), borderType=cv2.BORDER_REPLICATE)
    return image + (image - soft) * np.float32(rng.uniform(0.2, 1.2))


def _sensor(image: np.ndarray, options: RenderOptions, rng: np.random.Generator) -> np.ndarray:
    """Add noise, mostly little."""
    return image + sensor_noise(image.shape[:2], options.noise * rng.random() ** 2, rng)
