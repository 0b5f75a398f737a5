"""From what a chain model says about a string to the probability that it is exactly right."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from mmdigits.reading.candidates import HIGHEST_LOG_ODDS as SCORE_LOG_ODDS
from mmdigits.reading.candidates import PAIRWISE, UNARY, Candidates

HIGHEST_LOG_ODDS = 12.0  # that the model's string is the right one among all sets of candidates


class StringFeatures(NamedTuple):
    """What is known about a reading before its truth is.

    Attributes:
        log_odds: Of the string among all that the candidates can spell, by the chain model, within
            -12 to 12.
        digits: How many digits it has.
        gap: The widest gap between two of its digits in mean heights, 0 to 4: a missed digit leaves
            one.
        weakest: The log odds of its lowest score, within -7 to 7.

    All are 0 for an empty string.
    """

    log_odds: float
    digits: float
    gap: float
    weakest: float


class ConfidenceModel(NamedTuple):
    """Logistic regression on :class:`StringFeatures`.

    The chain model knows extra and confused digits; that a digit may have been missed altogether
    and what else it gets wrong is learned from how often such readings are right.

    Attributes:
        weights: One for each of the features.
        offset: Added to their sum.
        empty: Probability that nothing is there to read where nothing is read.
    """

    weights: tuple[float, ...]
    offset: float
    empty: float

    def probability(self, features: StringFeatures) -> float:
        """Estimate whether a string is exactly right.

        Args:
            features: Of the string.

        Returns:
            A probability, in [0, 1].
        """
        if not features.digits:
            return self.empty
        return float(expit(np.dot(self.weights, features) + self.offset))


def string_features(share: float, candidates: Candidates, digits: np.ndarray) -> StringFeatures:
    """Collect what the confidence in a string depends on.

    Args:
        share: The string's share of all that the candidates can spell, in [0, 1].
        candidates: Of its image.
        digits: ``(M,)`` int64, the detections that spell it, in order.

    Returns:
        The features.
    """
    if not len(digits):
        return StringFeatures(0.0, 0.0, 0.0, 0.0)
    position = {index: place for place, index in enumerate(candidates.indices.tolist())}
    places = [position[digit] for digit in digits.tolist() if digit in position]
    gaps = candidates.pairwise[places[:-1], places[1:], PAIRWISE.index("gap")]
    scores = candidates.unary[places, UNARY.index("log odds")]
    return StringFeatures(
        float(np.clip(logit(share), -HIGHEST_LOG_ODDS, HIGHEST_LOG_ODDS)),
        float(len(digits)),
        float(gaps.max(initial=0.0)),
        float(scores.min(initial=SCORE_LOG_ODDS)),
    )


def fit_confidence_model(
    features: Sequence[StringFeatures] | np.ndarray, right: Sequence[bool] | np.ndarray
) -> ConfidenceModel:
    """Learn from readings of labelled images that neither reader nor chain model was fitted on.

    Args:
        features: Of each reading.
        right: Whether its string is exactly right, in the same order.

    Returns:
        The model. Where all readings are right or all are wrong it only knows their share, moved
        off 0 and 1 by Laplace's rule of succession, as it is for empty strings.
    """
    from sklearn.linear_model import LogisticRegression

    table, truth = np.array(features, dtype=np.float64).reshape(-1, 4), np.array(right, dtype=bool)
    empty = table[:, 1] == 0
    share_empty = _share(truth[empty])
    table, truth = table[~empty], truth[~empty]
    if truth.all() or not truth.any():
        share = _share(truth)
        return ConfidenceModel((0.0,) * 4, float(np.log(share / (1 - share))), share_empty)
    fitted = LogisticRegression(C=10.0).fit(table, truth)
    weights = tuple(map(float, fitted.coef_[0]))
    return ConfidenceModel(weights, float(fitted.intercept_[0]), share_empty)


def _share(right: np.ndarray) -> float:
    return float((right.sum() + 1) / (len(right) + 2))
