"""Photograph-like street numbers, drawn on the fly from open fonts."""

from mmdigits.datasets.synthetic.glyphs import bundled_fonts
from mmdigits.datasets.synthetic.options import PRESETS, RenderOptions
from mmdigits.datasets.synthetic.renderer import DigitRenderer, RenderedDigits

__all__ = ["PRESETS", "DigitRenderer", "RenderOptions", "RenderedDigits", "bundled_fonts"]
