"""Sums and maxima over all chains of ordered candidates, exactly, by dynamic programming.

A chain is any subset of the candidates, read in their order, the empty one included. It weighs the
sum of its candidates' weights and of the links between neighbours in it; its probability is the
exponential of that over the sum for all chains: a linear-chain conditional random field in which
every candidate may be left out.

Source: Lafferty, McCallum and Pereira, ICML 2001, for the model; Rabiner, Proc. IEEE 1989, for the
forward and backward recursions (eq. 19 to 25) and Viterbi's (eq. 32 to 35), here in logarithms.

All functions work on a batch of N images with up to K candidates each. ``weights`` is ``(N, K)``,
-inf where an image has no more candidates; ``links`` is ``(N, K, K)``, the link from the earlier
first index to the later second one; nothing else of it is used.
"""

import numpy as np


def forward(weights: np.ndarray, links: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum over the chains that end with each candidate.

    Args:
        weights: See the module.
        links: See the module.

    Returns:
        ``(N, K)`` logarithm of the sum over the chains that end with a candidate, and ``(N,)`` that
        of all chains: 0 where there is no candidate.
    """
    ends = np.full_like(weights, -np.inf)
    for last in range(weights.shape[1]):
        before = np.logaddexp.reduce(ends[:, :last] + links[:, :last, last], axis=1)
        ends[:, last] = weights[:, last] + np.logaddexp(0, before)
    return ends, np.logaddexp(0, np.logaddexp.reduce(ends, axis=1))


def marginals(weights: np.ndarray, links: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find how probable each candidate and each pair of neighbours is.

    Args:
        weights: See the module; at least one candidate.
        links: See the module.

    Returns:
        ``(N, K)`` probability that a candidate is in the chain; ``(N, K, K)`` that the first is
        directly before the second in it; ``(N,)`` logarithm of the sum over all chains.
    """
    ends, total = forward(weights, links)
    after = np.zeros_like(weights)
    candidates = weights.shape[1]
    for first in range(candidates - 2, -1, -1):
        rest = links[:, first, first + 1 :] + weights[:, first + 1 :] + after[:, first + 1 :]
        after[:, first] = np.logaddexp(0, np.logaddexp.reduce(rest, axis=1))
    used = np.exp(ends + after - total[:, None])
    pairs = ends[:, :, None] + links + (weights + after)[:, None, :] - total[:, None, None]
    later = np.triu(np.ones((candidates, candidates), dtype=bool), k=1)
    return used, np.where(later, np.exp(np.where(later, pairs, -np.inf)), 0), total
