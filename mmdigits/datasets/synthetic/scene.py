"""A wall with a number on it, before the lens: everything that has a shape or a colour."""

import cv2
import numpy as np

from mmdigits.datasets.imaging import between_centres
from mmdigits.datasets.synthetic.clutter import draw_behind, draw_beside
from mmdigits.datasets.synthetic.colours import colour, ink_luminance, luminance_of, muted
from mmdigits.datasets.synthetic.fields import blend, in_colour, painted, ramp
from mmdigits.datasets.synthetic.ink import draw_ink, thicken
from mmdigits.datasets.synthetic.layout import Layout
from mmdigits.datasets.synthetic.light import light
from mmdigits.datasets.synthetic.options import RenderOptions
from mmdigits.datasets.synthetic.plates import Colours, choose_enamel, draw_plate, draw_tiles
from mmdigits.datasets.synthetic.walls import draw_wall


def paint_plain(layout: Layout, options: RenderOptions, rng: np.random.Generator) -> np.ndarray:
    """Flat ink on a surface whose brightness changes evenly from edge to edge.

    Args:
        layout: The placed digits.
        options: ``contrast`` is used.
        rng: Source of all randomness.

    Returns:
        ``(h, w, 3)`` float32 BGR of 255 at canvas resolution.
    """
    surface = rng.uniform(30, 225)
    wall = colour(surface, rng.random(), rng.uniform(0, 0.5))
    ink = colour(ink_luminance(surface, options, rng), rng.random(), rng.uniform(0, 0.5))
    falloff = ramp(layout.size, rng.uniform(-0.1, 0.1, 2))
    scene = painted(wall, np.ones_like(falloff))
    blend(scene, ink, _ink_mask(layout))
    scene *= in_colour(falloff)
    return _to_camera(scene, layout)


def paint_scene(layout: Layout, options: RenderOptions, rng: np.random.Generator) -> np.ndarray:
    """A number on a wall or plate, with what stands around it, in daylight.

    Args:
        layout: The placed digits.
        options: ``contrast`` and ``clutter`` are used.
        rng: Source of all randomness.

    Returns:
        ``(h, w, 3)`` float32 BGR of 255 at canvas resolution.
    """
    scene, base = draw_wall(layout.size, layout.unit, rng)
    draw_behind(scene, layout, options.clutter, rng)
    kind = rng.random()
    if kind < 0.55:
        colours = choose_enamel(options, rng)
        draw_plate(scene, layout, colours, rng)
        raised = 0.05
    elif kind < 0.6:
        colours = choose_enamel(options, rng)
        draw_tiles(scene, layout, colours, rng)
        raised = 0.05
    else:
        colours = Colours(base, muted(ink_luminance(luminance_of(base), options, rng), rng))
        raised = 0.4
    draw_beside(scene, layout, colours.ink, options.clutter, rng)
    mask = thicken(_ink_mask(layout), layout.unit, rng)
    draw_ink(scene, mask, colours.ink, layout, raised, rng)
    return light(_to_camera(scene, layout), layout, rng)


def _ink_mask(layout: Layout) -> np.ndarray:
    """``(h, w)`` float32 coverage in [0, 1] of all digits on the flat canvas."""
    mask = np.zeros(layout.size[::-1], np.uint8)
    for placed in layout.glyphs:
        matrix = between_centres(np.vstack([placed.matrix, [0, 0, 1]]))[:2]
        np.maximum(mask, cv2.warpAffine(placed.glyph.mask, matrix, layout.size), out=mask)
    return mask.astype(np.float32) / 255


def _to_camera(flat: np.ndarray, layout: Layout) -> np.ndarray:
    """The flat canvas as the camera sees it; its edges are drawn out beyond it, never mirrored."""
    matrix = between_centres(layout.camera)
    return cv2.warpPerspective(flat, matrix, layout.size, borderMode=cv2.BORDER_REPLICATE)
