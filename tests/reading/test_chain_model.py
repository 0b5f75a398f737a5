from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

from mmdigits.reading.candidates import PAIRWISE, UNARY, Candidates
from mmdigits.reading.chain_model import PENALTY, ChainModel, fit_chain_model

pytestmark = pytest.mark.filterwarnings("error")

TRUE = ChainModel(
    (1.2, -0.5, -1.0, 0.8),
    (-2.0, 0.7, -0.6, 0.5, -0.9),
    (0.6, -0.3, 0.0, 0.2, -0.4, 0.1, 0.0, -0.6, 0.3, 0.1),
)


def random_candidates(rng: np.random.Generator, count: int) -> Candidates:
    unary = rng.normal(0, 1, (count, len(UNARY)))
    unary[:, UNARY.index("one")] = 1
    pairwise = rng.normal(0, 1, (count, count, len(PAIRWISE)))
    return Candidates(np.arange(count), rng.integers(0, 10, count), unary, pairwise)


def all_chains(candidates: Candidates) -> tuple[np.ndarray, np.ndarray]:
    """Every subset as a mask, (C, K), and the sum of its features, (C, F)."""
    count = len(candidates.labels)
    of_digits = np.eye(10)[candidates.labels]
    masks, features = [], []
    for size in range(count + 1):
        for chain in map(list, combinations(range(count), size)):
            masks.append(np.isin(np.arange(count), chain))
            links = candidates.pairwise[chain[:-1], chain[1:]]
            features.append(
                [*candidates.unary[chain].sum(0), *links.sum(0), *of_digits[chain].sum(0)]
            )
    return np.array(masks, dtype=bool).reshape(len(masks), count), np.array(features)


def draw(rng: np.random.Generator, candidates: Candidates, model: ChainModel) -> np.ndarray:
    """One subset with the probability that the model gives it."""
    masks, features = all_chains(candidates)
    weights = features @ flat(model)
    return masks[rng.choice(len(masks), p=np.exp(weights - logsumexp(weights)))]


@pytest.fixture(scope="module")
def sample() -> tuple[list[Candidates], list[np.ndarray]]:
    """1,500 images with 0 to 5 candidates and true digits drawn from the true model."""
    rng = np.random.default_rng(0)
    candidates = [random_candidates(rng, int(rng.integers(0, 6))) for _ in range(1500)]
    return candidates, [draw(rng, one, TRUE) for one in candidates]


def flat(model: ChainModel) -> np.ndarray:
    return np.concatenate(model)


def test_candidates_are_weighed_by_their_features():
    candidates = random_candidates(np.random.default_rng(0), 3)
    weights, links = TRUE.weigh(candidates)
    assert weights.shape == (3,) and links.shape == (3, 3)
    of_digit = TRUE.digits[candidates.labels[1]]
    assert weights[1] == pytest.approx(sum(candidates.unary[1] * TRUE.unary) + of_digit)
    assert links[0, 2] == pytest.approx(sum(candidates.pairwise[0, 2] * TRUE.pairwise))


def test_no_candidates_weigh_nothing():
    weights, links = TRUE.weigh(random_candidates(np.random.default_rng(0), 0))
    assert weights.shape == (0,) and links.shape == (0, 0)


def test_the_fit_finds_the_weights_that_the_digits_were_drawn_from(sample):
    found = fit_chain_model(*sample)
    assert found.unary == pytest.approx(TRUE.unary, abs=0.15)
    assert found.pairwise == pytest.approx(TRUE.pairwise, abs=0.15)
    assert found.digits == pytest.approx(TRUE.digits, abs=0.3)


def test_the_fit_is_the_most_probable_one(sample):
    candidates, chosen = (part[:150] for part in sample)
    tables = [all_chains(one) for one in candidates]
    true = [
        features[(masks == is_digit).all(axis=1)][0]
        for (masks, features), is_digit in zip(tables, chosen, strict=True)
    ]

    def loss(parameters: np.ndarray) -> float:
        sums = sum(logsumexp(features @ parameters) for _, features in tables)
        return sums - sum(true) @ parameters + PENALTY / 2 * parameters @ parameters

    best = flat(fit_chain_model(candidates, chosen))
    slope = approx_fprime(best, loss, 1e-6)
    assert slope == pytest.approx(0, abs=0.02)
    assert np.abs(approx_fprime(np.zeros(len(best)), loss, 1e-6)).max() > 10
    for index, step in enumerate(np.eye(len(best)) * 0.05):
        assert loss(best) < min(loss(best - step), loss(best + step)), index


def test_single_candidates_are_calibrated_as_logistic_regression_does():
    rng = np.random.default_rng(1)
    log_odds, labels = rng.normal(0, 2, 400), rng.integers(0, 10, 400)
    is_digit = rng.random(400) < 1 / (1 + np.exp(0.7 - 1.8 * log_odds - 0.3 * (labels == 7)))
    candidates = [
        Candidates(np.arange(1), np.array([digit]), np.array([[x, 1, 0, 0]]), np.zeros((1, 1, 5)))
        for x, digit in zip(log_odds, labels, strict=True)
    ]
    table = np.hstack([np.stack([log_odds, np.ones(400)], axis=1), np.eye(10)[labels]])
    logistic = LogisticRegression(C=1 / PENALTY, fit_intercept=False, tol=1e-8)
    expected = logistic.fit(table, is_digit).coef_[0]
    found = fit_chain_model(candidates, is_digit[:, None])
    assert [*found.unary[:2], *found.digits] == pytest.approx(expected, abs=2e-3)


def test_a_feature_that_never_occurs_gets_no_weight():
    one = Candidates(np.arange(1), np.array([1]), np.array([[2.0, 1, 0, 0]]), np.zeros((1, 1, 5)))
    found = fit_chain_model([one] * 20, [np.array([True])] * 20)
    assert found.unary[2:] == (0, 0) and found.pairwise == (0,) * 5
    assert found.digits[0] == 0 and found.digits[1] > 0


def test_images_without_candidates_teach_nothing(sample):
    candidates, chosen = (part[:200] for part in sample)
    some = [index for index, one in enumerate(candidates) if len(one.labels)]
    assert 0 < len(some) < 200
    without = fit_chain_model([candidates[i] for i in some], [chosen[i] for i in some])
    assert fit_chain_model(candidates, chosen) == without


def test_nothing_to_learn_from_leaves_all_weights_at_zero():
    nothing = random_candidates(np.random.default_rng(0), 0)
    for count in (0, 3):
        found = fit_chain_model([nothing] * count, [np.zeros(0, dtype=bool)] * count)
        assert found == ChainModel((0,) * len(UNARY), (0,) * len(PAIRWISE))


@pytest.mark.parametrize("truth", [True, False], ids=["all true", "none true"])
def test_one_kind_of_candidates_gives_finite_weights_that_say_so(truth):
    rng = np.random.default_rng(0)
    candidates = [random_candidates(rng, 1) for _ in range(50)]
    found = fit_chain_model(candidates, [np.array([truth])] * 50)
    assert np.isfinite(flat(found)).all()
    says_digit = [found.weigh(one)[0][0] > 0 for one in candidates]
    assert says_digit == [truth] * 50


def test_the_fit_is_a_reader_option(sample):
    found = fit_chain_model(*(part[:20] for part in sample))
    assert all(type(weight) is float for part in found for weight in part)
    assert hash(found) == hash(ChainModel(*found))
