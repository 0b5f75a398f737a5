"""Tests of the reading order: hand-made layouts, made scenes, invariances, real photographs."""

import json

import digit_scenes
import numpy as np
import pytest
from digit_scenes import boxes_at, centres_of, turned

from mmdigits.errors import InputError
from mmdigits.reading.order import order_by_x, reading_order

KINDS = {
    kind.__name__: kind
    for kind in (
        digit_scenes.one_row,
        digit_scenes.arc,
        digit_scenes.two_rows,
        digit_scenes.three_rows,
        digit_scenes.column,
        digit_scenes.small_second_number,
        digit_scenes.number_apart,
    )
}


def digits(*centres: tuple[float, ...]) -> np.ndarray:
    """Boxes of width 6 and height 10, times an optional third number, about ``centres``."""
    zooms = np.array([centre[2] if len(centre) > 2 else 1 for centre in centres])
    points = np.array([centre[:2] for centre in centres], dtype=float)
    return boxes_at(points, zooms[:, None] * [6.0, 10.0])


def numbers(boxes: np.ndarray, **options: float) -> list[list[int]]:
    return [number.tolist() for number in reading_order(boxes, **options)]


def scenes(kind: str, jitter: float, count: int):
    for seed in range(count):
        yield KINDS[kind](np.random.default_rng(seed), jitter)


def rotated(boxes: np.ndarray, degrees: float, about: np.ndarray) -> np.ndarray:
    centres = turned(centres_of(boxes) - about, degrees) + about
    return boxes_at(centres, boxes[:, 2:] - boxes[:, :2])


# Layouts whose order can be told by eye; the digits' order in the list is the reading order.
ONE_NUMBER = {
    "one digit": [(0, 0)],
    "row": [(0, 0), (7, 0), (14, 0)],
    "two digits falling at 45 degrees": [(0, 0), (7, 7)],
    "two digits climbing at 45 degrees": [(0, 0), (7, -7)],
    "two apart climbing at 45 degrees": [(0, 0), (10, -10)],
    "two overlapping climbing at 60 degrees": [(0, 0), (4, -7)],
    "two digits in a column": [(0, 0), (0, 12)],
    "column leaning right": [(0, 0), (-7, 10), (-14, 20)],
    "column leaning left": [(0, 0), (7, 10), (14, 20)],
    "steep overlapping pair": [(0, 0), (-1, 8)],
    "two by two": [(0, 0), (7, 0), (0, 12), (7, 12)],
    "square two by two": [(0, 0), (12, 0), (0, 12), (12, 12)],
    "columns nearer than rows": [(0, 0), (14, 0), (0, 11), (14, 11)],
    "three by three": [(x, y) for y in (0, 11, 22) for x in (0, 11, 22)],
    "one digit below left": [(0, 0), (7, 0), (0, 12)],
    "one digit below right": [(0, 0), (7, 0), (7, 12)],
    "one digit below the middle": [(0, 0), (7, 0), (3.5, 12)],
    "one digit below and beyond": [(0, 0), (7, 0), (12, 12)],
    "one digit above left": [(0, 0), (0, 12), (7, 12)],
    "one digit between two rows": [(0, 0), (7, 0), (14, 0), (7, 12), (0, 24), (7, 24)],
    "flush right": [(7, 0), (14, 0), (0, 12), (7, 12), (14, 12)],
    "three digits on an arc up": [(0, 0), (7, -4), (14, 0)],
    "three digits on an arc down": [(0, 0), (7, 4), (14, 0)],
    "half circle": [(-14, 0), (-10, -10), (0, -14), (10, -10), (14, 0)],
    "perspective": [(0, 0), (7, 0, 0.8), (12.6, 0, 0.64), (17, 0, 0.51), (20.6, 0, 0.41)],
    "wide spacing": [(0, 0), (14, 0), (28, 0)],
    "small digit that touches": [(0, 0), (5, -2, 0.5)],
    "two detections of one digit": [(0, 0), (1, 1), (7, 0)],
    "rows of uneven digits": [(0, 0), (7, 1.5), (14, 0), (0, 10), (7, 11), (14, 10)],
    "rows at just 45 degrees": [(0, 0), (8, 8), (-8, 8), (0, 16)],
    "offset of just one row jump": [(0, 0), (7, 0), (12, -9)],
    "right angle inside a row": [(0, 0), (5, 0), (5, -5)],
    "two stacked detections of each digit": [(0, 0), (0, 5), (14, 0), (14, 5)],
    "smaller second row": [(0, 0), (7, 0), (2, 11, 0.7), (7, 11, 0.7)],
}


@pytest.mark.parametrize("layout", ONE_NUMBER.values(), ids=ONE_NUMBER)
def test_layout_is_one_number_in_reading_order(layout):
    assert numbers(digits(*layout)) == [list(range(len(layout)))]


@pytest.mark.parametrize("order", [reading_order, order_by_x])
def test_no_boxes_give_no_number(order):
    assert order(np.zeros((0, 4))) == []


@pytest.mark.parametrize("order", [reading_order, order_by_x])
def test_numbers_are_int64_indices(order):
    assert [number.dtype for number in order(digits((0, 0), (7, 0)))] == [np.int64]


def test_small_number_beside_the_main_one_comes_second():
    boxes = digits((0, 0, 0.5), (20, 0), (3.5, 0, 0.5), (13, 0))
    assert numbers(boxes) == [[3, 1], [0, 2]]


def test_small_number_between_wide_digits_does_not_join_their_tree():
    boxes = digits((0, 0), (13, 0), (5, 10, 0.4), (8, 10, 0.4))
    assert numbers(boxes) == [[0, 1], [2, 3]]


def test_small_numbers_on_two_sides_are_two_numbers():
    boxes = digits((0, 0), (7, 0), (16, 0, 0.5), (-10, 0, 0.4), (-13, 0, 0.4))
    assert numbers(boxes) == [[0, 1], [4, 3], [2]]


def test_far_number_of_the_same_size_comes_second():
    boxes = digits((0, 0), (40, 0), (47, 0))
    assert numbers(boxes) == [[1, 2], [0]]


def test_thin_digits_count_as_much_as_wide_ones_for_the_main_number():
    sizes = np.array([[2.0, 20.0], [6.0, 10.0], [6.0, 10.0]])
    boxes = boxes_at(np.array([[0.0, 0], [15, 0], [22, 0]]), sizes)
    # Squared heights: 400 against 200; areas would be 40 against 120.
    assert numbers(boxes) == [[0], [1, 2]]


@pytest.mark.parametrize("degrees", [-40, 0, 40])
@pytest.mark.parametrize("second", [(40, 0), (0, 40)], ids=["beside", "below"])
def test_of_equally_large_numbers_the_one_nearer_the_top_left_is_the_main_one(second, degrees):
    boxes = rotated(digits((0, 0), second), degrees, np.zeros(2))
    assert numbers(boxes) == [[0], [1]]


def test_row_jump_is_the_offset_that_begins_a_row():
    boxes = digits((0, 0), (7, 6), (14, 0))
    # The triangle's height over a leg: 2 * 42 / hypot(7, 6) = 9.11, or 0.911 digit heights.
    assert numbers(boxes, row_jump=0.92) == [[0, 1, 2]]
    assert numbers(boxes, row_jump=0.9) == [[2, 0, 1]]


def test_second_height_is_the_ratio_below_which_a_number_is_split_off():
    boxes = digits((0, 0), (12, 0, 0.5))
    assert numbers(boxes, second_height=0.51) == [[0], [1]]
    assert numbers(boxes, second_height=0.5) == [[0, 1]]


def test_second_gap_is_the_least_gap_to_smaller_digits():
    boxes = digits((0, 0), (8, 0, 0.5))
    # The gap is 8 - (6 + 3) / 2 = 3.5, or 0.35 heights of the larger digit.
    assert numbers(boxes, second_gap=0.35) == [[0], [1]]
    assert numbers(boxes, second_gap=0.36) == [[0, 1]]


def test_apart_gap_is_the_least_gap_between_any_numbers():
    boxes = digits((0, 0), (26, 0))
    assert numbers(boxes, apart_gap=2.0) == [[0], [1]]
    assert numbers(boxes, apart_gap=2.01) == [[0, 1]]


def test_digits_without_a_gap_in_size_are_not_split():
    # 0.55 of the first digit, but 0.73 of the one it hangs on.
    boxes = digits((0, 0), (10, 0, 0.75), (18, 0, 0.55))
    assert numbers(boxes) == [[0, 1, 2]]


def test_large_digit_behind_a_small_one_keeps_the_number_whole():
    boxes = digits((0, 0), (10, 0, 0.5), (20, 0, 0.9))
    assert numbers(boxes) == [[0, 1, 2]]


def test_boxes_without_height_are_read_by_x():
    boxes = np.array([[5.0, 0, 6, 0], [0, 9, 1, 9], [0, 3, 1, 3]])
    assert numbers(boxes) == [[2, 1, 0]]


def test_box_without_height_is_read_with_its_neighbours():
    boxes = digits((0, 0), (7, 0), (14, 0))
    boxes[1, [1, 3]] = 0
    assert numbers(boxes) == [[0, 1, 2]]


def test_boxes_without_width_are_read():
    boxes = digits((0, 0), (7, 0), (0, 12))
    boxes[:, 2] = boxes[:, 0]
    assert numbers(boxes) == [[0, 1, 2]]


@pytest.mark.parametrize("count", [2, 3, 7])
def test_boxes_on_one_spot_are_read_by_size(count):
    boxes = digits(*[(3, 4, 1 - 0.01 * i) for i in range(count)])
    assert numbers(boxes) == [list(range(count))[::-1]]


def test_links_in_all_directions_are_read_by_x():
    # Three legs 120 degrees apart; their fourth powers are, too, and add up to nothing.
    legs = [8 * np.exp(1j * np.radians(angle)) for angle in (10, 130, 250)]
    boxes = digits((0, 0), *[(leg.real, leg.imag) for leg in legs])
    assert numbers(boxes) == [[2, 3, 0, 1]]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_boxes_are_each_read_once(seed):
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 100, (100, 2)).astype(float)
    boxes = np.hstack([corners, corners + rng.integers(0, 12, (100, 2))])
    assert sorted(np.concatenate(reading_order(boxes)).tolist()) == list(range(100))


def test_order_by_x_goes_by_x_then_y_then_width_then_height():
    boxes = boxes_at(
        np.array([[5.0, 0], [1, 2], [1, 1], [1, 1], [1, 1]]),
        np.array([[1.0, 1], [1, 1], [3, 1], [2, 5], [2, 4]]),
    )
    assert [number.tolist() for number in order_by_x(boxes)] == [[4, 3, 2, 1, 0]]


def test_order_by_x_takes_centres_that_differ_in_the_last_bits_as_one():
    boxes = digits((0, 0), (0, 5))
    boxes[0, 2] = np.nextafter(boxes[0, 2], np.inf)
    assert [number.tolist() for number in order_by_x(boxes)] == [[0, 1]]


@pytest.mark.parametrize("order", [reading_order, order_by_x])
@pytest.mark.parametrize(
    "boxes",
    [np.zeros(4), np.zeros((2, 5)), np.full((1, 4), np.nan), np.full((1, 4), np.inf)],
    ids=["flat", "five columns", "nan", "infinite"],
)
def test_boxes_of_another_shape_or_not_finite_are_refused(order, boxes):
    with pytest.raises(InputError, match=rf"^{order.__name__}: boxes of shape"):
        order(boxes)


@pytest.mark.parametrize("value", [-0.1, float("nan")])
@pytest.mark.parametrize("name", ["row_jump", "second_height", "second_gap", "apart_gap"])
def test_negative_option_is_refused(name, value):
    with pytest.raises(InputError, match=rf"^reading_order: {name} is {value}; allowed is 0"):
        reading_order(digits((0, 0)), **{name: value})


@pytest.mark.parametrize("jitter", [0, 0.05])
@pytest.mark.parametrize("kind", KINDS)
def test_every_scene_is_read_at_jitter_up_to_a_twentieth(kind, jitter):
    assert all(numbers(boxes) == truth for boxes, truth in scenes(kind, jitter, 300))


@pytest.mark.parametrize("kind", KINDS)
def test_nearly_every_scene_is_read_at_jitter_of_a_tenth(kind):
    # Rows at 40 degrees may come to stand above 45 degrees, which is a column.
    wrong = sum(numbers(boxes) != truth for boxes, truth in scenes(kind, 0.1, 300))
    assert wrong <= 3


@pytest.mark.parametrize("kind", KINDS)
def test_shuffling_the_boxes_changes_nothing(kind):
    rng = np.random.default_rng(0)
    for boxes, _ in scenes(kind, 0.15, 100):
        shuffle = rng.permutation(len(boxes))
        shuffled = [shuffle[number].tolist() for number in reading_order(boxes[shuffle])]
        assert shuffled == numbers(boxes)


@pytest.mark.parametrize("factor", [1e-3, 0.1, 1 / 3, 7.7, 1e3])
@pytest.mark.parametrize("kind", KINDS)
def test_scaling_the_boxes_changes_nothing(kind, factor):
    for boxes, _ in scenes(kind, 0.15, 40):
        assert numbers(boxes * factor) == numbers(boxes)


@pytest.mark.parametrize("shift", [(-1234.5, 0.1), (1e5, -1e5), (1 / 3, 1e6)])
@pytest.mark.parametrize("kind", KINDS)
def test_shifting_the_boxes_changes_nothing(kind, shift):
    for boxes, _ in scenes(kind, 0.15, 40):
        assert numbers(boxes + np.tile(shift, 2)) == numbers(boxes)


@pytest.mark.parametrize("shift", [0, 1e6 / 3])
@pytest.mark.parametrize("factor", [1e-3, 1 / 3, 1.1])
@pytest.mark.parametrize("layout", ONE_NUMBER.values(), ids=ONE_NUMBER)
def test_ties_between_whole_pixels_survive_rounding(layout, factor, shift):
    boxes = (digits(*layout) + shift) * factor
    assert numbers(boxes) == [list(range(len(layout)))]


@pytest.mark.parametrize("kind", KINDS)
def test_turning_the_centres_within_40_degrees_changes_nothing(kind):
    rng = np.random.default_rng(1)
    for seed in range(100):
        boxes, truth = KINDS[kind](np.random.default_rng(seed), 0.05, tilt=0)
        for degrees in (*rng.uniform(-40, 40, 4), -40, 40):
            about = rng.uniform(-500, 500, 2)
            assert numbers(rotated(boxes, degrees, about)) == numbers(boxes) == truth


@pytest.fixture(scope="module")
def photographs(svhn) -> dict[tuple[str, int], np.ndarray]:
    """Boxes of each real photograph, in reading order, by split and image id."""
    found: dict[tuple[str, int], list] = {}
    for split in ("train", "valid"):
        for annotation in json.loads((svhn / f"{split}.json").read_text())["annotations"]:
            x, y, width, height = annotation["bbox"]
            found.setdefault((split, annotation["image_id"]), []).append(
                [x, y, x + width, y + height]
            )
    # The labels of one photograph stand out of order in the file.
    found.pop(("train", 262), None)
    return {image: np.array(boxes, dtype=float) for image, boxes in found.items()}


def test_real_photographs_are_read_as_labelled(photographs):
    wrong = [
        image for image, boxes in photographs.items() if numbers(boxes) != [[*range(len(boxes))]]
    ]
    assert wrong == []


def test_real_photographs_are_read_as_labelled_at_any_tilt(photographs):
    wrong = []
    for image, boxes in photographs.items():
        centres = centres_of(boxes)
        across = centres[-1] - centres[0]
        present = np.degrees(np.arctan2(across[1], across[0]))
        for tilt in (-40, -20, 0, 20, 40):
            tilted = rotated(boxes, tilt - present, centres.mean(axis=0))
            if numbers(tilted) != [[*range(len(boxes))]]:
                wrong.append((image, tilt))
    assert wrong == []


def test_noise_does_not_choose_between_two_short_links():
    # Their directions weigh each other out; where the picture lies must not tip the scale.
    boxes = np.array(
        [
            [78.65955033, 47.45870913, 93.47632697, 77.41213921],
            [64.47973613, 70.55434173, 89.33999876, 75.73557776],
            [92.45756719, 66.42973582, 110.36558702, 94.09690821],
        ]
    )
    rng = np.random.default_rng(0)
    orders = {
        tuple(np.concatenate(reading_order(boxes + np.tile(rng.uniform(-500, 500, 2), 2))).tolist())
        for _ in range(100)
    }
    assert len(orders) == 1


@pytest.mark.parametrize("pitch", [0.6, 0.7, 0.8, 0.85, 0.89, 0.92, 1.0, 1.3])
def test_close_rows_are_read_from_the_top_each_to_the_right(pitch):
    boxes = [
        [22 * x, 36 * pitch * row, 22 * x + 20, 36 * pitch * row + 36]
        for row in (0, 1)
        for x in (0, 1, 2)
    ]
    (order,) = reading_order(np.array(boxes))
    assert order.tolist() == [0, 1, 2, 3, 4, 5]
