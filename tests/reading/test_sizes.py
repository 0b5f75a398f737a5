import numpy as np
import pytest

from mmdigits.reading.sizes import fitting_sizes

pytestmark = pytest.mark.filterwarnings("error")

TWOFOLD = (0.5, 2.0)


def boxes(*sizes: tuple[float, float]) -> np.ndarray:
    """Boxes of (width, height), by falling score, at places that don't matter."""
    low = 7.0 * np.arange(2 * len(sizes)).reshape(-1, 2)
    return np.hstack([low, low + np.array(sizes, dtype=float).reshape(-1, 2)])


def high(*heights: float) -> np.ndarray:
    return boxes(*[(10, height) for height in heights])


@pytest.mark.parametrize(
    ("heights", "stay"),
    [
        pytest.param([20, 20, 5], [0, 1], id="a small one goes"),
        pytest.param([20, 20, 50], [0, 1], id="a large one goes"),
        pytest.param([5, 20, 20], [1, 2], id="the best-scored goes where it alone doesn't fit"),
        pytest.param([20, 5], [0], id="of two the worst-scored goes"),
        pytest.param([5, 20], [0], id="of two the worst-scored goes, even if larger"),
        pytest.param([20, 40, 10], [0, 1], id="the rest is compared again"),
        pytest.param([20, 10], [0, 1], id="the limits themselves stay"),
        # The medians of the others are 12.5, 17.5 and 25: the first and last are out of range.
        pytest.param([30, 20, 5], [0, 1], id="what was out of range only by others stays"),
        pytest.param([8, 9, 40, 41], [0, 1], id="two pairs: the better pair stays"),
        pytest.param([3], [0], id="one alone stays"),
        pytest.param([0], [0], id="one without height stays"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_heights(heights, stay):
    kept = fitting_sizes(high(*heights), TWOFOLD, None)
    assert kept.tolist() == stay and kept.dtype == np.int64


def test_widths_have_a_limit_of_their_own():
    found = boxes((10, 20), (10, 20), (40, 20))
    assert fitting_sizes(found, TWOFOLD, None).tolist() == [0, 1, 2]
    assert fitting_sizes(found, None, TWOFOLD).tolist() == [0, 1]


def test_both_limits_count():
    found = boxes((10, 20), (10, 20), (40, 20), (10, 80), (11, 21))
    assert fitting_sizes(found, TWOFOLD, TWOFOLD).tolist() == [0, 1, 4]


def test_without_limits_everything_stays():
    assert fitting_sizes(high(1, 1000, 0), None, None).tolist() == [0, 1, 2]


def test_where_the_boxes_stand_does_not_matter():
    found = high(20, 20, 5)
    assert fitting_sizes(found + np.tile([300, -40], 2), TWOFOLD, TWOFOLD).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("heights", "stay"),
    [([0, 0], [0, 1]), ([20, 20, 0], [0, 1]), ([20, 0], [0]), ([0, 20], [0]), ([0, 0, 20], [0, 1])],
    ids=str,
)
def test_boxes_without_height_fit_each_other_and_nothing_else(heights, stay):
    assert fitting_sizes(high(*heights), TWOFOLD, None).tolist() == stay
