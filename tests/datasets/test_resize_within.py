import numpy as np
import pytest
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.errors import InputError

SIZES = dict(smallest=(192, 96), largest=(384, 192))


def build(**changes):
    return TRANSFORMS.build(dict(type="ResizeWithin", **{**SIZES, **changes}))


def resized(width, height, **changes):
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    boxes = HorizontalBoxes(np.array([[0, 0, width, height]], np.float32))
    return image, build(**changes)(dict(img=image, gt_bboxes=boxes))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((48, 20), (192, 80)),
        ((40, 40), (96, 96)),
        ((192, 96), (192, 96)),
        ((193, 60), (193, 60)),
        ((300, 100), (300, 100)),
        ((100, 150), (100, 150)),
        ((1000, 200), (384, 77)),
        ((384, 400), (184, 192)),
    ],
)
def test_size_boxes_and_scale_factor(size, expected):
    _, results = resized(*size)
    assert results["img"].shape == (expected[1], expected[0], 3)
    assert results["img_shape"] == (expected[1], expected[0])
    np.testing.assert_allclose(results["gt_bboxes"].tensor.numpy(), [[0, 0, *expected]], atol=0.6)
    np.testing.assert_allclose(np.multiply(results["scale_factor"], size), expected, rtol=1e-6)


def test_photograph_between_the_sizes_keeps_its_pixels():
    image, results = resized(250, 120)
    assert (results["img"] == image).all()
    assert results["scale_factor"] == (1.0, 1.0)


def test_reducing_averages_areas():
    image, results = resized(768, 384)
    means = image.reshape(192, 2, 384, 2, 3).mean((1, 3))
    assert np.abs(results["img"] - means).max() <= 1


@pytest.mark.parametrize(
    ("size", "times", "expected"),
    [((48, 20), 0.5, (96, 40)), ((300, 100), 1.2, (360, 120)), ((1000, 200), 2, (768, 154))],
)
def test_times_comes_on_top(size, times, expected):
    assert resized(*size, times=times)[1]["img_shape"] == expected[::-1]


@pytest.mark.parametrize(
    "sizes",
    [dict(smallest=(0, 96)), dict(largest=(384, 95)), dict(times=0), dict(times=float("nan"))],
)
def test_sizes_out_of_range_are_refused(sizes):
    with pytest.raises(InputError, match=r"ResizeWithin: .*out of range.*mend it in the pipeline"):
        build(**sizes)
