import numpy as np

from mmdigits.datasets.synthetic.fields import blend, in_colour, painted

RNG = np.random.default_rng(0)
SCENE = RNG.random((4, 5, 3), dtype=np.float32)
COVER = RNG.random((4, 5), dtype=np.float32)
PAINT = np.float32([10, 20, 30])


def test_paint_covers_each_pixel_by_its_share():
    for paint in (PAINT, RNG.random((4, 5, 3), dtype=np.float32)):
        scene = SCENE.copy()
        blend(scene, paint, COVER)
        expected = SCENE + (paint - SCENE) * COVER[..., None]
        np.testing.assert_array_equal(scene, expected)


def test_a_field_is_the_same_in_each_colour():
    np.testing.assert_array_equal(in_colour(COVER), np.stack([COVER] * 3, axis=-1))


def test_brightness_scales_a_colour():
    np.testing.assert_array_equal(painted(PAINT, COVER), PAINT * COVER[..., None])
