import digit_scenes
import numpy as np
import pytest
from digit_scenes import centres_of

from mmdigits.reading.order import order_by_x, reading_order
from mmdigits.reading.placing import centres, place

pytestmark = pytest.mark.filterwarnings("error")

ROW = [(0, 0), (10, 0), (20, 0)]
TILTED = [(0, 0), (3, 4), (6, 8)]
ROOF = [(0, 0), (3, -4), (6, 0)]
TWO_ROWS = [(0, 0), (10, 0), (20, 0), (0, 30), (10, 30), (20, 30)]
COLUMN = [(0, 0), (0, 10), (0, 20)]


def placed(points, digits):
    return place(np.array(points, float).reshape(-1, 2), np.array(digits, float))


def test_centres_are_in_the_middle():
    assert centres(np.array([[0, 0, 10, 20], [5, 6, 7, 10]], float)).tolist() == [[5, 10], [6, 8]]


@pytest.mark.parametrize(
    ("digits", "point", "row", "along", "aside"),
    [
        pytest.param(ROW, (5, 3), 0, 5, 3, id="beside a row"),
        pytest.param(ROW, (-4, 0), 0, -4, 0, id="before a row"),
        pytest.param(ROW, (26, -2), 0, 26, 2, id="after a row"),
        pytest.param(TILTED, (-1, 7), 0, 5, 5, id="above a tilted row"),
        pytest.param(TILTED, (9, 12), 0, 15, 0, id="after a tilted row"),
        pytest.param(TILTED, (-3, -4), 0, -5, 0, id="before a tilted row"),
        pytest.param(ROOF, (1.5, -2), 0, 2.5, 0, id="on an arc"),
        pytest.param(ROOF, (9, 4), 0, 15, 0, id="after an arc, straight on"),
        pytest.param(ROOF, (3, -9), 0, 5, 5, id="above the top of an arc"),
        pytest.param(TWO_ROWS, (5, 2), 0, 5, 2, id="first row"),
        pytest.param(TWO_ROWS, (5, 28), 1, 5, 2, id="second row"),
        pytest.param(TWO_ROWS, (25, 29), 1, 25, 1, id="after the second row"),
        pytest.param(TWO_ROWS, (-5, 1), 0, -5, 1, id="before the first row"),
        pytest.param(TWO_ROWS, (5, 15), 0, 5, 15, id="between two rows it is the earlier"),
        pytest.param(COLUMN, (2, 25), 0, 25, 2, id="below a column"),
        pytest.param(COLUMN, (-3, 5), 0, 5, 3, id="beside a column"),
        pytest.param([(4, 5)], (11, 8), 0, 7, 3, id="one digit: a level line"),
        pytest.param([(5, 5)] * 3, (8, 9), 0, 3, 4, id="digits on one spot: a level line"),
        pytest.param([(0, 0), (0, 0), (10, 0)], (4, 1), 0, 4, 1, id="two digits on one spot"),
    ],
)
def test_places(digits, point, row, along, aside):
    found = placed([point], digits)
    assert found.row.tolist() == [row]
    assert found.along.tolist() == pytest.approx([along])
    assert found.aside.tolist() == pytest.approx([aside])


@pytest.mark.parametrize("digits", [ROW, TWO_ROWS, COLUMN, [(4, 5)]], ids=len)
def test_no_points_have_no_places(digits):
    found = placed([], digits)
    assert [part.shape for part in found] == [(0,), (0,), (0,), (0, 2)]


@pytest.mark.parametrize(
    "digits", [ROW, TILTED, ROOF, COLUMN], ids=["row", "tilt", "arc", "column"]
)
def test_digits_of_one_row_lie_on_it_in_their_order(digits):
    found = placed(digits, digits)
    assert found.row.tolist() == [0, 0, 0]
    assert found.aside.tolist() == pytest.approx([0, 0, 0])
    assert (np.diff(found.along) > 0).all()


@pytest.mark.parametrize(
    "kind",
    [
        digit_scenes.one_row,
        digit_scenes.arc,
        digit_scenes.two_rows,
        digit_scenes.three_rows,
        digit_scenes.column,
    ],
    ids=lambda kind: kind.__name__,
)
@pytest.mark.parametrize("arrange", [reading_order, order_by_x], ids=["layout", "x"])
def test_digits_of_made_scenes_are_placed_in_their_reading_order(kind, arrange):
    for seed in range(100):
        boxes, _ = kind(np.random.default_rng(seed), 0.05)
        digits = centres_of(boxes)[arrange(boxes)[0]]
        found = place(digits, digits)
        in_order = np.lexsort((found.along, found.row))
        assert in_order.tolist() == list(range(len(digits))), seed
        assert found.aside == pytest.approx(0, abs=1e-6)


def test_places_move_and_grow_with_the_picture():
    for seed in range(50):
        rng = np.random.default_rng(seed)
        boxes, _ = digit_scenes.two_rows(rng, 0.05)
        digits = centres_of(boxes)[reading_order(boxes)[0]]
        points = rng.uniform(digits.min(), digits.max(), (5, 2))
        found = place(points, digits)
        zoom, shift = 10 ** rng.uniform(-3, 3), rng.uniform(-500, 500, 2)
        again = place(points * zoom + shift, digits * zoom + shift)
        assert again.row.tolist() == found.row.tolist()
        assert again.along / zoom == pytest.approx(found.along, abs=1e-6)
        assert again.aside / zoom == pytest.approx(found.aside, abs=1e-6)


def test_a_point_between_two_rows_is_in_the_earlier_one_wherever_the_picture_is():
    points, digits = np.array([[5.0, 15.0], [13.0, 15.0]]), np.array(TWO_ROWS, float)
    for seed in range(50):
        rng = np.random.default_rng(seed)
        zoom, shift = 10 ** rng.uniform(-3, 3), rng.uniform(-500, 500, 2)
        assert place(points * zoom + shift, digits * zoom + shift).row.tolist() == [0, 0], seed
