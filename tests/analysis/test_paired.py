import json
import math

import numpy as np
import pytest
from made_detections import write_made
from scipy.stats import binom

from mmdigits.analysis.average_precision import AveragePrecision
from mmdigits.analysis.bootstrap import accuracy_bootstrap, basic_interval, draws
from mmdigits.analysis.paired_accuracy import paired_accuracy
from mmdigits.analysis.paired_mean_ap import paired_mean_ap
from mmdigits.analysis.strings import accuracy_interval
from mmdigits.errors import InputError
from mmdigits.files.annotations import Annotation, ImageRecord
from mmdigits.files.detections import Detections, read_detections
from mmdigits.files.image_set import read_image_set


def two_runs(both: int, only_a: int, only_b: int, neither: int):
    """Which images two runs read right."""
    counts = (both, only_a, only_b, neither)
    return np.repeat([True, True, False, False], counts), np.repeat(
        [True, False, True, False], counts
    )


@pytest.mark.parametrize(
    ("table", "interval"),
    [
        # In the papers' sequence; Bentur and Cavo as in Fagerland, Lydersen and Laake, Statistical
        # Analysis of Contingency Tables, 2017; Altman and others, Statistics with Confidence, 2000.
        pytest.param((36, 2, 12, 0), (0.0569, 0.3404), id="Newcombe"),
        pytest.param((1, 7, 1, 12), (-0.5069, -0.0256), id="Bentur"),
        pytest.param((59, 16, 6, 80), (-0.1186, -0.0046), id="Cavo"),
        pytest.param((14, 0, 5, 22), (0.0115, 0.2265), id="Altman"),
    ],
)
def test_the_interval_is_that_of_published_examples(table, interval):
    result = paired_accuracy(*two_runs(*table))
    assert (result.low, result.high) == pytest.approx(interval, abs=6e-5)
    assert result.low < result.difference < result.high


def test_the_comparison_counts_images():
    a = [True, True, True, False, False]
    b = [True, False, False, True, False]
    result = paired_accuracy(a, b)
    assert result[:8] == (5, 3 / 5, 2 / 5, 1, 2, 1, 1, -1 / 5)
    swapped = paired_accuracy(b, a)
    assert (swapped.low, swapped.high) == pytest.approx((-result.high, -result.low))
    assert swapped.p == result.p


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [
        (0, 0, 1),
        (3, 3, 1),
        (0, 5, 2 / 32),
        (1, 7, 2 * 9 / 256),  # none or one of eight, on either side
        (9, 2, 2 * (1 + 11 + 55) / 2048),
    ],
)
def test_p_is_mcnemars_exact_one(only_a, only_b, p):
    assert paired_accuracy(*two_runs(10, only_a, only_b, 10)).p == pytest.approx(p)


@pytest.mark.parametrize("table", [(20, 0, 0, 0), (0, 0, 0, 20), (0, 20, 0, 0), (0, 0, 20, 0)])
def test_runs_without_contrast_have_an_interval(table):
    result = paired_accuracy(*two_runs(*table))
    assert -1 <= result.low <= result.difference <= result.high <= 1
    assert result.high - result.low > 0.1


def test_a_pairing_that_agrees_narrows_the_interval():
    # 80% and 84% of 300, once wrong on nearly the same images, once on others.
    alike = paired_accuracy(*two_runs(238, 2, 14, 46))
    apart = paired_accuracy(*two_runs(200, 40, 52, 8))
    assert alike.difference == apart.difference == 12 / 300
    assert alike.low > 0 and alike.p < 0.01
    assert apart.low < 0 and apart.p > 0.2
    # An interval of independent runs by itself: Newcombe's without a correlation.
    down = 252 / 300 - accuracy_interval(252, 300)[0]
    up = accuracy_interval(240, 300)[1] - 240 / 300
    assert 12 / 300 - alike.low < math.hypot(down, up) < 12 / 300 - apart.low


def test_the_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    cells = [0.75, 0.04, 0.07, 0.14]
    covered = 0
    for table in rng.multinomial(300, cells, size=400):
        result = paired_accuracy(*two_runs(*table))
        covered += result.low <= cells[2] - cells[1] <= result.high
    # At 95%, 400 tries give 367 or fewer, or 392 or more, once in 200.
    assert binom.ppf(0.0025, 400, 0.95) <= covered <= binom.ppf(0.9975, 400, 0.95)


@pytest.mark.parametrize(("a", "b"), [([], []), ([True], [True, False]), ([[True]], [[True]])])
def test_runs_on_other_images_are_an_error(a, b):
    with pytest.raises(ValueError, match="of the same images"):
        paired_accuracy(a, b)


def test_draws_are_the_same_for_one_seed():
    first, again = list(draws(5, 3, seed=1)), list(draws(5, 3, seed=1))
    assert len(first) == 3 and all(len(d) == 5 and set(d) <= set(range(5)) for d in first)
    assert np.array_equal(first, again) and not np.array_equal(first, list(draws(5, 3, seed=2)))


def test_the_basic_interval_turns_the_draws_round():
    # Draws from 0 to 1 around .8: .8 below and .2 above become .2 below and .8 above.
    low, high = basic_interval(0.8, np.linspace(0, 1, 1001), confidence=0.9)
    assert (low, high) == pytest.approx((1.6 - 0.95, 1.6 - 0.05))


@pytest.mark.parametrize("right", [150, 240, 285])
def test_the_bootstrap_of_accuracy_agrees_with_wilson(right):
    outcomes = np.arange(300) < right
    interval = accuracy_bootstrap(outcomes, resamples=2000)
    assert interval == pytest.approx(accuracy_interval(right, 300), abs=0.01)


def test_the_bootstrap_of_certain_accuracies_has_no_width():
    assert accuracy_bootstrap([True] * 9, resamples=20) == (1, 1)
    assert accuracy_bootstrap([False], resamples=20) == (0, 0)
    with pytest.raises(ValueError, match="no image"):
        accuracy_bootstrap([])


@pytest.fixture
def precisions(svhn, tmp_path):
    """Average precisions of two runs that miss 10% and 14% of the digits of 300 photographs."""
    labels = svhn / "valid.json"
    images = read_image_set(labels=labels)
    return [
        AveragePrecision(
            images.records,
            read_detections(write_made(tmp_path / "p.json", labels, seed, missed=missed), images),
        )
        for seed, missed in ((0, 0.1), (1, 0.14))
    ]


def test_both_runs_are_scored_on_the_same_draws(precisions):
    a, b = precisions
    result = paired_mean_ap(a, b, resamples=100, seed=5)
    values = np.array([(a.of(drawn), b.of(drawn)) for drawn in draws(300, 100, seed=5)])
    difference = b.at() - a.at()
    differences = values[:, 1] - values[:, 0]
    low, high = 2 * difference - np.quantile(differences, [0.975, 0.025])
    assert (result.a, result.b, result.difference) == (a.at(), b.at(), difference)
    assert (result.low, result.high) == pytest.approx((low, high))
    assert (result.a_low, result.a_high) == pytest.approx(a.interval(100, seed=5))
    assert (result.b_low, result.b_high) == pytest.approx(b.interval(100, seed=5))
    assert result.resamples == 100 and difference < 0
    # Symmetric in the runs.
    swapped = paired_mean_ap(b, a, resamples=100, seed=5)
    assert (swapped.low, swapped.high) == pytest.approx((-result.high, -result.low))
    assert swapped.p == result.p


def test_p_is_where_the_interval_reaches_zero(precisions):
    result = paired_mean_ap(*precisions, resamples=200)
    assert 0.01 < result.p < 0.5
    for step, excluded in ((0.02, True), (-0.02, False)):
        interval = paired_mean_ap(*precisions, resamples=200, confidence=1 - result.p - step)
        assert (not interval.low <= 0 <= interval.high) == excluded


def test_a_run_does_not_differ_from_itself(precisions):
    result = paired_mean_ap(precisions[0], precisions[0], resamples=20)
    assert (result.difference, result.low, result.high, result.p) == (0, 0, 0, 1)


def records(*truths: str) -> list[ImageRecord]:
    return [
        ImageRecord(
            *(number, f"{number}.png", None),
            [Annotation((10.0 * i, 0.0, 10.0 * i + 9, 20.0), int(d), False) for i, d in digits],
        )
        for number, digits in enumerate(map(enumerate, truths))
    ]


def test_draws_without_a_true_box_do_not_count():
    nothing = AveragePrecision(records("", "1"), {})
    result = paired_mean_ap(nothing, nothing, resamples=100)
    assert 50 < result.resamples < 95  # a quarter has the first image twice
    empty = AveragePrecision(records("", ""), {})
    with pytest.raises(InputError, match="no true box in 20 draws"):
        paired_mean_ap(empty, empty, resamples=20)


def test_runs_on_other_images_have_no_map_in_common():
    a, b = AveragePrecision(records("1", "2"), {}), AveragePrecision(records("1"), {})
    with pytest.raises(ValueError, match="2 and 1 images"):
        paired_mean_ap(a, b)


def test_a_draw_of_images_is_a_set_of_just_these():
    box = np.array([[0.0, 0.0, 9.0, 20.0]])
    found = {0: Detections(box, np.array([1]), np.array([0.9]))}
    average_precision = AveragePrecision(records("1", "1", ""), found)
    # One of two, found first: precision 1 up to recall .5, 51 of 101 recalls.
    assert average_precision.of(np.array([0, 1])) == pytest.approx(51 / 101)
    assert average_precision.of(np.array([0, 0, 2])) == pytest.approx(1)
    assert average_precision.of(np.array([0, 0, 0, 1])) == pytest.approx(76 / 101)
    assert average_precision.of(np.array([1])) == 0
    assert average_precision.of(np.array([2, 2])) == -1
    assert json.dumps(average_precision.at()) == json.dumps(average_precision.of(np.arange(3)))
