"""Scores of recognised digit strings against the truth."""

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein
from scipy.stats import binomtest


def string_scores(predictions: Sequence[str], truths: Sequence[str]) -> dict[str, float]:
    """Compare recognised strings with the true ones.

    Args:
        predictions: One string an image; ``""`` where nothing was read.
        truths: The true strings, in the same order; ``""`` where an image has no digit.

    Returns:
        Unrounded values: ``seq_acc``, the fraction of images whose string is exactly right, in
        [0, 1]; ``seq_acc_len{n}``, the same over the images whose true string has n digits, for
        each n that occurs; ``edit_distance_per_digit``, the Levenshtein distances of all images
        over the number of true digits, 0 or more, left out when there is no true digit.

    Raises:
        ValueError: If there is no image, or the two lists differ in length.
    """
    if len(predictions) != len(truths) or not truths:
        raise ValueError(
            f"string_scores: {len(predictions)} predictions for {len(truths)} truths; there must "
            "be as many of each, at least one"
        )
    right = [prediction == truth for prediction, truth in zip(predictions, truths, strict=True)]
    scores = {"seq_acc": sum(right) / len(right)}
    for length in sorted({len(truth) for truth in truths}):
        of_length = [r for r, truth in zip(right, truths, strict=True) if len(truth) == length]
        scores[f"seq_acc_len{length}"] = sum(of_length) / len(of_length)
    digits = sum(map(len, truths))
    if digits:
        edits = sum(map(Levenshtein.distance, predictions, truths))
        scores["edit_distance_per_digit"] = edits / digits
    return scores


def accuracy_interval(right: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of an accuracy.

    Source: Wilson, JASA 1927, as implemented by ``scipy.stats.binomtest``.

    Args:
        right: Number of images read right, 0 to ``total``.
        total: Number of images, at least 1.
        confidence: Coverage of the interval, in (0, 1).

    Returns:
        Lower and upper bound, in [0, 1].

    Raises:
        ValueError: If ``right`` is not within 0 to ``total`` or ``total`` is 0.
    """
    if total < 1:
        raise ValueError(f"accuracy_interval: total is {total}; it must be at least 1")
    interval = binomtest(right, total).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)
