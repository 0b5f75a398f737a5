import numpy as np
import pytest

from mmdigits.analysis.coverage import at_threshold, coverage_at, risk_coverage

# By falling confidence: right, right, wrong, right | two of .5, one right | wrong.
CONFIDENCE = np.array([0.5, 0.9, 0.7, 0.1, 0.6, 0.5, 0.8])
RIGHT = np.array([True, True, False, False, True, False, True])


def test_risk_coverage_by_hand():
    points = risk_coverage(CONFIDENCE, RIGHT)
    assert [point[:3] for point in points] == [
        *[(0.9, 1, 1), (0.8, 2, 2), (0.7, 3, 2), (0.6, 4, 3), (0.5, 6, 4), (0.1, 7, 4)]
    ]
    assert [point.coverage for point in points] == [n / 7 for n in (1, 2, 3, 4, 6, 7)]
    assert [point.accuracy for point in points] == [1, 1, 2 / 3, 3 / 4, 4 / 6, 4 / 7]


@pytest.mark.parametrize(
    ("accuracy", "answered", "threshold"),
    [
        (1, 2, 0.8),
        (0.8, 2, 0.8),
        (0.75, 4, 0.6),  # though three alone are less accurate
        (0.7, 4, 0.6),
        (2 / 3, 6, 0.5),  # the two of .5 together; with the right one alone it would be .8
        (0.5, 7, 0.1),
        (0, 7, 0.1),
    ],
)
def test_the_largest_coverage_by_hand(accuracy, answered, threshold):
    result = coverage_at(CONFIDENCE, RIGHT, accuracy, resamples=20)
    assert (result.answered, result.threshold) == (answered, threshold)
    assert result.coverage == answered / 7 and result.right / answered >= accuracy
    # The threshold gives on the same images what it was chosen for.
    same = at_threshold(CONFIDENCE, RIGHT, result.threshold)
    assert (same.answered, same.right) == (result.answered, result.right)


def test_nothing_is_answered_where_the_most_confident_are_wrong():
    result = coverage_at(np.array([0.9, 0.5]), np.array([False, True]), 0.9, resamples=20)
    assert (result.coverage, result.threshold, result.answered, result.right) == (0, None, 0, 0)


def test_a_decimal_accuracy_is_met_exactly():
    # 98 of 100 are 98%, whatever 0.98 is in binary.
    for wanted, of_hundred in ((0.98, 98), (0.07, 7), (0.29, 29), (0.57, 57)):
        right = np.arange(100) < of_hundred
        result = coverage_at(np.full(100, 0.5), right, wanted, resamples=1)
        assert result.answered == 100


def test_the_interval_is_that_of_resampled_images():
    rng = np.random.default_rng(0)
    confidence = rng.choice([0.3, 0.5, 0.7, 0.8, 0.9], 60)
    right = rng.random(60) < confidence
    result = coverage_at(confidence, right, 0.8, resamples=50, seed=3)
    again, values = np.random.default_rng(3), []
    for _ in range(50):
        drawn = again.integers(60, size=60)
        enough = [
            point.coverage
            for point in risk_coverage(confidence[drawn], right[drawn])
            if point.accuracy >= 0.8
        ]
        values.append(max(enough, default=0))
    low, high = np.quantile(values, [0.025, 0.975])
    assert (result.low, result.high) == (low, high)
    assert 0 <= low < result.coverage < high <= 1
    assert coverage_at(confidence, right, 0.8, resamples=50, seed=3) == result


def test_a_threshold_chosen_on_the_same_images_is_optimistic():
    rng = np.random.default_rng(0)
    here, elsewhere = [], []
    for _ in range(100):
        confidence = rng.uniform(0.5, 1, 200)
        right = rng.random(200) < confidence
        chosen = coverage_at(confidence[:100], right[:100], 0.9, resamples=1)
        if chosen.answered:
            here.append(chosen.right / chosen.answered)
            other = at_threshold(confidence[100:], right[100:], chosen.threshold)
            elsewhere.append(other.accuracy)
    assert min(here) >= 0.9 and np.mean(elsewhere) < 0.895


def test_a_threshold_from_elsewhere_by_hand():
    result = at_threshold(CONFIDENCE, RIGHT, 0.55)
    assert result[:5] == (0.55, 7, 4, 3, 4 / 7) and result.accuracy == 3 / 4
    # Wilson, 4 of 7 and 3 of 4.
    assert result[5:7] == pytest.approx((0.25046, 0.84178), abs=1e-5)
    assert result[8:] == pytest.approx((0.30064, 0.95441), abs=1e-5)


def test_a_threshold_above_all_has_no_accuracy():
    result = at_threshold(CONFIDENCE, RIGHT, 0.95)
    assert (result.answered, result.coverage) == (0, 0)
    assert (result.accuracy, result.accuracy_low, result.accuracy_high) == (None, None, None)


@pytest.mark.parametrize("wanted", [-0.1, 1.1, float("nan")])
def test_a_wanted_accuracy_is_a_fraction(wanted):
    with pytest.raises(ValueError, match="the wanted accuracy is"):
        coverage_at(CONFIDENCE, RIGHT, wanted)


@pytest.mark.parametrize("confidence", [[], [0.5, 2.0]])
def test_what_is_no_confidence_is_an_error(confidence):
    right = np.ones(len(confidence), bool)
    for measure in (risk_coverage, lambda *c: coverage_at(*c, 0.9), lambda *c: at_threshold(*c, 0)):
        with pytest.raises(ValueError, match="confidence: "):
            measure(np.array(confidence), right)
