"""What a synthetic street number may look like, and the two presets."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from mmdigits.datasets.synthetic.glyphs import bundled_fonts
from mmdigits.errors import InputError

# Share of every digit, 0 to 9, among the 73,257 of SVHN's training set (Netzer et al., 2011).
SVHN_DIGITS = (0.068, 0.189, 0.144, 0.116, 0.102, 0.094, 0.078, 0.076, 0.069, 0.064)
# Share of the numbers with 1, 2, 3 and 4 digits in SVHN; longer ones are rarer than 1 in 1,000.
SVHN_LENGTHS = (0.14, 0.56, 0.26, 0.04)


@dataclass(frozen=True)
class RenderOptions:
    """Distributions that :class:`~mmdigits.datasets.synthetic.DigitRenderer` draws from.

    A *unit* is the height of the number's tallest digit. "Spread" is the standard deviation of the
    logarithm: .5 means that two thirds lie within a factor of 1.65. Probabilities are in [0, 1].

    Attributes:
        lengths: Weights of numbers with 1, 2, ... digits; at most six. They need not sum to 1.
        digits: Weights of the digits 0 to 9.
        leading_zero: Whether a number of two or more digits may begin with 0.
        fonts: Bundled names or paths of font files, each as likely as the next.
        height: Median unit in pixels of the final image.
        height_spread: Spread of the unit.
        height_range: Smallest and largest unit in pixels.
        margin: Median of the space above and below the number together, in heights of the number.
        margin_spread: Spread of that space.
        aspects: Median width / height of an image with 1, 2, ... 6 digits.
        aspect_spread: Spread of width / height.
        offset: Standard deviation of the number's centre from the image's, as a share of the side.
        squeeze: Smallest and largest horizontal scale of the glyphs.
        spacing: Smallest and largest extra space between neighbours, in units.
        slant: Standard deviation of the glyphs' shear, in degrees.
        tilt: Standard deviation of the number's rotation, in degrees.
        skew: Typical vertical shear, dy / dx, by which a wall seen from the side slopes while its
            plumb lines stay upright; rising a little more often than falling, as in SVHN.
        perspective: Largest change of scale across the number; less where the wall would reach
            behind the camera.
        wobble: Standard deviation of each digit's own shift in units, and rotation in radians.
        bend: Largest standard deviation of a digit's elastic distortion, in units; at most 0.1.
        diagonal: Probability of digits that climb or descend in steps.
        vertical: Probability of digits one below the other.
        clean: Plain surface, flat ink, no clutter, shadows or wear.
        clutter: Probability of each kind of thing beside the number.
        contrast: Smallest and median difference in luminance between ink and surface, of 255.
        blur: Median standard deviation of the lens blur, in units; 0 for none.
        blur_spread: Spread of the blur.
        noise: Largest standard deviation of the sensor noise, of 255.
        resample: Probability that the image was stored smaller and enlarged again.
        sharpen: Probability of a halo around edges, from the camera's sharpening.
        jpeg: Probability of lossy compression.
        quality: Lowest and highest JPEG quality.
        annotator: Draw boxes as SVHN's annotators did: whole pixels, one height for all digits of
            an image, loosely placed. Otherwise boxes are the exact extent of the ink.
    """

    lengths: tuple[float, ...] = SVHN_LENGTHS
    digits: tuple[float, ...] = SVHN_DIGITS
    leading_zero: bool = False
    fonts: tuple[str, ...] = bundled_fonts()
    height: float = 25.5
    height_spread: float = 0.46
    height_range: tuple[float, float] = (9.0, 140.0)
    margin: float = 0.66
    margin_spread: float = 0.55
    aspects: tuple[float, float, float, float, float, float] = (1.97, 2.19, 2.42, 2.88, 3.3, 3.7)
    aspect_spread: float = 0.12
    offset: float = 0.03
    squeeze: tuple[float, float] = (0.5, 0.98)
    spacing: tuple[float, float] = (-0.04, 0.14)
    slant: float = 4.0
    tilt: float = 3.0
    skew: float = 0.12
    perspective: float = 0.15
    wobble: float = 0.012
    bend: float = 0.04
    diagonal: float = 0.04
    vertical: float = 0.01
    clean: bool = False
    clutter: float = 0.25
    contrast: tuple[float, float] = (40.0, 88.0)
    blur: float = 0.027
    blur_spread: float = 0.6
    noise: float = 6.0
    resample: float = 0.6
    sharpen: float = 0.35
    jpeg: float = 0.6
    quality: tuple[int, int] = (30, 92)
    annotator: bool = True


PRESETS: dict[str, RenderOptions] = {
    "photo": RenderOptions(),
    "easy": RenderOptions(
        digits=(1.0,) * 10,
        leading_zero=True,
        fonts=("roboto-400", "roboto-700", "overpass-600", "poppins-500", "work-sans-600"),
        height=30.0,
        height_spread=0.2,
        height_range=(20.0, 48.0),
        margin=0.55,
        margin_spread=0.3,
        aspect_spread=0.06,
        squeeze=(0.8, 1.0),
        spacing=(0.04, 0.12),
        slant=2.0,
        tilt=1.5,
        skew=0.02,
        perspective=0.0,
        wobble=0.0,
        bend=0.0,
        diagonal=0.0,
        vertical=0.0,
        clean=True,
        clutter=0.0,
        contrast=(100.0, 150.0),
        blur=0.0,
        noise=3.0,
        resample=0.0,
        sharpen=0.0,
        jpeg=0.0,
        annotator=False,
    ),
}


def make_options(difficulty: str, overrides: Mapping[str, Any] | None = None) -> RenderOptions:
    """A preset with some fields replaced.

    Args:
        difficulty: A key of ``PRESETS``.
        overrides: Fields of :class:`RenderOptions` by name; lists are taken as tuples.

    Raises:
        InputError: If the preset or a field is unknown, or a value is out of its range.
    """
    if difficulty not in PRESETS:
        raise InputError(
            f"DigitRenderer: difficulty {difficulty!r} is unknown; choose one of {sorted(PRESETS)}"
        )
    overrides = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in (overrides or {}).items()
    }
    known = [field.name for field in fields(RenderOptions)]
    strangers = sorted(set(overrides) - set(known))
    if strangers:
        raise InputError(f"DigitRenderer: unknown options {strangers}; known are {sorted(known)}")
    options = replace(PRESETS[difficulty], **overrides)
    _check(options)
    return options


def _check(options: RenderOptions) -> None:
    for name, limits in (("lengths", (1, 6)), ("digits", (10, 10))):
        weights = getattr(options, name)
        fits = limits[0] <= len(weights) <= limits[1]
        # A NaN compares false with everything, so it fails here too.
        if not (fits and all(0 <= w < math.inf for w in weights) and sum(weights) > 0):
            raise InputError(
                f"DigitRenderer: {name}={weights} must be {limits[0]} to {limits[1]} weights "
                "that are not negative and not all 0"
            )
    if not options.leading_zero and not any(options.digits[1:]):
        raise InputError("DigitRenderer: digits allows only 0, so leading_zero must be true")
    for name in ("diagonal", "vertical", "clutter", "resample", "sharpen", "jpeg"):
        if not 0 <= getattr(options, name) <= 1:
            raise InputError(f"DigitRenderer: {name}={getattr(options, name)} must be in [0, 1]")
    if len(options.aspects) != 6 or not all(1 <= aspect <= 20 for aspect in options.aspects):
        raise InputError(f"DigitRenderer: aspects={options.aspects} must be six numbers in [1, 20]")
    for name in ("slant", "tilt", "skew", "perspective", "wobble"):
        if not math.isfinite(getattr(options, name)):
            raise InputError(f"DigitRenderer: {name}={getattr(options, name)} must be finite")
    if not 0 <= options.bend <= 0.1:
        raise InputError(f"DigitRenderer: bend={options.bend} must be in [0, 0.1]")
    for name, low in (("height_range", 4), ("squeeze", 0.1), ("contrast", 0), ("quality", 1)):
        pair = getattr(options, name)
        if len(pair) != 2 or not low <= pair[0] <= pair[1]:
            raise InputError(
                f"DigitRenderer: {name}={pair} must be two rising numbers, at least {low}"
            )
