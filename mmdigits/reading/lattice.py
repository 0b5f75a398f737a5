"""All that one image's candidates can spell, each with its weight."""

from functools import cached_property

import numpy as np

from mmdigits.reading.candidates import Candidates
from mmdigits.reading.chain import forward


class Lattice:
    """The chains of one image's candidates (:mod:`mmdigits.reading.chain`).

    Args:
        candidates: K of them, in reading order.
        weights: ``(K,)`` float, what each weighs.
        links: ``(K, K)`` float, what each pair of neighbours weighs, the earlier first.
    """

    def __init__(self, candidates: Candidates, weights: np.ndarray, links: np.ndarray) -> None:
        self.candidates = candidates
        self.weights = weights
        self.links = links

    @cached_property
    def _total(self) -> float:
        return float(forward(self.weights[None], self.links[None])[1][0])

    def best_chain(self) -> np.ndarray:
        """Find the most probable chain.

        Returns:
            ``(M,)`` int64 candidates in order; empty when leaving all out is best. Of chains that
            weigh the same the one that ends first.
        """
        best = np.zeros(len(self.weights))
        previous = np.full(len(self.weights), -1)
        for last, weight in enumerate(self.weights):
            best[last] = weight
            through = best[:last] + self.links[:last, last]
            first = int(np.argmax(through)) if last else -1
            if last and through[first] > 0:
                best[last] += through[first]
                previous[last] = first
        chain: list[int] = []
        last = int(np.argmax(best)) if best.max(initial=0) > 0 else -1
        while last >= 0:
            chain.append(last)
            last = int(previous[last])
        return np.array(chain[::-1], dtype=np.int64)

    def share(self, string: str) -> float:
        """Sum the probabilities of the chains that spell a string.

        Args:
            string: The digits; ``""`` is the empty chain.

        Returns:
            A probability, in [0, 1]; 0 when no chain spells it.
        """
        if not string:
            return float(np.exp(-self._total))
        if not len(self.weights):
            return 0.0
        labels = self.candidates.labels
        earlier = np.triu(np.ones(self.links.shape, dtype=bool), k=1)
        links = np.where(earlier, self.links, -np.inf)
        ends = np.where(labels == int(string[0]), self.weights, -np.inf)
        for digit in string[1:]:
            before = np.logaddexp.reduce(ends[:, None] + links, axis=0)
            ends = np.where(labels == int(digit), self.weights + before, -np.inf)
        return float(min(np.exp(np.logaddexp.reduce(ends) - self._total), 1.0))

    def likely_strings(self, breadth: int = 8) -> list[str]:
        """Collect the strings of the most probable chains.

        Args:
            breadth: How many strings are carried along for each candidate.

        Returns:
            At most ``breadth`` strings by the weight of their heaviest chain: that of
            :meth:`best_chain` first, unless another weighs the same.
        """
        ends: list[dict[str, float]] = []
        every = {"": 0.0}
        for last, label in enumerate(self.candidates.labels.tolist()):
            weight = float(self.weights[last])
            found = {str(label): weight}
            for first in range(last):
                link = float(self.links[first, last])
                for string, so_far in ends[first].items():
                    _raise(found, string + str(label), so_far + link + weight)
            ends.append(_heaviest(found, breadth))
            for string, heaviest in ends[-1].items():
                _raise(every, string, heaviest)
        return list(_heaviest(every, breadth))


def _raise(strings: dict[str, float], string: str, weight: float) -> None:
    strings[string] = max(strings.get(string, -np.inf), weight)


def _heaviest(strings: dict[str, float], breadth: int) -> dict[str, float]:
    ranked = sorted(strings.items(), key=lambda item: (-item[1], len(item[0]), item[0]))
    return dict(ranked[:breadth])
