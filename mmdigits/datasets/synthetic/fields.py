"""Smooth random fields and distance fields on the canvas: what textures and shapes are made of."""

import cv2
import numpy as np


def noise(size: tuple[int, int], cell: float, rng: np.random.Generator) -> np.ndarray:
    """Random hills about ``cell`` pixels apart.

    Args:
        size: Width and height in pixels.
        cell: Distance of the independent values in pixels; at most 1 gives white noise.
        rng: Source of all randomness.

    Returns:
        ``(h, w)`` float32 with mean 0; standard deviation 1 for white noise, about .7 otherwise.
    """
    return stretched_noise(size, (cell, cell), rng)


def stretched_noise(
    size: tuple[int, int], cells: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """As :func:`noise`, with a cell of its own for x and y."""
    if max(cells) <= 1:
        return rng.standard_normal(size[::-1], dtype=np.float32)
    step = [1 / max(cell, 1) for cell in cells]
    counts = [int(side * share) + 4 for side, share in zip(size, step, strict=True)]
    values = rng.standard_normal(counts[::-1], dtype=np.float32)
    # One cell of margin, because cubic interpolation looks at four neighbours.
    window = np.array([[step[0], 0, 1], [0, step[1], 1]])
    smooth = cv2.INTER_CUBIC if max(cells) > 3 else cv2.INTER_LINEAR
    return cv2.warpAffine(values, window, size, flags=smooth | cv2.WARP_INVERSE_MAP)


def rough_noise(size: tuple[int, int], cell: float, rng: np.random.Generator) -> np.ndarray:
    """Hills upon hills: three octaves of :func:`noise`, each half as high and wide."""
    return sum(noise(size, cell / 2**octave, rng) / 2**octave for octave in range(3))


def elastic_field(
    size: tuple[int, int], cell: float, deviation: float, rng: np.random.Generator
) -> np.ndarray:
    """Random displacements for an elastic distortion, smooth at two scales.

    Source: Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural Networks Applied
    to Visual Document Analysis", ICDAR 2003, section 2, whose fields have one scale.

    Args:
        size: Width and height in pixels.
        cell: The larger scale in pixels; the other is a third of it.
        deviation: Standard deviation in pixels, along x and y each.
        rng: Source of all randomness.

    Returns:
        ``(h, w, 2)`` float32 x, y. No slope is above .45, so that nothing folds over, which would
        mirror it; a field that is steeper is flattened as a whole.
    """
    hills = [noise(size, cell, rng) + noise(size, cell / 3, rng) / 2 for _ in range(2)]
    # Two such hills upon each other have a deviation of .9.
    field = np.stack(hills, axis=-1) * np.float32(deviation / 0.9)
    steepest = max(np.abs(np.diff(field, axis=axis)).max(initial=0) for axis in (0, 1))
    return field * np.float32(min(1, 0.45 / steepest)) if steepest else field


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
    scene += (paint - scene) * cover[..., None]
