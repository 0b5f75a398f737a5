"""How probable a set of digits is, and learning that from labelled images."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from mmdigits.digits import DIGITS
from mmdigits.reading.candidates import PAIRWISE, UNARY, Candidates
from mmdigits.reading.chain import marginals

PENALTY = 1.0  # of half the squared weights in the fit: an unseen feature's weight stays 0
ONE_DIGIT = 0.8  # part of the smaller box; of 3,228 pairs of SVHN's labels one shares more


class ChainModel(NamedTuple):
    """Weights of what speaks for and against digits, in log odds.

    The probability of a set of candidates is that of a chain (:mod:`mmdigits.reading.chain`) with
    these weights, so a single candidate far from others is a digit with the odds that its score
    has after calibration: ``unary[0]`` and ``unary[1]`` are Platt's slope and offset. Tuning moves
    the offset on to where most strings are right. Neighbours that share more than .8 of the
    smaller box are never both digits.

    Source: Platt, Advances in Large Margin Classifiers 1999, eq. 1, for the calibration.

    Attributes:
        unary: One weight for each of ``UNARY``.
        pairwise: One weight for each of ``PAIRWISE``.
        digits: What is added for each of the ten digits: a detector may be too sure of its "8" and
            too shy of its "2".
    """

    unary: tuple[float, ...]
    pairwise: tuple[float, ...]
    digits: tuple[float, ...] = (0.0,) * len(DIGITS)

    def weigh(self, candidates: Candidates) -> tuple[np.ndarray, np.ndarray]:
        """Weigh the candidates of one image.

        Args:
            candidates: K of them.

        Returns:
            ``weights`` ``(K,)`` and ``links`` ``(K, K)`` as :mod:`mmdigits.reading.chain` has them.
        """
        weights = candidates.unary @ self.unary + np.array(self.digits)[candidates.labels]
        return weights, _links(candidates.pairwise, np.array(self.pairwise))


def fit_chain_model(candidates: Sequence[Candidates], chosen: Sequence[np.ndarray]) -> ChainModel:
    """Find the weights that make the true sets most probable.

    The likelihood is concave, so there is one best solution, up to a small penalty on large
    weights. Images without candidates teach nothing.

    Args:
        candidates: Those of each image.
        chosen: ``(K,)`` bool for each image, which of its candidates are its digits; a digit that
            has no candidate is in none of the sets.

    Returns:
        The model.
    """
    pairs = [(c, s) for c, s in zip(candidates, chosen, strict=True) if len(c.labels)]
    unary, pairwise, there = _padded([candidate for candidate, _ in pairs])
    true_sum = _true_features(pairs)
    singles = unary.shape[-1]

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        weights = np.where(there, unary @ parameters[:singles], -np.inf)
        used, follows, total = marginals(weights, pairwise @ parameters[singles:])
        expected = np.concatenate(
            [np.einsum("nk,nkf->f", used, unary), np.einsum("nij,nijf->f", follows, pairwise)]
        )
        value = total.sum() - true_sum @ parameters + PENALTY / 2 * parameters @ parameters
        return value, expected - true_sum + PENALTY * parameters

    found = minimize(loss, np.zeros(len(true_sum)), jac=True, method="L-BFGS-B").x.tolist()
    return ChainModel(
        tuple(found[: len(UNARY)]), tuple(found[singles:]), tuple(found[len(UNARY) : singles])
    )


def _links(pairwise: np.ndarray, weights: np.ndarray) -> np.ndarray:
    one_digit = pairwise[..., PAIRWISE.index("containment")] > ONE_DIGIT
    return np.where(one_digit, -np.inf, pairwise @ weights)


def _single_features(candidate: Candidates) -> np.ndarray:
    return np.concatenate([candidate.unary, np.eye(len(DIGITS))[candidate.labels]], axis=1)


def _padded(candidates: Sequence[Candidates]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    most = max((len(c.labels) for c in candidates), default=1)
    unary = np.zeros((len(candidates), most, len(UNARY) + len(DIGITS)))
    pairwise = np.zeros((len(candidates), most, most, len(PAIRWISE)))
    there = np.zeros((len(candidates), most), dtype=bool)
    for number, candidate in enumerate(candidates):
        count = len(candidate.labels)
        unary[number, :count] = _single_features(candidate)
        pairwise[number, :count, :count] = candidate.pairwise
        there[number, :count] = True
    return unary, pairwise, there


def _true_features(pairs: Sequence[tuple[Candidates, np.ndarray]]) -> np.ndarray:
    total = np.zeros(len(UNARY) + len(DIGITS) + len(PAIRWISE))
    for candidate, is_digit in pairs:
        chain = np.nonzero(is_digit)[0]
        total[: len(UNARY) + len(DIGITS)] += _single_features(candidate)[chain].sum(axis=0)
        total[len(UNARY) + len(DIGITS) :] += candidate.pairwise[chain[:-1], chain[1:]].sum(axis=0)
    return total
