"""A street number from a random generator: pixels, and where every digit is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmdigits.datasets.synthetic.annotate import annotate
from mmdigits.datasets.synthetic.camera import photograph
from mmdigits.datasets.synthetic.glyphs import resolve_fonts
from mmdigits.datasets.synthetic.layout import draw_layout
from mmdigits.datasets.synthetic.numbers import draw_string
from mmdigits.datasets.synthetic.options import make_options
from mmdigits.datasets.synthetic.scene import paint_plain, paint_scene


@dataclass(frozen=True)
class RenderedDigits:
    """One synthetic photograph.

    Attributes:
        image: ``(H, W, 3)`` uint8, BGR.
        string: The number, 1 to 6 digits.
        bboxes: ``(N, 4)`` float32 x1, y1, x2, y2 in pixels, in reading order, inside the image.
        labels: ``(N,)`` int64, the digits in reading order.
    """

    image: np.ndarray
    string: str
    bboxes: np.ndarray
    labels: np.ndarray


class DigitRenderer:
    """Draw street numbers, each a pure function of the random generator it is given.

    Args:
        difficulty: ``"easy"`` (clean, high contrast, few fonts: learned in minutes) or ``"photo"``
            (made to train readers of real photographs).
        options: Fields of :class:`~mmdigits.datasets.synthetic.options.RenderOptions` that differ
            from the preset, by name.

    Raises:
        InputError: If the difficulty or an option is unknown or out of range, or a font is missing.
    """

    def __init__(self, difficulty: str = "photo", options: Mapping[str, Any] | None = None) -> None:
        self.options = make_options(difficulty, options)
        self.fonts = resolve_fonts(self.options.fonts)

    def render(self, rng: np.random.Generator) -> RenderedDigits:
        """Draw one image.

        Args:
            rng: The only source of randomness; a generator in the same state gives the same image,
                bit for bit.
        """
        string = draw_string(self.options, rng)
        font = self.fonts[rng.integers(len(self.fonts))]
        layout = draw_layout(string, font, self.options, rng)

        paint = paint_plain if self.options.clean else paint_scene
        image = photograph(paint(layout, self.options, rng), layout, self.options, rng)
        return RenderedDigits(
            image=image,
            string=string,
            bboxes=annotate(layout, self.options, rng),
            labels=np.array([int(digit) for digit in string], dtype=np.int64),
        )
