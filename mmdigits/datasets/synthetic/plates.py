"""The plates numbers are painted on: enamel with a border, boards, discs, a tile for each digit."""

import math
from dataclasses import dataclass

import numpy as np

from mmdigits.datasets.synthetic.colours import colour, ink_luminance, luminance_of, muted
from mmdigits.datasets.synthetic.fields import axes, blend, coverage, in_colour, rounded_box
from mmdigits.datasets.synthetic.layout import Layout
from mmdigits.datasets.synthetic.options import RenderOptions

# Radius of a plate's corners in units; most are sharp or nearly so.
_RADII = (0, 0, 0, 0.05, 0.05, 0.05, 0.12, 0.12, 0.3, 0.6)


@dataclass(frozen=True)
class Colours:
    """What a number is written with, and on; ``(3,)`` B, G, R of 255 each."""

    surface: np.ndarray
    ink: np.ndarray


def choose_enamel(options: RenderOptions, rng: np.random.Generator) -> Colours:
    """Colours of a plate: blue with white digits, white with dark or blue ones, or any others."""
    kind = rng.random()
    bright = colour(rng.uniform(150, 240), rng.normal(0.12, 0.1), rng.uniform(0, 0.15))
    if kind < 0.3:
        return Colours(_blue(rng.uniform(18, 70), rng), bright)
    if kind < 0.44:
        return Colours(bright, _blue(rng.uniform(25, 100), rng))
    if kind < 0.75:
        return Colours(bright, muted(rng.uniform(10, 90), rng))
    if kind < 0.82:
        return Colours(muted(rng.uniform(10, 50), rng), bright)
    surface = muted(rng.uniform(20, 230), rng)
    return Colours(surface, muted(ink_luminance(luminance_of(surface), options, rng), rng))


def _blue(luminance: float, rng: np.random.Generator) -> np.ndarray:
    return colour(luminance, rng.normal(0.63, 0.025), rng.uniform(0.2, 0.7))


def draw_plate(
    scene: np.ndarray, layout: Layout, colours: Colours, rng: np.random.Generator
) -> None:
    """Lay a plate under the number, in place.

    Args:
        scene: ``(h, w, 3)`` float32 flat canvas.
        layout: The placed digits.
        colours: Of the plate and its border.
        rng: Source of all randomness.
    """
    unit = layout.unit
    u, v = axes(layout.size, layout.centre, layout.tilt)
    room = np.array([rng.uniform(0.12, 0.7), rng.uniform(0.08, 0.45)]) * unit
    half = np.float32(layout.half + room)
    shape = rng.random()
    if shape < 0.04:
        distance = (np.hypot(u / half[0], v / half[1]) / 1.25 - 1) * half.min()
    else:
        distance = rounded_box(u, v, half, unit * _RADII[rng.integers(len(_RADII))])
        if shape < 0.14:
            # Corners cut out round, as on old enamel plates.
            corner = np.hypot(np.abs(u) - half[0], np.abs(v) - half[1])
            distance = np.maximum(distance, unit * rng.uniform(0.1, 0.25) - corner)
    _shadow(scene, distance, unit, rng)
    blend(scene, colours.surface, coverage(distance, max(1, unit * 0.03)))
    if rng.random() < 0.4:
        inset, width = unit * rng.uniform(0, 0.07), unit * rng.uniform(0.03, 0.09)
        line = np.abs(distance + inset + width / 2) - width / 2
        paint = colours.ink if rng.random() < 0.7 else muted(rng.uniform(20, 230), rng)
        blend(scene, paint, coverage(line))
    if rng.random() < 0.3:
        _screws(scene, u, v, half, unit, rng)


def draw_tiles(
    scene: np.ndarray, layout: Layout, colours: Colours, rng: np.random.Generator
) -> None:
    """Lay a tile of its own under each digit, in place; arguments as in :func:`draw_plate`."""
    unit = layout.unit
    room = unit * rng.uniform(0.06, 0.2, 2)
    radius = unit * (0, 0.08)[rng.integers(2)]
    edge = colours.surface * rng.uniform(0.3, 0.8)
    for placed in layout.glyphs:
        hull = placed.hull()
        low, high = hull.min(axis=0), hull.max(axis=0)
        half = np.float32((high - low) / 2 + room)
        half[0] = max(half[0], unit * 0.32)
        u, v = axes(layout.size, (low + high) / 2, layout.tilt)
        distance = rounded_box(u, v, half, radius)
        blend(scene, edge, coverage(distance - unit * 0.03))
        blend(scene, colours.surface, coverage(distance))


def _shadow(scene: np.ndarray, distance: np.ndarray, unit: float, rng: np.random.Generator) -> None:
    """Darken the wall around a plate that stands off it."""
    if rng.random() < 0.5:
        reach = unit * rng.uniform(0.04, 0.2)
        dark = np.clip(1 - distance / reach, 0, 1) * rng.uniform(0.1, 0.5)
        scene *= in_colour(1 - dark)


def _screws(
    scene: np.ndarray,
    u: np.ndarray,
    v: np.ndarray,
    half: np.ndarray,
    unit: float,
    rng: np.random.Generator,
) -> None:
    place = half - unit * 0.1
    y = place[1] * int(rng.integers(2))
    paint = muted(rng.uniform(10, 220), rng)
    distance = np.hypot(np.abs(u) - place[0], np.abs(v) - y) - unit * rng.uniform(0.02, 0.05)
    blend(scene, paint, coverage(distance) * math.sqrt(rng.random()))
