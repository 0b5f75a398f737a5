"""What a reader says about one image."""

from typing import NamedTuple

import numpy as np


class Alternative(NamedTuple):
    """Another number that may be meant.

    Attributes:
        string: Its digits; ``""`` for no number at all.
        probability: That it is the image's number, in [0, 1]; None where the reader can't tell.
        second_number: Whether it stands beside the number that was read, instead of being another
            reading of the same digits.
    """

    string: str
    probability: float | None
    second_number: bool


class Reading(NamedTuple):
    """One number read in one image.

    Attributes:
        string: Its digits; ``""`` when nothing is read.
        digits: ``(M,)`` int64, which detections spell it, in reading order.
        confidence: Probability that the string is exactly right, in [0, 1].
        alternatives: What else it may be, the likeliest first.
    """

    string: str
    digits: np.ndarray
    confidence: float
    alternatives: tuple[Alternative, ...] = ()
