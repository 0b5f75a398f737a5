"""The recursions against the sum and the maximum over all subsets, written out."""

from collections import defaultdict
from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.special import logsumexp

from mmdigits.reading.candidates import Candidates
from mmdigits.reading.chain import forward, marginals
from mmdigits.reading.lattice import Lattice

pytestmark = pytest.mark.filterwarnings("error")

CASES = 300
MOST = 8


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, links and digits of up to 8 candidates; what must not be used is NaN."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, MOST + 1))
    spread = [0.3, 2, 10][seed % 3]
    links = rng.normal(-spread / 4, spread, (count, count))
    links[np.tril_indices(count)] = np.nan
    return rng.normal(0, spread, count), links, rng.integers(0, [10, 2][seed % 2], count)


def chains(weights: np.ndarray, links: np.ndarray) -> dict[tuple[int, ...], float]:
    """The weight of every chain."""
    return {
        chain: sum(weights[i] for i in chain) + sum(links[i, j] for i, j in pairwise(chain))
        for size in range(len(weights) + 1)
        for chain in combinations(range(len(weights)), size)
    }


def lattice_of(weights, links, labels) -> Lattice:
    count = len(labels)
    nothing = np.zeros((count, 0)), np.zeros((count, count, 0))
    return Lattice(Candidates(np.arange(count), labels, *nothing), weights, links)


def spelled(weights, links, labels) -> tuple[dict[str, float], dict[str, float]]:
    """The probability of every string and the weight of its heaviest chain."""
    all_chains = chains(weights, links)
    total = logsumexp(list(all_chains.values()))
    share, heaviest = defaultdict(float), defaultdict(lambda: -np.inf)
    for chain, weight in all_chains.items():
        string = "".join(str(labels[i]) for i in chain)
        share[string] += np.exp(weight - total)
        heaviest[string] = max(heaviest[string], weight)
    return share, heaviest


@pytest.fixture(scope="module")
def batch() -> tuple[np.ndarray, np.ndarray]:
    """All random cases in one batch."""
    weights = np.full((CASES, MOST), -np.inf)
    links = np.zeros((CASES, MOST, MOST))
    for seed in range(CASES):
        of_case, links_of_case, _ = random_case(seed)
        weights[seed, : len(of_case)] = of_case
        links[seed, : len(of_case), : len(of_case)] = links_of_case
    return weights, links


def test_the_sum_is_that_of_all_chains(batch):
    ends, total = forward(*batch)
    for seed in range(CASES):
        weights, links, _ = random_case(seed)
        all_chains = chains(weights, links)
        assert total[seed] == pytest.approx(logsumexp(list(all_chains.values())), abs=1e-9)
        for last in range(len(weights)):
            those = [w for chain, w in all_chains.items() if chain and chain[-1] == last]
            assert ends[seed, last] == pytest.approx(logsumexp(those), abs=1e-9)


def test_candidates_and_neighbours_have_the_probability_of_the_chains_they_are_in(batch):
    used, follows, total = marginals(*batch)
    assert total.tolist() == forward(*batch)[1].tolist()
    for seed in range(CASES):
        weights, links, _ = random_case(seed)
        expected, pairs = np.zeros(MOST), np.zeros((MOST, MOST))
        for chain, weight in chains(weights, links).items():
            probability = np.exp(weight - total[seed])
            expected[list(chain)] += probability
            for i, j in pairwise(chain):
                pairs[i, j] += probability
        assert used[seed] == pytest.approx(expected, abs=1e-9)
        assert follows[seed] == pytest.approx(pairs, abs=1e-9)


def test_candidates_that_are_not_there_change_nothing(batch):
    used, follows, total = marginals(*batch)
    for seed in range(20):
        weights, links, _ = random_case(seed)
        count = len(weights)
        alone = marginals(weights[None], links[None])
        assert alone[0][0] == pytest.approx(used[seed, :count], abs=1e-12)
        assert alone[1][0] == pytest.approx(follows[seed, :count, :count], abs=1e-12)
        assert alone[2][0] == pytest.approx(total[seed], abs=1e-12)
        assert not used[seed, count:].any()


def test_an_image_without_candidates_among_others_has_the_empty_chain_alone():
    weights = np.array([[-np.inf, -np.inf], [0.0, -np.inf]])
    used, follows, total = marginals(weights, np.zeros((2, 2, 2)))
    assert total.tolist() == pytest.approx([0, np.log(2)])
    assert used.tolist() == [[0, 0], [pytest.approx(0.5), 0]]
    assert not follows.any()


def test_without_any_candidate_the_sum_is_that_of_the_empty_chain():
    ends, total = forward(np.zeros((3, 0)), np.zeros((3, 0, 0)))
    assert ends.shape == (3, 0) and total.tolist() == [0, 0, 0]


def test_large_weights_do_not_overflow():
    weights = np.array([[1000.0, -1000.0, 900.0]])
    links = np.full((1, 3, 3), -5000.0)
    used, follows, total = marginals(weights, links)
    assert total.tolist() == [1000]
    assert used[0].tolist() == pytest.approx([1, 0, 0]) and follows.max() < 1e-40


def test_the_input_is_left_alone(batch):
    before = [part.copy() for part in batch]
    marginals(*batch)
    for part, copy in zip(batch, before, strict=True):
        np.testing.assert_array_equal(part, copy)


def test_the_best_chain_is_as_heavy_as_any():
    for seed in range(CASES):
        weights, links, labels = random_case(seed)
        all_chains = chains(weights, links)
        best = lattice_of(weights, links, labels).best_chain()
        assert best.dtype == np.int64 and (np.diff(best) > 0).all()
        assert all_chains[tuple(best.tolist())] == pytest.approx(max(all_chains.values()))


def test_the_shares_are_the_strings_probabilities_and_add_up_to_one():
    for seed in range(CASES // 2):
        case = random_case(seed)
        lattice, (share, _) = lattice_of(*case), spelled(*case)
        found = {string: lattice.share(string) for string in share}
        assert found == pytest.approx(share, abs=1e-9)
        assert sum(found.values()) == pytest.approx(1)
        assert all(0 <= value <= 1 for value in found.values())


@pytest.mark.parametrize("breadth", [1, 3, 8])
def test_the_likely_strings_are_those_with_the_heaviest_chains(breadth):
    for seed in range(CASES // 2):
        case = random_case(seed)
        _, heaviest = spelled(*case)
        expected = sorted(heaviest, key=lambda string: -heaviest[string])[:breadth]
        assert lattice_of(*case).likely_strings(breadth) == expected


def test_the_likeliest_string_is_that_of_the_best_chain():
    for seed in range(CASES):
        *case, labels = random_case(seed)
        lattice = lattice_of(*case, labels)
        string = "".join(map(str, labels[lattice.best_chain()]))
        assert lattice.likely_strings()[0] == string


def test_a_string_that_cannot_be_spelled_has_no_share():
    lattice = lattice_of(np.zeros(2), np.zeros((2, 2)), np.array([1, 2]))
    assert [lattice.share(string) for string in ("3", "21", "11", "123")] == [0, 0, 0, 0]
    assert [lattice.share(string) for string in ("", "1", "2", "12")] == pytest.approx([0.25] * 4)


def test_chains_that_spell_the_same_are_summed():
    # "1" by either candidate, "11" by both.
    lattice = lattice_of(np.log([2.0, 3.0]), np.zeros((2, 2)), np.array([1, 1]))
    assert lattice.share("1") == pytest.approx(5 / 12)
    assert lattice.share("11") == pytest.approx(6 / 12)


def test_without_candidates_the_empty_string_is_certain():
    lattice = lattice_of(np.zeros(0), np.zeros((0, 0)), np.zeros(0, dtype=np.int64))
    assert lattice.best_chain().shape == (0,) and lattice.best_chain().dtype == np.int64
    assert lattice.share("") == 1 and lattice.share("1") == 0
    assert lattice.likely_strings() == [""]


def test_leaving_all_out_is_best_where_nothing_weighs_more_than_nothing():
    lattice = lattice_of(np.array([0.0, -1.0]), np.zeros((2, 2)), np.array([1, 2]))
    assert lattice.best_chain().tolist() == []


def test_of_equal_chains_the_one_that_ends_first_is_best():
    # The first and second together weigh as much as the third or the fourth alone.
    links = np.full((4, 4), -9.0)
    links[0, 1] = 0
    lattice = lattice_of(np.array([0.5, 0.5, 1.0, 1.0]), links, np.array([1, 2, 3, 4]))
    assert lattice.best_chain().tolist() == [0, 1]
    assert set(lattice.likely_strings(3)) == {"12", "3", "4"}
