import numpy as np
import pytest
from detection_rows import detections

from mmdigits.reading import DigitReader
from mmdigits.reading.candidates import (
    HIGHEST_LOG_ODDS,
    MOST_CANDIDATES,
    PAIRWISE,
    UNARY,
    find_candidates,
)

pytestmark = pytest.mark.filterwarnings("error")

THREE = (3, 0, 0, 10, 20, 0.9)  # centre (5, 10)
FIVE = (5, 14, 0, 10, 20, 0.8)  # centre (19, 10)
ONE = (1, 4, 4, 8, 10, 0.3)  # centre (8, 9): in the 3 for the most part
LOG_2 = np.log(2)


def found_in(rows, digits, least_score=0.05):
    return find_candidates(detections(*rows), np.array(digits, dtype=np.int64), least_score)


def unary(candidates, name):
    return candidates.unary[:, UNARY.index(name)].tolist()


def pairwise(candidates, name):
    return candidates.pairwise[..., PAIRWISE.index(name)]


def test_candidates_are_in_reading_order():
    found = found_in([FIVE, THREE, ONE], [1, 0])
    assert found.indices.tolist() == [1, 2, 0]
    assert found.labels.tolist() == [3, 1, 5]


def test_unary_features():
    found = found_in([FIVE, THREE, ONE], [1, 0])
    assert unary(found, "log odds") == pytest.approx([np.log(9), np.log(3 / 7), np.log(4)])
    assert unary(found, "one") == [1, 1, 1]
    # The 1's centre is 1 pixel above the line; digits are 20 pixels high.
    assert unary(found, "aside") == pytest.approx([0, 0.05**2, 0])
    assert unary(found, "height") == pytest.approx([0, LOG_2**2, 0])


def test_pairwise_features_of_an_earlier_and_a_later_candidate():
    found = found_in([FIVE, THREE, ONE], [1, 0])
    pairs = [0, 0, 1], [1, 2, 2]  # 3 and 1, 3 and 5, 1 and 5
    # The 3 and the 1 share 6 x 10 of 200 and 80 square pixels.
    assert pairwise(found, "iou")[pairs].tolist() == pytest.approx([60 / 220, 0, 0])
    assert pairwise(found, "containment")[pairs].tolist() == pytest.approx([60 / 80, 0, 0])
    # Centres 3, 14 and 11 apart; mean widths 9, 10 and 9; mean heights 15, 20 and 15.
    assert pairwise(found, "gap")[pairs].tolist() == pytest.approx([0, 4 / 20, 2 / 15])
    assert pairwise(found, "height")[pairs].tolist() == pytest.approx([LOG_2**2, 0, LOG_2**2])
    assert pairwise(found, "next row")[pairs].tolist() == [0, 0, 0]


def test_rows_are_read_one_after_the_other_without_a_gap():
    rows = [(1, 0, 0, 10, 20, 0.9), (2, 12, 0, 10, 20, 0.9), (3, 24, 0, 10, 20, 0.9)]
    rows += [(label + 3, x, 25, *rest) for label, x, _, *rest in rows]
    extra = (7, 13, 24, 10, 20, 0.1)  # in the second row
    found = found_in([extra, *rows], [1, 2, 3, 4, 5, 6])
    assert found.labels.tolist() == [1, 2, 3, 4, 5, 7, 6]
    other_row = np.array([0, 0, 0, 1, 1, 1, 1])
    expected = (other_row[:, None] != other_row).astype(float)
    assert pairwise(found, "next row").tolist() == expected.tolist()
    assert (pairwise(found, "gap")[:3, 3:] == 0).all()
    assert pairwise(found, "gap")[0, 2] == pytest.approx(14 / 20)


def test_a_columns_gaps_are_measured_downwards():
    found = found_in([(2, 0, 0, 10, 20, 0.9), (7, 0, 26, 10, 20, 0.9)], [0, 1])
    assert pairwise(found, "gap")[0, 1] == pytest.approx(6 / 20)


@pytest.mark.parametrize(
    ("far", "name", "highest"),
    [
        pytest.param((1, 14, 500, 10, 20, 0.5), "aside", 4, id="far aside"),
        pytest.param((1, 14, 0, 10, 900, 0.5), "height", 4, id="much higher"),
        pytest.param((1, 14, 10, 10, 0.01, 0.5), "height", 4, id="much lower"),
        pytest.param((1, 14, 0, 10, 20, 1.0), "log odds", HIGHEST_LOG_ODDS, id="certain"),
        pytest.param((1, 14, 0, 10, 20, 0.0), "log odds", -HIGHEST_LOG_ODDS, id="impossible"),
    ],
)
def test_unary_features_have_bounds(far, name, highest):
    found = found_in([THREE, far], [0], least_score=0)
    assert unary(found, name)[found.indices.tolist().index(1)] == highest


@pytest.mark.parametrize(
    ("far", "name"),
    [
        pytest.param((1, 500, 0, 10, 20, 0.5), "gap", id="a wide gap"),
        pytest.param((1, 14, 0, 10, 900, 0.5), "height", id="much higher"),
    ],
)
def test_pairwise_features_have_bounds(far, name):
    assert pairwise(found_in([THREE, far], [0]), name)[0, 1] == 4


def test_weak_detections_are_no_candidates():
    found = found_in([THREE, FIVE, ONE], [0, 1], least_score=0.31)
    assert found.indices.tolist() == [0, 1]


def test_the_least_score_itself_counts():
    assert len(found_in([THREE, FIVE, ONE], [0, 1], least_score=0.3).labels) == 3


def test_a_digit_that_is_read_is_a_candidate_whatever_its_score():
    found = found_in([THREE, ONE], [1], least_score=0.5)
    assert found.indices.tolist() == [0, 1]


def test_nothing_read_leaves_no_candidates():
    for rows in ([], [THREE, FIVE]):
        found = found_in(rows, [])
        assert found.indices.shape == found.labels.shape == (0,)
        assert found.unary.shape == (0, len(UNARY))
        assert found.pairwise.shape == (0, 0, len(PAIRWISE))


def test_only_the_best_scored_are_candidates():
    rng = np.random.default_rng(0)
    scores = rng.permutation(np.linspace(0.1, 0.9, MOST_CANDIDATES + 10))
    rows = [(1, 12 * x, 0, 10, 20, score) for x, score in enumerate(scores)]
    best = np.argsort(-scores)[:MOST_CANDIDATES]
    found = found_in(rows, best[:5])
    assert sorted(found.indices.tolist()) == sorted(best.tolist())


def test_digits_that_are_read_are_candidates_before_any_others():
    better = [(1, 12 * x, 0, 10, 20, 0.9) for x in range(MOST_CANDIDATES)]
    rows = [*better, (2, -12, 0, 10, 20, 0.6), (3, -24, 0, 10, 20, 0.5)]
    read = [MOST_CANDIDATES + 1, MOST_CANDIDATES]
    found = found_in(rows, read)
    assert len(found.indices) == MOST_CANDIDATES
    assert found.indices[:2].tolist() == read
    assert np.isfinite(found.unary).all() and np.isfinite(found.pairwise).all()


DEGENERATE = {
    "a point": [THREE, FIVE, (1, 9, 9, 0, 0, 0.3)],
    "a line": [THREE, FIVE, (1, 9, 0, 0, 20, 0.3)],
    "a point that is read": [(1, 9, 9, 0, 0, 0.9), THREE, FIVE],
    "one point": [(1, 9, 9, 0, 0, 0.9)],
    "two points": [(1, 9, 9, 0, 0, 0.9), (2, 30, 9, 0, 0, 0.8)],
    "points on one spot": [(1, 9, 9, 0, 0, 0.9), (2, 9, 9, 0, 0, 0.8)],
    "level lines": [(1, 0, 9, 5, 0, 0.9), (2, 30, 9, 5, 0, 0.8)],
    "upright lines": [(1, 0, 0, 0, 20, 0.9), (2, 30, 0, 0, 20, 0.8)],
}


@pytest.mark.parametrize("rows", DEGENERATE.values(), ids=DEGENERATE)
@pytest.mark.parametrize("read", [1, 2])
def test_boxes_without_size_have_finite_features_within_the_bounds(rows, read):
    found = found_in(rows, list(range(min(read, len(rows)))))
    assert len(found.indices) == len(rows)
    assert (np.abs(found.unary[:, 0]) <= HIGHEST_LOG_ODDS).all()
    for table in (found.unary[:, 1:], found.pairwise):
        assert ((table >= 0) & (table <= 4)).all()


def test_numbers_beside_have_no_candidates():
    rows = [THREE, FIVE, (7, 300, 0, 10, 20, 0.9), ONE]
    reader, found = DigitReader(), detections(*rows)
    numbers = reader.numbers(found)
    assert [number.tolist() for number in numbers] == [[0, 1], [2]]
    assert reader.candidates(found, numbers).indices.tolist() == [0, 3, 1]


def test_without_a_number_the_best_scored_gives_the_line():
    rows = [(1, 20, 0, 10, 20, 0.3), (2, 0, 0, 10, 20, 0.4), (3, 0, 0, 10, 20, 0.02)]
    reader, found = DigitReader(candidate_thr=0.05), detections(*rows)
    assert reader.candidates(found, reader.numbers(found)).indices.tolist() == [1, 0]


def test_without_a_number_and_a_candidate_there_is_none():
    reader = DigitReader(candidate_thr=0.05)
    found = detections((1, 20, 0, 10, 20, 0.04))
    assert not len(reader.candidates(found, reader.numbers(found)).indices)


TIED = {
    "one centre": [(7, 0, 0, 10, 20, 0.9), (1, 3, 2, 4, 16, 0.5), (4, 1, 1, 8, 18, 0.3)],
    # All of them are nearest to the kink.
    "outside a kink": [
        (1, 0, 20, 10, 20, 0.9),
        (2, 12, 0, 10, 20, 0.8),
        (3, 24, 20, 10, 20, 0.7),
        (4, 11, -9, 10, 20, 0.3),
        (5, 13, -7, 10, 20, 0.2),
    ],
}


@pytest.mark.parametrize("rows", TIED.values(), ids=TIED)
def test_candidates_in_one_place_are_ranked_by_score_wherever_the_picture_is(rows):
    found = detections(*rows)
    digits = np.flatnonzero(found.scores > 0.6)
    order = find_candidates(found, digits, 0.1).indices.tolist()
    assert order == ([0, 1, 2] if len(rows) == 3 else [0, 1, 3, 4, 2])
    for seed in range(50):
        rng = np.random.default_rng(seed)
        zoom, shift = 10 ** rng.uniform(-3, 3), np.tile(rng.uniform(-500, 500, 2), 2)
        moved = found._replace(bboxes=found.bboxes * zoom + shift)
        assert find_candidates(moved, digits, 0.1).indices.tolist() == order
