import io

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from mmdigits.analysis.confidence import (
    brier_score,
    calibrated_range,
    expected_calibration_error,
    reliability_bins,
)
from mmdigits.analysis.reliability_diagram import reliability_figure

# Sorted by confidence: 0.1 wrong, 0.2 wrong, 0.2 right, 0.6 right, 0.9 wrong, 1 right.
CONFIDENCE = np.array([0.9, 0.1, 0.2, 1.0, 0.6, 0.2])
RIGHT = np.array([False, False, False, True, True, True])


def test_bins_of_equal_width_by_hand():
    bins = reliability_bins(CONFIDENCE, RIGHT, bins=5, equal_mass=False)
    # .2 is in the bin that ends there, .6 likewise; no image is from .6 to .8 or .2 to .4.
    assert [b[:4] for b in bins] == [
        (0, 0.2, 3, 1),
        (pytest.approx(0.4), pytest.approx(0.6), 1, 1),
        (0.8, 1, 2, 1),
    ]
    assert [b.confidence for b in bins] == pytest.approx([0.5 / 3, 0.6, 0.95])
    assert [b.accuracy for b in bins] == pytest.approx([1 / 3, 1, 0.5])
    # Wilson, 1 of 2.
    assert bins[2][6:] == pytest.approx((0.09453, 0.90547), abs=1e-5)
    error = expected_calibration_error(CONFIDENCE, RIGHT, bins=5, equal_mass=False)
    # |1 - .5| / 6 and |1 - .6| / 6 and |1 - 1.9| / 6.
    assert error == pytest.approx((0.5 + 0.4 + 0.9) / 6)


def test_bins_of_equal_mass_by_hand():
    bins = reliability_bins(CONFIDENCE, RIGHT, bins=2)
    assert [b[:4] for b in bins] == [(0, 0.2, 3, 1), (0.2, 1, 3, 2)]
    error = expected_calibration_error(CONFIDENCE, RIGHT, bins=2)
    assert error == pytest.approx((abs(1 - 0.5) + abs(2 - 2.5)) / 6)
    # Three bins would part the two .2; they stay together.
    assert [b.images for b in reliability_bins(CONFIDENCE, RIGHT, bins=3)] == [3, 1, 2]


def test_one_bin_compares_the_means():
    for equal_mass in (True, False):
        error = expected_calibration_error(CONFIDENCE, RIGHT, bins=1, equal_mass=equal_mass)
        assert error == pytest.approx(abs(RIGHT.mean() - CONFIDENCE.mean()))


def test_equal_confidences_share_a_bin_whatever_the_order():
    confidence, right = np.repeat([0.5, 1.0], [30, 70]), np.arange(100) % 3 > 0
    order = np.random.default_rng(0).permutation(100)
    bins = reliability_bins(confidence, right)
    assert [b[:3] for b in bins] == [(0, 0.5, 30), (0.5, 1, 70)]
    assert reliability_bins(confidence[order], right[order]) == [
        b._replace(confidence=pytest.approx(b.confidence)) for b in bins
    ]
    assert [b.images for b in reliability_bins(np.zeros(4), np.ones(4, bool))] == [4]


def test_bins_of_equal_mass_have_as_many_images_each():
    rng = np.random.default_rng(0)
    confidence = rng.beta(5, 1, 995)
    bins = reliability_bins(confidence, rng.random(995) < confidence)
    assert len(bins) == 10 and {b.images for b in bins} <= {99, 100}
    assert [b.low for b in bins[1:]] == [b.high for b in bins[:-1]]


@pytest.mark.parametrize("equal_mass", [True, False])
def test_calibrated_and_overconfident_readers_are_told_apart(equal_mass):
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.2, 1, 2000)
    low, high = calibrated_range(confidence, equal_mass=equal_mass, draws=200)
    calibrated = rng.random(2000) < confidence
    error = expected_calibration_error(confidence, calibrated, equal_mass=equal_mass)
    assert 0.005 < low < error < high < 0.05
    overconfident = rng.random(2000) < confidence - 0.15
    error = expected_calibration_error(confidence, overconfident, equal_mass=equal_mass)
    assert error == pytest.approx(0.15, abs=0.03)


def test_certain_readings_that_are_right_have_no_error():
    assert calibrated_range(np.ones(20), draws=10) == (0, 0)
    assert expected_calibration_error(np.ones(20), np.ones(20, bool)) == 0
    assert expected_calibration_error(np.ones(20), np.zeros(20, bool)) == 1


def test_brier_score_by_hand():
    # .9 - 0, .1 - 0, .2 - 0, 1 - 1, .6 - 1, .2 - 1.
    assert brier_score(CONFIDENCE, RIGHT) == pytest.approx(
        (0.81 + 0.01 + 0.04 + 0 + 0.16 + 0.64) / 6
    )
    assert brier_score(np.full(9, 0.5), np.arange(9) < 4) == 0.25


def test_bins_and_brier_score_are_those_of_scikit_learn():
    rng = np.random.default_rng(2)
    for images in (5, 50, 500):
        confidence = rng.beta(4, 1, images)
        right = rng.random(images) < confidence
        accuracies, means = calibration_curve(right, confidence, n_bins=10, strategy="uniform")
        bins = reliability_bins(confidence, right, equal_mass=False)
        assert [b.accuracy for b in bins] == pytest.approx(accuracies)
        assert [b.confidence for b in bins] == pytest.approx(means)
        assert brier_score(confidence, right) == pytest.approx(brier_score_loss(right, confidence))


@pytest.mark.parametrize(
    ("confidence", "right", "message"),
    [
        pytest.param([], [], "N at least 1", id="no image"),
        pytest.param([0.5], [True, False], r"\(1,\) and \(2,\)", id="two lengths"),
        pytest.param([[0.5]], [[True]], "must be", id="two dimensions"),
        pytest.param([0.5, 1.1], [True, False], "0.5 to 1.1", id="above 1"),
        pytest.param([-0.1], [True], "-0.1", id="below 0"),
        pytest.param([0.5, np.nan], [True, False], "nan", id="not a number"),
    ],
)
@pytest.mark.parametrize(
    "measure", [reliability_bins, expected_calibration_error, brier_score, reliability_figure]
)
def test_what_is_no_confidence_is_an_error(measure, confidence, right, message):
    with pytest.raises(ValueError, match=message):
        measure(np.array(confidence), np.array(right, dtype=bool))


def test_there_is_a_bin():
    with pytest.raises(ValueError, match="bins is 0"):
        reliability_bins(CONFIDENCE, RIGHT, bins=0)


@pytest.mark.parametrize("equal_mass", [True, False])
def test_the_diagram_shows_bins_intervals_and_a_histogram(equal_mass):
    figure = reliability_figure(CONFIDENCE, RIGHT, bins=5, equal_mass=equal_mass)
    above, below = figure.axes
    bins = reliability_bins(CONFIDENCE, RIGHT, bins=5, equal_mass=equal_mass)
    (bars,) = above.containers
    points, _, (lines,) = bars
    assert points.get_xydata() == pytest.approx(
        np.array([[b.confidence, b.accuracy] for b in bins])
    )
    ends = [[line[0, 1], line[1, 1]] for line in lines.get_segments()]
    assert np.array(ends) == pytest.approx(
        np.array([[b.accuracy_low, b.accuracy_high] for b in bins])
    )
    assert sum(bar.get_height() for bar in below.patches) == 6
    error = expected_calibration_error(CONFIDENCE, RIGHT, bins=5, equal_mass=equal_mass)
    assert f"{error:.3f}" in above.get_title()
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    assert picture.getvalue().startswith(b"\x89PNG")
