import numpy as np
import pytest

from mmdigits.datasets.synthetic import clutter
from mmdigits.datasets.synthetic.glyphs import resolve_fonts
from mmdigits.datasets.synthetic.layout import draw_layout
from mmdigits.datasets.synthetic.options import make_options

OPTIONS = make_options("photo", dict(tilt=0, diagonal=0, vertical=0, margin=2))
PAINT = np.float32([10, 20, 30])
FONT = resolve_fonts(OPTIONS.fonts)[0]


def layouts(count):
    for seed in range(count):
        rng = np.random.default_rng(seed)
        yield draw_layout("27", FONT, OPTIONS, rng), rng


def painted(layout, draw, *arguments):
    """x and y of the pixels that a drawing changes."""
    scene = np.full((*layout.size[::-1], 3), 200, np.float32)
    draw(scene, layout, PAINT, *arguments)
    rows, columns = np.nonzero((np.abs(scene - 200) > 1).any(axis=2))
    return columns, rows


def test_the_sign_for_number_stands_before_it():
    seen = 0
    for layout, rng in layouts(40):
        x, y = painted(layout, clutter._numero, rng)
        assert (x + 0.5 < layout.centre[0] - layout.half[0]).all()
        assert (np.abs(y + 0.5 - layout.centre[1]) <= layout.unit * 0.55 + 1).all()
        seen += len(x) > 0
    assert seen > 30  # in some pictures there is no room for it


@pytest.mark.parametrize(("probability", "some"), [(0, False), (1, True)])
def test_writing_stands_beside_numbers_only_where_it_is_asked_for(probability, some):
    drawn = [painted(layout, clutter.draw_beside, probability, rng) for layout, rng in layouts(60)]
    found = [len(x) > 0 for x, _ in drawn]
    assert any(found) == some
    assert not all(found)
