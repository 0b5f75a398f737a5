import numpy as np
import pytest

from mmdigits.datasets.synthetic.bending import bend
from mmdigits.datasets.synthetic.glyphs import glyph, resolve_fonts

(ROBOTO,) = resolve_fonts(["roboto-700"])


def ink(shape):
    return shape.mask.sum() / 255


def in_place(shape, size=160):
    """The mask on a canvas with the baseline's pen at its middle."""
    canvas = np.zeros((size, size))
    x, y = round(size / 2 + shape.left), round(size / 2 + shape.top)
    height, width = shape.mask.shape
    canvas[y : y + height, x : x + width] = shape.mask / 255
    return canvas


def extent(shape):
    corner = np.array([shape.left, shape.top])
    return np.stack([shape.hull.min(axis=0), shape.hull.max(axis=0)]) + corner


def test_no_bending_leaves_the_shape_where_it_is():
    shape = glyph(ROBOTO, "5", 64)
    still = bend(shape, 0.0, np.random.default_rng(0))
    np.testing.assert_array_equal(in_place(still), in_place(shape))
    assert (still.advance, still.unit) == (shape.advance, shape.unit)


@pytest.mark.parametrize("amount", [0.02, 0.03])
def test_outlines_move_by_as_much_as_is_asked_for(amount):
    shape = glyph(ROBOTO, "0", 64)
    bent = [bend(shape, amount, np.random.default_rng(seed)) for seed in range(60)]
    moved = np.std([extent(one) - extent(shape) for one in bent]) / shape.unit
    # An extreme is the furthest of many points, so it moves a little less than one of them.
    assert 0.5 * amount < moved < 1.2 * amount
    assert len({one.mask.tobytes() for one in bent}) == 60


def test_a_digit_is_bent_and_not_cut_off_or_torn():
    for seed in range(40):
        bent = bend(glyph(ROBOTO, "8", 64), 0.05, np.random.default_rng(seed))
        edge = [bent.mask[0], bent.mask[-1], bent.mask[:, 0], bent.mask[:, -1]]
        assert max(side.max() for side in edge) == 0
        assert ink(bent) == pytest.approx(ink(glyph(ROBOTO, "8", 64)), rel=0.3)


def test_the_kept_glyph_stays_as_it_is():
    before = glyph(ROBOTO, "3", 64).mask.copy()
    bend(glyph(ROBOTO, "3", 64), 0.1, np.random.default_rng(0))
    np.testing.assert_array_equal(glyph(ROBOTO, "3", 64).mask, before)
