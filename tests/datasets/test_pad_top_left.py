"""A photograph shifted to the right and down."""

import numpy as np
import pytest
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes, bbox_project

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.errors import InputError

IMAGE = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)


def padded(results: dict, **options) -> dict:
    return TRANSFORMS.build(dict(type="PadTopLeft", **options))(results)


def test_pixels_move_and_the_new_ones_have_the_colour():
    results = padded(dict(img=IMAGE), left=2, top=1, fill=(10, 20, 30))
    assert results["img_shape"] == (5, 8) and results["img"].dtype == np.uint8
    assert np.array_equal(results["img"][1:, 2:], IMAGE)
    for added in (results["img"][0], results["img"][:, :2]):
        assert (added == (10, 20, 30)).all()


def test_the_default_colour_is_imagenets_mean():
    assert padded(dict(img=IMAGE), left=1)["img"][0, 0].tolist() == [104, 116, 124]


def test_no_shift_changes_nothing():
    results = padded(dict(img=IMAGE))
    assert np.array_equal(results["img"], IMAGE)
    assert np.array_equal(results["homography_matrix"], np.eye(3))


def test_true_boxes_move_along():
    boxes = HorizontalBoxes([[0.0, 1, 2, 3]])
    results = padded(dict(img=IMAGE, gt_bboxes=boxes), left=2, top=1)
    assert results["gt_bboxes"].tensor.tolist() == [[2, 2, 4, 4]]


def test_the_map_from_the_photograph_is_recorded():
    resize = TRANSFORMS.build(dict(type="Resize", scale=(12, 8)))
    results = padded(resize(dict(img=IMAGE)), left=3, top=5)
    assert results["scale_factor"] == (2, 2)
    box = np.array([[1, 2, 3, 4]], np.float32)
    assert bbox_project(box, results["homography_matrix"]).tolist() == [[5, 9, 9, 13]]


@pytest.mark.parametrize("options", [dict(left=-1), dict(top=0.5)], ids=["negative", "half"])
def test_pixels_out_of_range_are_an_error(options):
    with pytest.raises(InputError, match=r"PadTopLeft: left=.* whole numbers of pixels, 0 or more"):
        padded(dict(img=IMAGE), **options)
