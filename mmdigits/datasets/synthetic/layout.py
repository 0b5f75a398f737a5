"""Where the digits stand: from a string to placed glyphs in an image of a certain size."""

import math
from dataclasses import dataclass

import numpy as np

from mmdigits.datasets.synthetic.bending import bend
from mmdigits.datasets.synthetic.glyphs import Glyph, glyph
from mmdigits.datasets.synthetic.options import RenderOptions

# Canvas pixels an image is drawn with at most; more detail than that is lost to the lens anyway.
_CANVAS_AREA = 30_000


@dataclass(frozen=True)
class PlacedGlyph:
    """A glyph and where it goes.

    Attributes:
        glyph: The shape.
        matrix: ``(2, 3)`` float64 affine map from mask pixels to the flat canvas.
    """

    glyph: Glyph
    matrix: np.ndarray

    def hull(self) -> np.ndarray:
        """``(K, 2)`` x, y of the ink's convex hull on the flat canvas."""
        return self.glyph.hull @ self.matrix[:, :2].T + self.matrix[:, 2]


@dataclass(frozen=True)
class Layout:
    """One image before it is painted. The canvas is the final image at another resolution.

    Attributes:
        glyphs: The digits in reading order, on the flat canvas.
        size: Width and height of the canvas in pixels.
        output: Width and height of the final image in pixels.
        unit: Height of the number's tallest digit in canvas pixels.
        camera: ``(3, 3)`` homography from the flat canvas to the canvas as the camera sees it.
        font: Path of the digits' font.
        tilt: Rotation of the number on the flat canvas, in radians.
        centre: ``(2,)`` float32 x, y of the number's middle on the flat canvas.
        half: ``(2,)`` float32 half the number's width and height, along and across its tilt.
    """

    glyphs: tuple[PlacedGlyph, ...]
    size: tuple[int, int]
    output: tuple[int, int]
    unit: float
    camera: np.ndarray
    font: str
    tilt: float
    centre: np.ndarray
    half: np.ndarray

    def ink_boxes(self) -> np.ndarray:
        """``(N, 4)`` float64 xyxy extents of the digits' ink, in pixels of the final image."""
        scale = np.array(self.output) / np.array(self.size)
        boxes = []
        for placed in self.glyphs:
            points = project(self.camera, placed.hull()) * scale
            boxes.append([*points.min(axis=0), *points.max(axis=0)])
        return np.array(boxes)


def project(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Apply a ``(3, 3)`` homography to ``(K, 2)`` points."""
    points = points @ matrix[:, :2].T + matrix[:, 2]
    return points[:, :2] / points[:, 2:]


def draw_layout(string: str, font: str, options: RenderOptions, rng: np.random.Generator) -> Layout:
    """Place the digits of ``string`` and choose the image's size around them.

    Args:
        string: One or more digits.
        font: Path of the font file they are all set in.
        options: Distributions to draw from.
        rng: Source of all randomness.
    """
    height = options.height * math.exp(rng.normal(0, options.height_spread))
    height = float(np.clip(height, *options.height_range))
    unit = float(np.clip(height, 32, 64))
    tilt = math.radians(rng.normal(0, options.tilt))
    digits = _arrange(string, font, unit, tilt, options, rng)
    camera = _camera(unit * len(string) * 0.6, options, rng)
    points = np.concatenate([digit.hull() for digit in digits])
    framing = rng.standard_normal(4)
    canvas, origin = _window(project(camera, points), len(string), options, framing)
    # What reaches behind the camera would come out mirrored.
    while _nearest(camera, points, canvas, origin) < 0.05:
        camera[2, :2] /= 2
        canvas, origin = _window(project(camera, points), len(string), options, framing)
    shrink = min(1.0, math.sqrt(_CANVAS_AREA / canvas.prod()))
    move = np.array([[shrink, 0, origin[0] * shrink], [0, shrink, origin[1] * shrink], [0, 0, 1]])
    placed = tuple(PlacedGlyph(digit.glyph, _after(move, digit.matrix)) for digit in digits)
    hulls = np.concatenate([digit.hull() for digit in placed]) @ _rotation(tilt)
    low, high = hulls.min(axis=0), hulls.max(axis=0)
    return Layout(
        glyphs=placed,
        size=_whole(canvas * shrink),
        output=_whole(canvas * height / unit),
        unit=unit * shrink,
        camera=move @ camera @ np.linalg.inv(move),
        font=font,
        tilt=tilt,
        centre=np.float32(_rotation(tilt) @ (low + high) / 2),
        half=np.float32((high - low) / 2),
    )


def _window(
    seen: np.ndarray, length: int, options: RenderOptions, framing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Frame a number with a margin.

    Args:
        seen: ``(K, 2)`` hull points of ``length`` digits as the camera sees them.
        length: Number of digits.
        options: Distributions to draw from.
        framing: ``(4,)`` standard normal values: the margin's, the aspect ratio's, the offset's.

    Returns:
        Width and height of the frame, and how far to move the points to stand in it.
    """
    low, high = seen.min(axis=0), seen.max(axis=0)
    wide, tall = high - low
    margin = options.margin * math.exp(framing[0] * options.margin_spread)
    height = tall * (1 + float(np.clip(margin, 0.2, 6)))
    aspect = options.aspects[length - 1] * math.exp(framing[1] * options.aspect_spread)
    frame = np.array([max(height * aspect, wide * 1.3), height])
    # The number stays whole: its centre moves no further than the free space allows.
    free = (frame - (wide, tall)) / 2 * 0.9
    shift = np.clip(framing[2:] * options.offset * frame, -free, free)
    return frame, frame / 2 - (low + high) / 2 + shift


def _nearest(
    camera: np.ndarray, points: np.ndarray, canvas: np.ndarray, origin: np.ndarray
) -> float:
    """Smallest depth of the digits and of the wall's corners; at the number's middle it is 1."""
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * canvas - origin
    return float((np.concatenate([points, corners]) @ camera[2, :2] + 1).min())


def _after(move: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The affine ``matrix`` followed by the affine ``move``."""
    return (move @ np.vstack([matrix, [0, 0, 1]]))[:2]


def _whole(size: np.ndarray) -> tuple[int, int]:
    """A width and height in whole pixels, big enough for a JPEG block."""
    return max(8, round(size[0])), max(8, round(size[1]))


def _arrange(
    string: str,
    font: str,
    unit: float,
    tilt: float,
    options: RenderOptions,
    rng: np.random.Generator,
) -> list[PlacedGlyph]:
    """Place the digits around the origin, upright or in the rare other arrangements."""
    squeeze = rng.uniform(*options.squeeze)
    spacing = rng.uniform(*options.spacing) * unit
    slant = math.tan(math.radians(rng.normal(0, options.slant)))
    vertical = rng.random() < options.vertical
    step = rng.uniform(0.15, 0.6) * rng.choice([-1, 1]) if rng.random() < options.diagonal else 0.0
    # One hand made all digits of a number.
    amount = rng.uniform(0, options.bend) if options.bend else 0
    pen, placed = np.zeros(2), []
    for character in string:
        shape = glyph(font, character, unit)
        if amount:
            shape = bend(shape, amount, rng)
        scale = unit / shape.unit
        turn = rng.normal(0, options.wobble)
        nudge = rng.normal(0, options.wobble, 2) * unit
        # Slant leans to the right above the baseline, where y is negative.
        matrix = _rotation(turn) @ np.array([[squeeze * scale, -slant * scale], [0, scale]])
        corner = np.array([shape.left, shape.top])
        if vertical:
            corner = np.array([-shape.mask.shape[1] / 2, shape.top])
        offset = pen + nudge + matrix @ corner
        placed.append((shape, matrix, offset))
        width = shape.advance * squeeze * scale + spacing
        pen = pen + ([0, unit * 1.1 + spacing] if vertical else [width, step * unit])
    whole = _rotation(tilt)
    centre = np.array([pen[0] / 2, pen[1] / 2 - unit / 2])
    return [
        PlacedGlyph(shape, np.column_stack([whole @ matrix, whole @ (offset - centre)]))
        for shape, matrix, offset in placed
    ]


def _rotation(angle: float) -> np.ndarray:
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _camera(width: float, options: RenderOptions, rng: np.random.Generator) -> np.ndarray:
    """Homography of a wall seen from the side, around the number's centre."""
    skew = rng.laplace(-0.3, 0.7) * options.skew
    recede = rng.uniform(-1, 1, 2) * options.perspective / max(width, 1)
    return np.array([[1.0, 0, 0], [skew, 1, 0], [recede[0], recede[1] * 0.3, 1]])
