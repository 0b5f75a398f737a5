import cv2
import numpy as np
import pytest
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.datasets.transforms.random_digit_warp import RandomDigitWarp
from mmdigits.datasets.transforms.views import warp_boxes
from mmdigits.errors import InputError

CANVAS = (192, 96)
STILL = dict(scale=(1, 1), stretch=1, rotation=0, shear=0, perspective=0, shift=0)
STRONG = dict(scale=(0.4, 3), stretch=2, rotation=40, shear=40, perspective=0.29, shift=0.6)


def photograph(width, height, boxes=None, seed=0):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    results = dict(img=cv2.GaussianBlur(noise, (0, 0), 2), scale_factor=(1.0, 1.0))
    if boxes is not None:
        results["gt_bboxes"] = HorizontalBoxes(np.array(boxes, np.float32).reshape(-1, 4))
    return results


def build(canvas=CANVAS, **changes):
    return TRANSFORMS.build(dict(type="RandomDigitWarp", canvas=canvas, **changes))


@pytest.mark.parametrize(
    ("size", "scale", "offset"),
    [((120, 50), 1.6, (0, 8)), ((60, 60), 1.6, (48, 0)), ((384, 100), 0.5, (0, 23))],
    ids=["wide", "square", "too_large"],
)
def test_mildest_view_is_the_centred_resize_that_keeps_the_ratio(size, scale, offset):
    results = photograph(*size)
    resized = cv2.resize(results["img"], None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    height, width = resized.shape[:2]
    view = build(**STILL)(results)["img"]
    inside = view[offset[1] : offset[1] + height, offset[0] : offset[0] + width]
    # The outermost pixels mix with the surroundings; OpenCV interpolates in steps of 1/32 pixel.
    gap = inside[2:-2, 2:-2].astype(int) - resized[2:-2, 2:-2]
    assert np.abs(gap).max() <= 4


@pytest.mark.parametrize("size", [(120, 50), (250, 90), (500, 400)])
def test_mildest_view_with_a_largest_size_is_what_resize_within_yields(size):
    middle = np.array(size) / 2
    box = [[*(middle - 5), *(middle + 5)]]
    photo, largest = photograph(*size, box), (384, 192)
    resize = TRANSFORMS.build(dict(type="ResizeWithin", smallest=CANVAS, largest=largest))
    factor = resize(photograph(*size))["scale_factor"][0]
    warped = build(**STILL, largest=largest)(photo)["gt_bboxes"].tensor.numpy()[0]
    np.testing.assert_allclose(warped[2:] - warped[:2], [10 * factor] * 2, rtol=0.02)
    np.testing.assert_allclose((warped[2:] + warped[:2]) / 2, np.array(CANVAS) / 2, atol=1e-3)


def test_mildest_views_boxes_are_exactly_the_scaled_ones():
    results = build(**STILL)(photograph(120, 50, [[10, 5, 20, 35], [0, 0, 120, 50]]))
    expected = [[16, 16, 32, 64], [0, 8, 192, 88]]
    np.testing.assert_allclose(results["gt_bboxes"].tensor.numpy(), expected, atol=1e-4)


def test_around_the_photograph_is_the_fill():
    view = build(**STILL, fill=(10, 20, 30))(photograph(60, 60))["img"]
    assert (view[:, :47] == (10, 20, 30)).all() and (view[:, -47:] == (10, 20, 30)).all()


def test_strong_views_keep_all_boxes_whole_inside():
    boxes = np.array([[0, 0, 12, 30], [100, 55, 120, 80], [50, 20, 70, 60]], float)
    warp = build(**STRONG)
    np.random.seed(0)
    for _ in range(200):
        warped = warp_boxes(boxes, warp._keep_inside(warp._draw((80, 120)), boxes))
        assert (warped >= -1e-6).all() and (warped <= np.array(CANVAS * 2) + 1e-6).all()


def test_no_view_drops_or_empties_a_box():
    np.random.seed(1)
    for _ in range(100):
        results = photograph(120, 80, [[0, 0, 12, 30], [115, 60, 120, 80], [50, 20, 70, 60]])
        boxes = build(**STRONG)(results)["gt_bboxes"]
        assert len(boxes) == 3
        assert (boxes.areas > 1).all()


def test_pixels_go_where_their_boxes_go():
    np.random.seed(2)
    for _ in range(50):
        results = photograph(120, 80, [[30, 20, 50, 60]])
        results["img"][:] = 0
        cv2.ellipse(results["img"], ((39.5, 39.5), (20, 40), 0), (255, 255, 255), -1, cv2.LINE_AA)
        # The box is of the map's derivative, so it's exact without perspective.
        view = build(**{**STRONG, "perspective": 0.0, "scale": (0.4, 1.5)}, fill=(0, 0, 0))(results)
        rows, columns = np.nonzero(view["img"][..., 0] > 127)
        found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_allclose(found, view["gt_bboxes"].tensor.numpy()[0], atol=2)


def test_no_boxes_stay_no_boxes():
    results = build()(photograph(120, 80, []))
    assert results["gt_bboxes"].tensor.shape == (0, 4)
    assert results["img"].shape == (96, 192, 3)


def test_an_image_without_labels_is_warped_alone():
    results = build()(photograph(120, 80))
    assert "gt_bboxes" not in results and results["img"].shape == (96, 192, 3)


def test_shape_keys_describe_the_canvas():
    results = build()(photograph(120, 80, [[10, 10, 20, 30]]))
    assert results["img_shape"] == (96, 192)
    assert "scale_factor" not in results


def test_numpys_seed_decides_the_view():
    views = []
    for seed in (7, 7, 8):
        np.random.seed(seed)
        views.append(build()(photograph(120, 80, [[10, 10, 20, 30]])))
    assert np.array_equal(views[0]["img"], views[1]["img"])
    assert (views[0]["gt_bboxes"].tensor == views[1]["gt_bboxes"].tensor).all()
    assert not np.array_equal(views[0]["img"], views[2]["img"])


@pytest.mark.parametrize(
    "wrong",
    [
        dict(canvas=(0, 96)),
        dict(scale=(0, 1)),
        dict(scale=(2, 1)),
        dict(stretch=0.9),
        dict(rotation=45),
        dict(rotation=-1),
        dict(shear=45),
        dict(perspective=0.3),
        dict(shift=-0.1),
        dict(bend=0.1),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused_in_one_line(wrong):
    with pytest.raises(InputError, match=f"RandomDigitWarp: {next(iter(wrong))}=") as error:
        RandomDigitWarp(**{"canvas": CANVAS, **wrong})
    assert "\n" not in str(error.value)


def disc(x, y, radius=12):
    """A grey photograph with a black disc, and its box."""
    image = np.full((96, 192, 3), 200, np.uint8)
    cv2.circle(image, (x, y), radius, (0, 0, 0), -1)
    box = [x - radius, y - radius, x + radius + 1, y + radius + 1]
    return dict(img=image, gt_bboxes=HorizontalBoxes(np.array([box], np.float32)))


def test_a_bent_views_boxes_follow_what_they_hold():
    np.random.seed(0)
    bent, extents, errors = build(**STILL, bend=0.09), [], []
    for _ in range(100):
        view = bent(disc(96, 48))
        ys, xs = np.nonzero(view["img"][..., 0] < 100)
        extents.append([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
        errors.append(view["gt_bboxes"].tensor.numpy()[0] - extents[-1])
    # Of a disc 25 px wide; boxes that stay would be .85 off, wrongly moved ones 1.2 or more.
    assert np.std(extents, axis=0).min() > 0.6
    assert np.abs(np.mean(errors)) < 0.3 and np.std(errors) < 0.55


def test_bending_moves_by_as_much_as_is_asked_for():
    np.random.seed(0)
    bent = build(**STILL, bend=0.03)
    moved = [bent(disc(96, 48))["gt_bboxes"].tensor.numpy() for _ in range(400)]
    # The deviation itself is drawn evenly from 0 to .03 of 25 px.
    assert np.std(moved, axis=0).mean() == pytest.approx(0.03 * 25 / np.sqrt(3), rel=0.25)


@pytest.mark.parametrize("place", [(12, 12), (179, 83)], ids=["upper_left", "lower_right"])
def test_bending_pushes_no_digit_over_the_edge(place):
    np.random.seed(0)
    bent = build(**STILL, bend=0.09)
    moved, filled = [], []
    for _ in range(100):
        view = bent(disc(*place))
        moved.append(view["gt_bboxes"].tensor.numpy()[0])
        filled.append((view["img"][..., 0] < 100).sum() / np.prod(moved[-1][2:] - moved[-1][:2]))
    low, high = np.min(moved, axis=0)[:2], np.max(moved, axis=0)[2:]
    assert (low >= 0).all() and (high <= [192, 96]).all() and np.std(moved, axis=0).max() > 0.5
    # A disc that is cut fills more of its box, which is cut too.
    whole = (disc(*place)["img"][..., 0] < 100).sum() / 25**2
    assert np.mean(filled) == pytest.approx(whole, abs=0.01)


@pytest.mark.parametrize("boxes", [None, []], ids=["no_labels", "no_boxes"])
def test_a_photograph_without_boxes_is_not_bent(boxes):
    plain, bent = (build(**STILL, bend=bend)(photograph(120, 50, boxes)) for bend in (0, 0.09))
    np.testing.assert_array_equal(plain["img"], bent["img"])
