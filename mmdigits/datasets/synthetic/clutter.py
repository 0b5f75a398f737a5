"""What is beside the number: pillars, frames, boxes, bars, leaves, letters, "Nº", neighbours."""

import cv2
import numpy as np

from mmdigits.datasets.random_fields import noise
from mmdigits.datasets.synthetic.colours import colour, muted
from mmdigits.datasets.synthetic.fields import (
    axes,
    blend,
    coverage,
    in_colour,
    painted,
    rounded_box,
)
from mmdigits.datasets.synthetic.glyphs import FONTS, LETTER_FONTS, glyph
from mmdigits.datasets.synthetic.layout import Layout

_SUFFIXES = ("A", "B", "C", "BIS", "TER", "N")


def draw_behind(
    scene: np.ndarray, layout: Layout, probability: float, rng: np.random.Generator
) -> None:
    """Add things that are part of the building, in place, before the plate and the digits.

    Args:
        scene: ``(h, w, 3)`` float32 flat canvas.
        layout: The placed digits; what's added may lie behind them.
        probability: Of each kind of thing.
        rng: Source of all randomness.
    """
    for draw, share in ((_band, 2.4), (_band, 1.2), (_ledge, 0.6), (_box, 1.0), (_bars, 0.2)):
        if rng.random() < probability * share:
            draw(scene, layout, rng)
    if rng.random() < probability * 0.12:
        _leaves(scene, layout, rng)


def draw_beside(
    scene: np.ndarray,
    layout: Layout,
    paint: np.ndarray,
    probability: float,
    rng: np.random.Generator,
) -> None:
    """Add writing that isn't part of the number, in place.

    Args:
        scene: ``(h, w, 3)`` float32 flat canvas.
        layout: The placed digits.
        paint: ``(3,)`` the digits' colour.
        probability: Of each kind of thing.
        rng: Source of all randomness.
    """
    if rng.random() < probability * 0.3:
        _letters(scene, layout, paint, rng)
    elif rng.random() < probability * 0.12:
        _numero(scene, layout, paint, rng)
    if rng.random() < probability * 0.12:
        _neighbour(scene, layout, paint, rng)


def _band(scene: np.ndarray, layout: Layout, rng: np.random.Generator) -> None:
    """A pillar, frame or corner to the left or right."""
    u, _ = axes(layout.size, layout.centre, rng.normal(0, 0.02))
    side = _side(rng)
    start = layout.half[0] + layout.unit * rng.uniform(0.15, 2.2)
    width = layout.unit * (rng.uniform(0.1, 0.6) if rng.random() < 0.4 else 50)
    distance = np.abs(side * u - (start + width / 2)) - width / 2
    _stand_out(scene, distance, layout.unit, rng)


def _ledge(scene: np.ndarray, layout: Layout, rng: np.random.Generator) -> None:
    _, v = axes(layout.size, layout.centre, rng.normal(0, 0.02))
    side = _side(rng)
    start = layout.half[1] + layout.unit * rng.uniform(0.1, 1)
    width = layout.unit * (0.1, 0.3, 50)[rng.integers(3)]
    distance = np.abs(side * v - (start + width / 2)) - width / 2
    _stand_out(scene, distance, layout.unit, rng)


def _box(scene: np.ndarray, layout: Layout, rng: np.random.Generator) -> None:
    """A bell, letter slot, window or lamp, unless it would be behind the number."""
    centre = np.float32(rng.random(2) * layout.size)
    half = layout.unit * rng.uniform(0.1, 1.2, 2)
    if (np.abs(centre - layout.centre) < layout.half + half + 0.1 * layout.unit).all():
        return
    u, v = axes(layout.size, centre, rng.normal(0, 0.03))
    _stand_out(scene, rounded_box(u, v, half, layout.unit * 0.05), layout.unit, rng)


def _stand_out(
    scene: np.ndarray, distance: np.ndarray, unit: float, rng: np.random.Generator
) -> None:
    """Paint a surface that stands before or behind the wall: a dark or bright rim, then itself."""
    rim = coverage(np.abs(distance) - unit * rng.uniform(0.01, 0.06), max(1, unit * 0.05))
    scene *= in_colour(1 - rim * rng.uniform(-0.25, 0.6))
    paint = muted(8 + 190 * rng.random() ** 1.5, rng)
    texture = painted(paint, 1 + 0.03 * noise(scene.shape[1::-1], unit * 0.2, rng))
    blend(scene, texture, coverage(distance) * rng.uniform(0.5, 1))


def _bars(scene: np.ndarray, layout: Layout, rng: np.random.Generator) -> None:
    """Railings to the left or right."""
    u, _ = axes(layout.size, layout.centre, rng.normal(0, 0.03))
    period = layout.unit * rng.uniform(0.3, 1)
    distance = np.abs((u / period) % 1 - 0.5) * period - period * rng.uniform(0.08, 0.2)
    start = float(layout.half[0]) + layout.unit * rng.uniform(0.2, 0.8)
    distance = np.maximum(distance, start - _side(rng) * u)
    blend(scene, muted(rng.uniform(10, 200), rng), coverage(distance))


def _leaves(scene: np.ndarray, layout: Layout, rng: np.random.Generator) -> None:
    """A plant that grows in from one edge and stops short of the number."""
    angle = rng.uniform(0, 2 * np.pi)
    u, _ = axes(layout.size, layout.centre, angle)
    edge = float(np.abs(layout.half @ np.abs([np.cos(angle), np.sin(angle)])))
    rough = noise(layout.size, layout.unit * 0.25, rng)
    distance = edge + layout.unit * rng.uniform(0.3, 1.2) - u + rough * layout.unit * 0.2
    leaf = colour(rng.uniform(30, 120), rng.normal(0.24, 0.03), rng.uniform(0.3, 0.8))
    light = 1 + 0.5 * noise(layout.size, layout.unit * 0.12, rng)
    blend(scene, painted(leaf, np.clip(light, 0.2, 2)), coverage(distance, 2))


def _letters(
    scene: np.ndarray, layout: Layout, paint: np.ndarray, rng: np.random.Generator
) -> None:
    """A letter after or before the number, or small print above or below."""
    font = _letter_font(rng)
    if rng.random() < 0.6:
        height, text = layout.unit * rng.uniform(0.4, 0.95), str(rng.choice(_SUFFIXES))
        side = _side(rng)
        gap = layout.unit * rng.uniform(0.2, 0.5)
        # The pen is at a text's left end.
        start = side * (layout.half[0] + gap) - (_width(font, text, height) if side < 0 else 0)
        pen = layout.centre + np.array([start, height / 2])
    else:
        height = layout.unit * rng.uniform(0.15, 0.35)
        text = "".join(map(chr, rng.integers(65, 91, rng.integers(4, 12))))
        side = _side(rng)
        below = side * (layout.half[1] + height * rng.uniform(0.6, 1.2))
        below += height if side > 0 else 0
        pen = layout.centre + np.array([-_width(font, text, height) / 2, below])
    _write(scene, font, text, height, pen, paint)


def _numero(scene: np.ndarray, layout: Layout, paint: np.ndarray, rng: np.random.Generator) -> None:
    """Write the sign for "number" before it."""
    font = _letter_font(rng)
    height = layout.unit * rng.uniform(0.6, 1)
    small = height * rng.uniform(0.35, 0.55)
    letter, ring = _width(font, "N", height), _width(font, "O", small)
    left = layout.centre[0] - layout.half[0] - layout.unit * rng.uniform(0.1, 0.4) - letter - ring
    top = layout.centre[1] - height / 2
    _write(scene, font, "N", height, np.array([left, top + height]), paint)
    _write(scene, font, "O", small, np.array([left + letter, top + small]), paint)
    if rng.random() < 0.6:
        u, v = axes(layout.size, np.float32([left + letter + ring / 2, top + small * 1.35]), 0)
        half = np.float32([ring * 0.45, max(0.5, small * 0.08)])
        blend(scene, paint, coverage(rounded_box(u, v, half, 0)))


def _neighbour(
    scene: np.ndarray, layout: Layout, paint: np.ndarray, rng: np.random.Generator
) -> None:
    """A digit of the next number, cut by the edge of the picture."""
    font, digit = layout.font, str(rng.integers(10))
    width = _width(font, digit, layout.unit)
    room = layout.size[0] / 2 - layout.half[0]
    # Close to the number it would read as part of it.
    if room < width + layout.unit:
        return
    shown = width * rng.uniform(0.3, 0.7)
    x = -(width - shown) if rng.random() < 0.5 else layout.size[0] - shown
    pen = np.array([x, layout.centre[1] + layout.unit / 2])
    _write(scene, font, digit, layout.unit, pen, paint)


def _letter_font(rng: np.random.Generator) -> str:
    return str(FONTS / f"{LETTER_FONTS[rng.integers(len(LETTER_FONTS))]}.ttf")


def _side(rng: np.random.Generator) -> int:
    """Left or above (-1), or right or below (1)."""
    return 1 if rng.random() < 0.5 else -1


def _width(font: str, text: str, height: float) -> float:
    shapes = [glyph(font, character, height) for character in text]
    return sum(shape.advance * height / shape.unit for shape in shapes)


def _write(
    scene: np.ndarray, font: str, text: str, height: float, pen: np.ndarray, paint: np.ndarray
) -> None:
    size = scene.shape[1::-1]
    for character in text:
        shape = glyph(font, character, height)
        scale = height / shape.unit
        matrix = np.array(
            [
                [scale, 0, pen[0] + shape.left * scale],
                [0, scale, pen[1] + shape.top * scale],
            ]
        )
        cover = cv2.warpAffine(shape.mask, matrix, size).astype(np.float32) / 255
        blend(scene, paint, cover)
        pen = pen + np.array([shape.advance * scale, 0])
