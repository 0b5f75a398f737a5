import numpy as np
import pytest
from detection_rows import detections

from mmdigits.reading.candidates import find_candidates
from mmdigits.reading.confidence_model import (
    ConfidenceModel,
    StringFeatures,
    fit_confidence_model,
    string_features,
)

pytestmark = pytest.mark.filterwarnings("error")

NO_FEATURES = StringFeatures(*[0.0] * len(StringFeatures._fields))
READ = NO_FEATURES._replace(digits=2.0)
ROWS = [(1, 0, 0, 10, 20, 0.9), (2, 12, 0, 10, 20, 0.8), (3, 24, 0, 10, 20, 0.7)]


def features_of(share, digits, rows=ROWS):
    digits = np.array(digits, dtype=np.int64)
    read = digits if len(digits) else np.array([0])
    return string_features(share, find_candidates(detections(*rows), read, 0.05), digits)


def readings(count: int, slope: float, offset: float) -> tuple[list[StringFeatures], list[bool]]:
    """Readings that are right with the odds exp(slope * log_odds + offset)."""
    rng = np.random.default_rng(0)
    log_odds = rng.uniform(-4, 8, count)
    right = rng.random(count) < 1 / (1 + np.exp(-slope * log_odds - offset))
    return [READ._replace(log_odds=float(x)) for x in log_odds], right.tolist()


def test_an_empty_string_has_no_features():
    assert features_of(0.7, []) == NO_FEATURES


def test_the_log_odds_are_those_of_the_share():
    assert features_of(0.8, [0, 1]).log_odds == pytest.approx(np.log(4))
    assert features_of(0.5, [0, 1]).log_odds == 0


def test_the_digits_are_counted():
    assert [features_of(0.5, range(count)).digits for count in (1, 2, 3)] == [1, 2, 3]


@pytest.mark.parametrize("share", [0.0, 1e-300, 1 - 1e-16, 1.0])
def test_features_are_finite_for_shares_at_the_ends(share):
    assert np.isfinite(features_of(share, [0, 1])).all()


def test_features_do_not_need_the_digits_among_the_candidates():
    candidates = find_candidates(detections(*ROWS), np.array([0]), 0.85)
    assert candidates.indices.tolist() == [0]
    for digits in ([0, 1], [1, 2]):
        found = string_features(0.0, candidates, np.array(digits))
        assert np.isfinite(found).all() and found.digits == 2


@pytest.mark.parametrize("log_odds", [-1e6, -12.0, 0.0, 12.0, 1e6])
def test_probabilities_are_within_zero_and_one(log_odds):
    model = ConfidenceModel((1.0,) * len(NO_FEATURES), 0.5, 0.3)
    assert 0 <= model.probability(READ._replace(log_odds=log_odds)) <= 1


def test_the_probability_is_the_logistic_of_the_weighted_features():
    weights = tuple(0.1 * number for number in range(1, len(NO_FEATURES) + 1))
    features = StringFeatures(*[1.0] * len(NO_FEATURES))
    logit = sum(weights) - 0.3
    probability = ConfidenceModel(weights, -0.3, 0.2).probability(features)
    assert probability == pytest.approx(1 / (1 + np.exp(-logit)))


def test_an_empty_string_has_the_probability_of_empty_strings():
    assert ConfidenceModel((1.0,) * len(NO_FEATURES), 2.0, 0.3).probability(NO_FEATURES) == 0.3


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.5, -1.0), (2.0, 1.0)])
def test_a_fitted_model_gives_the_rates_at_which_readings_are_right(slope, offset):
    features, right = readings(2000, slope, offset)
    model = fit_confidence_model(features, right)
    found = np.array([model.probability(one) for one in features])
    assert found.mean() == pytest.approx(np.mean(right), abs=0.005)
    log_odds = np.array([one.log_odds for one in features])
    expected = 1 / (1 + np.exp(-slope * log_odds - offset))
    assert np.abs(found - expected).max() < 0.06
    assert (np.diff(found[np.argsort(log_odds)]) >= 0).all()


def test_empty_strings_are_learned_apart():
    features, right = readings(300, 1.0, 0.0)
    alone = fit_confidence_model(features, right)
    model = fit_confidence_model([*features, *[NO_FEATURES] * 8], right + [True] * 2 + [False] * 6)
    assert model.empty == 0.3  # 3 of 10: one more of each
    assert model.probability(features[0]) == pytest.approx(alone.probability(features[0]))
    assert alone.empty == 0.5


@pytest.mark.parametrize("truth", [True, False], ids=["all right", "all wrong"])
def test_readings_of_one_outcome_give_its_share_off_zero_and_one(truth):
    model = fit_confidence_model([READ._replace(log_odds=float(x)) for x in range(8)], [truth] * 8)
    expected = 0.9 if truth else 0.1  # 9 or 1 of 10
    for log_odds in (-5.0, 0.0, 5.0):
        assert model.probability(READ._replace(log_odds=log_odds)) == pytest.approx(expected)


@pytest.mark.parametrize("truth", [True, False], ids=["all right", "all wrong"])
def test_empty_strings_alone_say_nothing_about_others(truth):
    model = fit_confidence_model([NO_FEATURES] * 8, [truth] * 8)
    assert model.probability(NO_FEATURES) == pytest.approx(0.9 if truth else 0.1)
    assert model.probability(READ) == 0.5


def test_nothing_to_learn_from_leaves_even_odds():
    model = fit_confidence_model([], [])
    assert model.probability(READ) == model.probability(NO_FEATURES) == 0.5


def test_a_fitted_model_is_made_of_plain_numbers():
    model = fit_confidence_model(*readings(100, 1.0, 0.0))
    assert len(model.weights) == len(NO_FEATURES)
    assert all(type(number) is float for number in (*model.weights, model.offset, model.empty))
