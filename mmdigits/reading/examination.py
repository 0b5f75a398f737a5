"""What a reader finds in one image, and what follows from it."""

from functools import cached_property

import numpy as np

from mmdigits.reading.confidence_model import ConfidenceModel, StringFeatures, string_features
from mmdigits.reading.lattice import Lattice
from mmdigits.reading.reading import Alternative, Reading

ALTERNATIVES = 4  # other readings of the digits that are told
LEAST_PROBABILITY = 0.001  # of one that is told


class Examination:
    """The number read in one image beside all that its candidates may spell.

    Args:
        string: What is read.
        digits: ``(M,)`` int64, the detections that spell it, in order.
        beside: The strings of other numbers in the image.
        lattice: All that may be read.
    """

    def __init__(
        self, string: str, digits: np.ndarray, beside: list[str], lattice: Lattice
    ) -> None:
        self.string = string
        self.digits = digits
        self.beside = beside
        self.lattice = lattice

    @cached_property
    def share(self) -> float:
        """The string's share of all that may be read, in [0, 1]."""
        return self.lattice.share(self.string)

    @property
    def features(self) -> StringFeatures:
        """What the confidence depends on."""
        return string_features(self.share, self.lattice.candidates, self.digits)

    def reading(self, model: ConfidenceModel | None) -> Reading:
        """Say how sure the string is, and what else it may be.

        Args:
            model: Makes a calibrated probability of the string's share; None takes the share, and 0
                where nothing is read.

        Returns:
            The reading, with at most four other strings.
        """
        # That nothing speaks for a digit doesn't mean that a photograph shows none.
        confidence = self.share if self.string else 0.0
        if model is not None:
            confidence = model.probability(self.features)
        # Other strings share what the confidence leaves as they share what the string leaves.
        strings = [other for other in self.lattice.likely_strings() if other != self.string]
        shares = [self.lattice.share(other) for other in strings]
        left = max(1 - self.share, sum(shares), np.finfo(np.float64).tiny)
        others = [
            Alternative(other, min(share, (1 - confidence) * share / left), False)
            for other, share in zip(strings, shares, strict=True)
        ]
        others.sort(key=lambda other: -other.probability)
        likely = [o for o in others[:ALTERNATIVES] if o.probability >= LEAST_PROBABILITY]
        beside = [Alternative(number, None, True) for number in self.beside]
        return Reading(self.string, self.digits, confidence, (*likely, *beside))


def spell(labels: np.ndarray, digits: np.ndarray) -> str:
    """Write digits as a string.

    Args:
        labels: ``(K,)`` int64, of all detections.
        digits: ``(M,)`` int64, which of them are meant, in order.

    Returns:
        M characters.
    """
    return "".join(map(str, labels[digits].tolist()))
