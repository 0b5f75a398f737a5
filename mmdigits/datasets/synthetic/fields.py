"""Gradients and distance fields on the canvas: what surfaces and shapes are made of."""

import cv2
import numpy as np


def ramp(size: tuple[int, int], slope: np.ndarray) -> np.ndarray:
    """An even gradient around 1.

    Args:
        size: Width and height in pixels.
        slope: Change from the middle to the right and to the lower edge.

    Returns:
        ``(h, w)`` float32.
    """
    x = np.linspace(-1, 1, size[0], dtype=np.float32)
    y = np.linspace(-1, 1, size[1], dtype=np.float32)[:, None]
    return 1 + np.float32(slope[0]) * x + np.float32(slope[1]) * y


def axes(size: tuple[int, int], centre: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of every pixel's middle along two rotated axes.

    Args:
        size: Width and height in pixels.
        centre: x, y of the origin in pixels.
        angle: Direction of the first axis in radians.

    Returns:
        Two ``(h, w)`` float32 arrays, in pixels.
    """
    x = np.arange(size[0], dtype=np.float32) + np.float32(0.5 - centre[0])
    y = (np.arange(size[1], dtype=np.float32) + np.float32(0.5 - centre[1]))[:, None]
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return cos * x + sin * y, cos * y - sin * x


def rounded_box(u: np.ndarray, v: np.ndarray, half: np.ndarray, radius: float) -> np.ndarray:
    """Signed distance to a box with rounded corners, negative inside.

    Args:
        u: Pixel coordinates along the box's width, relative to its centre.
        v: The same along its height.
        half: Half the width and half the height in pixels.
        radius: Of the corners in pixels.
    """
    radius = min(radius, float(half.min()))
    x = np.abs(u) - np.float32(half[0] - radius)
    y = np.abs(v) - np.float32(half[1] - radius)
    outside = np.hypot(np.maximum(x, 0), np.maximum(y, 0))
    return outside + np.minimum(np.maximum(x, y), 0) - np.float32(radius)


def coverage(distance: np.ndarray, softness: float = 1.0) -> np.ndarray:
    """Turn a signed distance into coverage in [0, 1], with an edge ``softness`` pixels wide."""
    return np.clip(0.5 - distance / np.float32(softness), 0, 1)


def blend(scene: np.ndarray, paint: np.ndarray, cover: np.ndarray) -> None:
    """Lay ``paint`` over ``scene`` in place.

    Args:
        scene: ``(h, w, 3)`` float32.
        paint: ``(3,)`` or ``(h, w, 3)``.
        cover: ``(h, w)`` in [0, 1].
    """
    if paint.ndim == 1:
        paint = row_of(paint, scene.shape[1])
    scene += (paint - scene) * in_colour(cover)


def in_colour(field: np.ndarray) -> np.ndarray:
    """Repeat a field for each colour, so that it can be multiplied with a scene or added to it.

    ``field[..., None]`` would do, but NumPy loops over the last axis innermost, and three values
    at a time take it several times as long as whole rows.

    Args:
        field: ``(h, w)`` float32.

    Returns:
        ``(h, w, 3)`` float32.
    """
    return cv2.cvtColor(field, cv2.COLOR_GRAY2BGR)


def row_of(paint: np.ndarray, width: int) -> np.ndarray:
    """Repeat a colour for each pixel of a row, for the same reason as :func:`in_colour`.

    Args:
        paint: ``(3,)``.
        width: Of the scene in pixels.

    Returns:
        ``(width, 3)``.
    """
    return np.tile(paint, (width, 1))


def painted(paint: np.ndarray, brightness: np.ndarray) -> np.ndarray:
    """One colour in varied brightness.

    Args:
        paint: ``(3,)`` float32.
        brightness: ``(h, w)`` float32; 1 gives the colour itself.

    Returns:
        ``(h, w, 3)`` float32.
    """
    return in_colour(brightness) * row_of(paint, brightness.shape[1])
