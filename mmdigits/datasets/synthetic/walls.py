"""What a number hangs on: plaster, roughcast, brick, stone, tiles, boards, shutters, doors."""

import math

import numpy as np

from mmdigits.datasets.random_fields import noise, rough_noise, stretched_noise
from mmdigits.datasets.synthetic.colours import colour, luminance_of, muted
from mmdigits.datasets.synthetic.fields import blend, in_colour, painted


def draw_wall(
    size: tuple[int, int], unit: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Paint a wall that fills the canvas.

    Args:
        size: Width and height in pixels.
        unit: Height of a digit in pixels, which sets the scale of the texture.
        rng: Source of all randomness.

    Returns:
        The wall, ``(h, w, 3)`` float32 BGR of 255, and its main colour, ``(3,)``.
    """
    luminance = float(np.clip(100 * math.exp(rng.normal(0, 0.5)), 15, 225))
    base = muted(luminance, rng)
    kind = rng.choice(len(_WALLS), p=_SHARES)
    wall = _WALLS[kind](size, unit, base, rng)
    stains = rough_noise(size, unit * rng.uniform(0.5, 3), rng) * rng.uniform(0, 0.06)
    wall *= in_colour(1 + stains)
    return wall, base


def _plaster(size: tuple, unit: float, base: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _shaded(base, noise(size, unit * 0.1, rng) * rng.uniform(0, 0.02))


def _roughcast(size: tuple, unit: float, base: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    grain = rough_noise(size, unit * rng.uniform(0.06, 0.25), rng)
    return _shaded(base, grain * rng.uniform(0.02, 0.1))


def _brick(size: tuple, unit: float, base: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    luminance = luminance_of(base)
    if rng.random() < 0.7:
        base = colour(min(luminance, 130), rng.normal(0.03, 0.02), rng.uniform(0.1, 0.5))
    mortar = muted(luminance * rng.uniform(0.7, 1.7), rng)
    course = unit * rng.uniform(0.25, 0.7)
    length = course * rng.uniform(2.5, 3.5)
    joint = course * rng.uniform(0.1, 0.2)
    return _masonry(size, base, mortar, (length, course), joint, 0.14, 0.5, rng)


def _stone(size: tuple, unit: float, base: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    course = unit * rng.uniform(1.2, 4)
    joint = base * rng.uniform(0.45, 0.8)
    length = course * rng.uniform(1.5, 2.5)
    return _masonry(size, base, joint, (length, course), unit * 0.06, 0.05, 0.5, rng)


def _tiles(size: tuple, unit: float, base: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    side = unit * rng.uniform(0.6, 1.8)
    joint = base * rng.uniform(0.5, 1.3)
    return _masonry(size, base, joint, (side, side), unit * 0.05, 0.04, 0.0, rng)


def _boards(size: tuple, unit: float, base: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    upright = rng.random() < 0.6
    width = unit * rng.uniform(0.8, 3.5)
    long = unit * 60
    cells = (width, long) if upright else (long, width)
    groove = base * rng.uniform(0.35, 0.75)
    grain = (unit * 0.06, unit * 2) if upright else (unit * 2, unit * 0.06)
    boards = _masonry(size, base, groove, cells, unit * rng.uniform(0.04, 0.09), 0.07, 0.0, rng)
    boards *= in_colour(1 + stretched_noise(size, grain, rng) * rng.uniform(0, 0.08))
    return boards


def _shutter(size: tuple, unit: float, base: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    axis = np.arange(size[1], dtype=np.float32)[:, None]
    period = unit * rng.uniform(0.18, 0.5)
    # A saw tooth: each slat is bright above and falls into the next one's shadow.
    phase = (axis / np.float32(period) + np.float32(rng.random())) % 1
    return _shaded(base, np.broadcast_to((0.5 - phase) * rng.uniform(0.1, 0.5), size[::-1]))


def _door(size: tuple, unit: float, base: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Smooth paint or metal with a sheen across."""
    x = np.linspace(0, 1, size[0], dtype=np.float32)
    y = np.linspace(0, 1, size[1], dtype=np.float32)[:, None]
    along = x * rng.normal() + y * rng.normal() + rng.random()
    return _shaded(base, (np.sin(along * np.float32(2 * math.pi)) * rng.uniform(0, 0.2)))


def _shaded(base: np.ndarray, relief: np.ndarray) -> np.ndarray:
    return painted(base, 1 + relief)


def _masonry(
    size: tuple,
    stone: np.ndarray,
    joint: np.ndarray,
    cell: tuple[float, float],
    gap: float,
    variety: float,
    bond: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Rows of stones of varied brightness; ``bond`` shifts every other row by a share of one."""
    y = (np.arange(size[1], dtype=np.float32) + rng.uniform(0, cell[1])) / np.float32(cell[1])
    row = y.astype(int)
    shift = np.float32((row % 2) * bond + rng.random())
    x = np.arange(size[0], dtype=np.float32)[None] / cell[0] + shift[:, None]
    column = x.astype(int)
    counts = row.max() + 1, column.max() + 1
    brightness = 1 + variety * rng.standard_normal(counts, dtype=np.float32)
    dx = np.minimum(x % 1, 1 - x % 1) * cell[0]
    dy = (np.minimum(y % 1, 1 - y % 1) * cell[1])[:, None]
    inside = np.clip(np.minimum(dx, dy) - gap / 2 + 0.5, 0, 1)
    stones = painted(stone, brightness[row[:, None], column])
    stones *= in_colour(1 + 0.04 * noise(size, gap, rng))
    wall = painted(joint, np.ones_like(inside))
    blend(wall, stones, inside)
    return wall


_WALLS = (_plaster, _roughcast, _brick, _stone, _tiles, _boards, _shutter, _door)
_SHARES = (0.34, 0.18, 0.2, 0.07, 0.03, 0.06, 0.02, 0.1)
