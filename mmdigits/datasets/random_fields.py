"""Smooth random fields: what textures and elastic distortions are made of."""

import cv2
import numpy as np


def noise(size: tuple[int, int], cell: float, rng: np.random.Generator) -> np.ndarray:
    """Random hills about ``cell`` pixels apart.

    Args:
        size: Width and height in pixels.
        cell: Distance of the independent values in pixels; at most 1 gives white noise.
        rng: Source of all randomness.

    Returns:
        ``(h, w)`` float32 with mean 0; standard deviation 1 for white noise, about .7 for cells of
        at most 3 px, .87 for larger ones.
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
    # Two such hills upon each other have a deviation of .97.
    field = np.stack(hills, axis=-1) * np.float32(deviation / 0.97)
    steepest = max(np.abs(np.diff(field, axis=axis)).max(initial=0) for axis in (0, 1))
    return field * np.float32(min(1, 0.45 / steepest)) if steepest else field
