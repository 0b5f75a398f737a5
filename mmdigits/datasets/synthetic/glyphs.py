"""Digit and letter shapes of the bundled fonts as tight masks, rendered once and kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mmdigits.errors import InputError

FONTS = Path(__file__).parent / "fonts"
# Bundled fonts that keep the capital letters beside the digits.
LETTER_FONTS = (
    "kalam-700",
    "old-standard-tt-700",
    "oswald-600",
    "roboto-700",
    "rokkitt-600",
)
# Heights of a font's tallest digit for which masks are kept; a scale of .5 to 1 warps cleanly.
MASK_HEIGHTS = (32, 64)


@dataclass(frozen=True)
class Glyph:
    """One character of one font.

    Attributes:
        mask: ``(h, w)`` uint8 coverage, tight around the ink; bent ones have a margin.
        hull: ``(K, 2)`` float32 x, y: convex hull of the ink in mask pixels.
        left: x of the mask's left edge relative to the pen, in mask pixels.
        top: y of the mask's upper edge relative to the baseline, in mask pixels; up is negative.
        advance: Pen movement to the next character, in mask pixels.
        unit: Height of the font's tallest digit in mask pixels.
    """

    mask: np.ndarray
    hull: np.ndarray
    left: float
    top: float
    advance: float
    unit: float


def bundled_fonts() -> tuple[str, ...]:
    """Names of the fonts that come with the package, sorted: their file names without ``.ttf``."""
    return tuple(sorted(path.stem for path in FONTS.glob("*.ttf")))


def resolve_fonts(names: Sequence[str]) -> tuple[str, ...]:
    """Turn bundled names and paths of font files into paths.

    Args:
        names: Each a name of :func:`bundled_fonts` or the path of a ``.ttf`` or ``.otf`` file.

    Returns:
        Paths in the order given.

    Raises:
        InputError: If a name is neither, or ``names`` is empty.
    """
    if not names:
        raise InputError("DigitRenderer: fonts is empty; name at least one font")
    paths = []
    for name in names:
        bundled = FONTS / f"{name}.ttf"
        path = bundled if bundled.is_file() else Path(name)
        if not path.is_file():
            raise InputError(
                f"DigitRenderer: font {name!r} is neither bundled nor a file; "
                f"bundled are {', '.join(bundled_fonts())}"
            )
        paths.append(str(path))
    return tuple(paths)


def glyph(font: str, character: str, height: float) -> Glyph:
    """The shape of ``character``, from the smallest kept size that isn't below ``height``.

    Args:
        font: Path of a font file.
        character: One character the font has.
        height: Height in pixels that the font's tallest digit is going to have.

    Raises:
        InputError: If the file isn't a font, or draws nothing for ``character``.
    """
    size = next((size for size in MASK_HEIGHTS if size >= height), MASK_HEIGHTS[-1])
    return _glyph(font, character, size)


@cache
def _glyph(font: str, character: str, height: int) -> Glyph:
    face, unit = _face(font, height)
    mask, left, top = _draw(face, character)
    if not mask.any():
        raise InputError(f"DigitRenderer: font {font} draws nothing for {character!r}")
    shape = glyph_of_mask(mask, left, top, face.getlength(character), unit)
    shape.mask.flags.writeable = False
    shape.hull.flags.writeable = False
    return shape


def glyph_of_mask(mask: np.ndarray, left: float, top: float, advance: float, unit: float) -> Glyph:
    """Find the hull of a mask's ink; arguments as in :class:`Glyph`. The mask isn't empty."""
    points = cv2.findNonZero((mask > 127).astype(np.uint8))
    if points is None:
        points = cv2.findNonZero(mask)
    corners = cv2.convexHull(points).reshape(-1, 2).astype(np.float32)
    # A pixel's ink reaches from its index to index + 1; both corners keep the extent exact.
    hull = np.concatenate([corners, corners + 1])
    return Glyph(mask, hull, left, top, advance, unit)


@cache
def _face(font: str, height: int) -> tuple[ImageFont.FreeTypeFont, float]:
    """The font at the size at which its tallest digit is ``height`` pixels high."""
    probe = _load(font, 200)
    tallest = max(_draw(probe, digit)[0].shape[0] for digit in "0123456789")
    face = _load(font, max(1, round(200 * height / max(1, tallest))))
    return face, float(max(_draw(face, digit)[0].shape[0] for digit in "0123456789"))


def _load(font: str, size: int) -> ImageFont.FreeTypeFont:
    try:
        # The basic engine needs no optional library, so it draws the same everywhere.
        return ImageFont.truetype(font, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise InputError(f"DigitRenderer: {font} is not a readable font file ({error})") from None


def _draw(face: ImageFont.FreeTypeFont, character: str) -> tuple[np.ndarray, float, float]:
    """Mask tight around the ink, and its offset from the pen position on the baseline."""
    side = int(face.size * 3)
    image = Image.new("L", (side, side))
    pen = side // 3
    ImageDraw.Draw(image).text((pen, 2 * pen), character, font=face, fill=255, anchor="ls")
    box = image.getbbox() or (pen, 2 * pen, pen + 1, 2 * pen + 1)
    return np.array(image.crop(box)), float(box[0] - pen), float(box[1] - 2 * pen)
