"""Smooth random fields: what textures and elastic distortions are made of."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

_REDUCED = 8
_WIDE = 4 * _REDUCED  # cells of more pixels are drawn at an eighth of the size


def noise(
    size: tuple[int, int], cell: float, rng: np.random.Generator, fields: int | None = None
) -> np.ndarray:
    """Random hills about ``cell`` pixels apart.

    Args:
        size: Width and height in pixels.
        cell: Distance of the independent values in pixels; at most 1 gives white noise.
        rng: Source of all randomness.
        fields: How many independent ones, 1 to 4, in the last axis; None for one without it.

    Returns:
        ``(h, w)`` or ``(h, w, fields)`` float32 with mean 0; standard deviation 1 for white noise,
        about .65 for cells of at most 3 px, .85 for larger ones.
    """
    return stretched_noise(size, (cell, cell), rng, fields)


def stretched_noise(
    size: tuple[int, int],
    cells: tuple[float, float],
    rng: np.random.Generator,
    fields: int | None = None,
) -> np.ndarray:
    """As :func:`noise`, with a cell of its own for x and y."""
    shape = () if fields is None else (fields,)
    if max(cells) <= 1:
        return rng.standard_normal((*size[::-1], *shape), dtype=np.float32)
    smooth = cv2.INTER_CUBIC if max(cells) > 3 else cv2.INTER_LINEAR
    cells = [max(cell, 1) for cell in cells]
    if min(cells) > _WIDE:
        # The same hills drawn small; enlarging whole cells would make far more than is seen.
        inner = [side // _REDUCED + 2 for side in size]
        values = stretched_noise(inner, [cell / _REDUCED for cell in cells], rng, fields)
        cells = (_REDUCED, _REDUCED)
    else:
        counts = [math.ceil(side / cell) + 1 for side, cell in zip(size, cells, strict=True)]
        values = rng.standard_normal((*counts[::-1], *shape), dtype=np.float32)
    return _enlarged(values, size, cells, smooth).reshape(*size[::-1], *shape)


def _enlarged(
    values: np.ndarray, size: Sequence[int], cells: Sequence[float], method: int
) -> np.ndarray:
    """From the middle of the first value on; beyond the first and the last it goes on level."""
    counts = values.shape[1::-1]
    whole = [round(count * cell) for count, cell in zip(counts, cells, strict=True)]
    left, top = (int(cell / 2) for cell in cells)
    return cv2.resize(values, whole, interpolation=method)[top:, left:][: size[1], : size[0]]


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
    hills = noise(size, cell, rng, 2) + noise(size, cell / 3, rng, 2) / 2
    # Two such hills upon each other have a deviation of .94.
    field = hills * np.float32(deviation / 0.94)
    steepest = max(np.abs(np.diff(field, axis=axis)).max(initial=0) for axis in (0, 1))
    return field * np.float32(min(1, 0.45 / steepest)) if steepest else field


def displaced(field: np.ndarray) -> np.ndarray:
    """Where the pixels of a distorted picture come from.

    Args:
        field: ``(h, w, 2)`` float32 displacements x, y in pixels.

    Returns:
        ``(h, w, 2)`` float32: the same added to each pixel's own x and y, which begin at 0, as
        ``cv2.remap`` takes them.
    """
    places = field.copy()
    places[..., 0] += np.arange(field.shape[1], dtype=np.float32)
    places[..., 1] += np.arange(field.shape[0], dtype=np.float32)[:, None]
    return places
