import json

import cv2
import numpy as np
import pytest

from mmdigits.datasets.synthetic import DigitRenderer
from mmdigits.datasets.synthetic.numbers import draw_string
from mmdigits.datasets.synthetic.options import SVHN_DIGITS, SVHN_LENGTHS, make_options
from mmdigits.errors import InputError


def render(count, difficulty="photo", seed=0, **options):
    renderer = DigitRenderer(difficulty, options)
    return [renderer.render(np.random.default_rng([seed, i])) for i in range(count)]


@pytest.fixture(scope="module")
def photos():
    return render(150)


@pytest.mark.parametrize("difficulty", ["easy", "photo"])
def test_the_same_generator_gives_the_same_pixels_whatever_was_drawn_before(difficulty):
    renderer, other = DigitRenderer(difficulty), DigitRenderer(difficulty)
    first = [renderer.render(np.random.default_rng(i)) for i in range(12)]
    again = [other.render(np.random.default_rng(i)) for i in reversed(range(12))][::-1]
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.image, b.image)
        np.testing.assert_array_equal(a.bboxes, b.bboxes)
        assert a.string == b.string
    assert len({a.image.tobytes() for a in first}) == 12


@pytest.mark.parametrize("difficulty", ["easy", "photo"])
def test_rendering_leaves_the_global_generators_alone(difficulty):
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    render(3, difficulty)
    assert np.random.random() == expected


def test_types_and_shapes_are_as_documented(photos):
    for drawn in photos:
        count = len(drawn.string)
        assert drawn.image.dtype == np.uint8 and drawn.image.ndim == 3
        assert drawn.image.shape[2] == 3
        assert drawn.bboxes.dtype == np.float32 and drawn.bboxes.shape == (count, 4)
        assert drawn.labels.dtype == np.int64
        assert "".join(map(str, drawn.labels)) == drawn.string


def test_boxes_lie_inside_the_image_and_are_not_empty(photos):
    for drawn in photos:
        height, width = drawn.image.shape[:2]
        assert (drawn.bboxes[:, :2] >= 0).all()
        assert (drawn.bboxes[:, 2:] <= [width, height]).all()
        assert (drawn.bboxes[:, 2:] - drawn.bboxes[:, :2] >= 1).all()


def test_annotators_boxes_are_whole_pixels_of_one_height():
    # A generous margin, so that no box is clipped by the edge.
    for drawn in render(60, margin=3.0, margin_spread=0.0):
        assert (drawn.bboxes == np.round(drawn.bboxes)).all()
        assert len(set(drawn.bboxes[:, 3] - drawn.bboxes[:, 1])) == 1


@pytest.mark.parametrize(
    "geometry",
    [
        {},
        dict(skew=0.12, perspective=0.2, tilt=5, slant=6, wobble=0.02),
        dict(bend=0.08, fonts=["roboto-700", "poppins-500"]),
    ],
    ids=["mild", "strong", "bent"],
)
def test_easy_boxes_are_the_extent_of_the_ink(geometry):
    easy = dict(contrast=(120, 150), noise=0, height=40, height_range=(36, 44), squeeze=(0.9, 1))
    checked = 0
    for drawn in render(60, "easy", spacing=(0.1, 0.12), **easy, **geometry):
        grey = cv2.cvtColor(drawn.image, cv2.COLOR_BGR2GRAY).astype(int)
        background = np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]))
        # Half of the smallest contrast: where a digit's edge is.
        ink = (np.abs(grey - background) > 60).astype(np.uint8)
        stats = cv2.connectedComponentsWithStats(ink)[2]
        stats = stats[1:][stats[1:, cv2.CC_STAT_AREA] > 30]
        if len(stats) != len(drawn.string):
            continue
        found = stats[np.argsort(stats[:, 0]), :4].astype(float)
        found[:, 2:] += found[:, :2]
        np.testing.assert_allclose(found, drawn.bboxes, atol=1.5)
        checked += 1
    # Few may be left out because two digits touch in the picture.
    assert checked >= 50


def test_ordinary_numbers_read_from_left_to_right():
    for drawn in render(80, diagonal=0, vertical=0):
        centres = drawn.bboxes[:, [0, 2]].mean(axis=1)
        assert (np.diff(centres) > 0).all()


def test_vertical_numbers_read_from_top_to_bottom():
    for drawn in render(40, vertical=1, diagonal=0, skew=0, tilt=0, lengths=[0, 1, 1, 1]):
        centres = drawn.bboxes[:, [1, 3]].mean(axis=1)
        assert (np.diff(centres) > 0).all()
        assert np.ptp(drawn.bboxes[:, 0]) < (drawn.bboxes[0, 3] - drawn.bboxes[0, 1])


def chi_square(counts, shares):
    expected = np.array(shares) / np.sum(shares) * np.sum(counts)
    return float((((counts - expected) ** 2) / expected).sum())


def test_lengths_and_digits_follow_svhn_by_default():
    options = make_options("photo", dict(leading_zero=True))
    rng = np.random.default_rng(1)
    strings = [draw_string(options, rng) for _ in range(4000)]
    lengths = np.bincount([len(string) for string in strings], minlength=5)[1:]
    digits = np.bincount([int(digit) for string in strings for digit in string], minlength=10)
    # The .999 quantiles of chi-square with 3 and 9 degrees of freedom.
    assert chi_square(lengths, SVHN_LENGTHS) < 16.3
    assert chi_square(digits, SVHN_DIGITS) < 27.9


def test_lengths_and_digits_can_be_chosen():
    options = make_options("easy", dict(lengths=[0, 0, 0, 0, 0, 1], digits=[0, 0, 0, 1] + [0] * 6))
    assert draw_string(options, np.random.default_rng(0)) == "333333"


def test_only_a_single_digit_may_be_zero_unless_leading_zeros_are_allowed():
    weights = dict(digits=[9, 1] + [0] * 8)
    rng = np.random.default_rng(0)
    strings = [draw_string(make_options("photo", weights), rng) for _ in range(300)]
    assert all(string == "0" or string[0] == "1" for string in strings)
    assert "0" in strings


def test_sizes_are_those_of_real_photographs(photos, svhn):
    images = json.loads((svhn / "train.json").read_text())["images"]
    for axis, side in enumerate(("height", "width")):
        real = np.median([image[side] for image in images])
        ours = np.median([drawn.image.shape[axis] for drawn in photos])
        assert ours == pytest.approx(real, rel=0.2)


@pytest.mark.parametrize(
    ("difficulty", "options", "message"),
    [
        ("hard", {}, "difficulty 'hard' is unknown.*easy.*photo"),
        ("easy", dict(lenghts=[1]), r"unknown options \['lenghts'\]"),
        ("easy", dict(lengths=[]), "lengths="),
        ("easy", dict(lengths=[1] * 7), "lengths="),
        ("easy", dict(lengths=[0, 0]), "lengths="),
        ("easy", dict(lengths=[1, -1]), "lengths="),
        ("easy", dict(digits=[1] * 9), "digits="),
        ("easy", dict(digits=[float("nan")] * 10), "digits="),
        ("photo", dict(digits=[1] + [0] * 9), "leading_zero"),
        ("photo", dict(jpeg=1.5), r"jpeg=1.5 must be in \[0, 1\]"),
        ("photo", dict(bend=-0.1), r"bend=-0.1 must be in \[0, 0.1\]"),
        ("photo", dict(perspective=float("inf")), "perspective=inf must be finite"),
        ("photo", dict(diagonal=2), r"diagonal=2 must be in \[0, 1\]"),
        ("photo", dict(quality=(90, 30)), "quality="),
        ("photo", dict(squeeze=(0, 1)), "squeeze="),
        ("photo", dict(aspects=(2, 2)), "aspects="),
        ("photo", dict(fonts=["comic"]), "font 'comic'"),
        ("photo", dict(fonts=[]), "fonts is empty"),
    ],
)
def test_wrong_options_are_refused_in_one_line(difficulty, options, message):
    with pytest.raises(InputError, match=message) as error:
        DigitRenderer(difficulty, options)
    assert "\n" not in str(error.value)
