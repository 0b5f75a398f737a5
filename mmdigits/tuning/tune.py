"""Tune a reader on labelled detections, and measure what that is worth by cross-validation."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mmdigits.analysis.paired_accuracy import PairedAccuracy, is_beyond_noise, paired_accuracy
from mmdigits.errors import InputError
from mmdigits.reading import DigitReader
from mmdigits.reading.candidates import Candidates
from mmdigits.reading.chain_model import ChainModel, fit_chain_model
from mmdigits.reading.confidence_model import StringFeatures, fit_confidence_model
from mmdigits.tuning.cases import Case, right
from mmdigits.tuning.steps import STEPS, search

BEST_SET = "best set"
OFFSETS = tuple(round(0.25 * number, 2) for number in range(-8, 9))  # log odds


class Step(NamedTuple):
    """What one step of the tuning is worth on images that it was not tuned on.

    Attributes:
        name: One of ``STEPS``, or ``BEST_SET``.
        gain: The reader with it (B) against the one before (A), over all held-out parts.
        kept: Whether it stays: it gains, beyond noise.
    """

    name: str
    gain: PairedAccuracy
    kept: bool


class Tuning(NamedTuple):
    """A tuned reader and what it is worth.

    Attributes:
        reader: Tuned on all images, with a confidence model.
        steps: In the order in which they were tried.
        gain: The tuned reader (B) against the one that the tuning started from (A), on held-out
            parts. Which steps stay was chosen on the same images, so it is a little too high.
        confidence: ``(N,)`` of each image's string, from a confidence model that was not fitted on
            it; those of other parts that it was fitted on come from readers that were.
        right: ``(N,)`` bool, whether that string is right.
    """

    reader: DigitReader
    steps: list[Step]
    gain: PairedAccuracy
    confidence: np.ndarray
    right: np.ndarray


def tune(
    cases: Sequence[Case],
    start: DigitReader,
    folds: int = 5,
    seed: int = 0,
    progress: Callable[[Step], None] = lambda step: None,
) -> Tuning:
    """Search the reader's options for the most strings read right.

    The images are split into parts at random. Each step is searched on all parts but one and judged
    on that one, for each part in turn; it stays when the strings of all held-out parts together
    say, beyond noise, that it helps. Options that stay are then searched on all images.

    Args:
        cases: N labelled images.
        start: What the tuning starts from; not tuned on these images before.
        folds: Number of parts, at least 2.
        seed: Of the split.
        progress: Called with each step when it is judged.

    Returns:
        The tuned reader and what it is worth.

    Raises:
        InputError: If there are fewer than 10 images a part or fewer than 2 parts, or the seed is
            out of its range.
    """
    if folds < 2 or len(cases) < 10 * folds:
        raise InputError(
            f"tuning: {len(cases)} images in {folds} parts; allowed are 2 parts or more of at "
            "least 10 images each"
        )
    if not 0 <= seed < 2**32:
        raise InputError(f"tuning: the seed is {seed}; allowed is 0 to 4294967295")
    from sklearn.model_selection import KFold

    parts = [
        (np.isin(range(len(cases)), train), np.isin(range(len(cases)), held_out))
        for train, held_out in KFold(folds, shuffle=True, random_state=seed).split(cases)
    ]
    everything = np.ones(len(cases), dtype=bool)
    judge = lru_cache(maxsize=None)(lambda reader: right(reader, cases))
    # One reader a part and a last one for all images.
    trained_on = [train for train, _ in parts] + [everything]
    readers = [start] * len(trained_on)
    now = judge(start)
    steps: list[Step] = []

    def consider(name: str, changed: list[DigitReader]) -> None:
        nonlocal readers, now
        then = now.copy()
        for (_, held_out), reader in zip(parts, changed, strict=False):
            then[held_out] = judge(reader)[held_out]
        gain = paired_accuracy(now, then)
        steps.append(Step(name, gain, gain.difference > 0 and is_beyond_noise(gain)))
        if steps[-1].kept:
            readers, now = changed, then
        progress(steps[-1])

    for name in STEPS:
        consider(
            name,
            [
                search(name, reader, judge, images)
                for reader, images in zip(readers, trained_on, strict=True)
            ],
        )
    fitted = [
        replace(reader, chain=_fit(reader, cases, images))
        for reader, images in zip(readers, trained_on, strict=True)
    ]
    consider(
        BEST_SET,
        [
            _best_set(reader, judge, images)
            for reader, images in zip(fitted, trained_on, strict=True)
        ],
    )
    if not steps[-1].kept and start.method == "threshold":
        readers = fitted  # the confidence alone depends on it
    features = [
        _features(readers[part], cases[image])
        for image, part in enumerate(_part_of_each(parts, len(cases)))
    ]
    confidence = _held_out_confidence(features, now, parts)
    model = fit_confidence_model(features, now.tolist())
    return Tuning(
        replace(readers[-1], confidence=model),
        steps,
        paired_accuracy(judge(start), now),
        confidence,
        now,
    )


def _fit(reader: DigitReader, cases: Sequence[Case], images: np.ndarray) -> ChainModel:
    candidates: list[Candidates] = []
    chosen = []
    for index in np.flatnonzero(images):
        detections = cases[index].detections
        found = reader.candidates(detections, reader.numbers(detections))
        candidates.append(found)
        chosen.append(cases[index].is_digit[found.indices])
    return fit_chain_model(candidates, chosen)


def _best_set(
    reader: DigitReader, judge: Callable[[DigitReader], np.ndarray], images: np.ndarray
) -> DigitReader:
    # The most probable set of digits need not be the one that is right most often as a whole.
    unary = reader.chain.unary
    tries = [
        replace(
            reader,
            method="best_set",
            chain=reader.chain._replace(unary=(unary[0], unary[1] + offset, *unary[2:])),
        )
        for offset in OFFSETS
    ]
    counts = [int(judge(one)[images].sum()) for one in tries]
    best = [number for number, count in enumerate(counts) if count == max(counts)]
    return tries[min(best, key=lambda number: abs(OFFSETS[number]))]


def _features(reader: DigitReader, case: Case) -> StringFeatures:
    return reader.examine(case.detections).features


def _part_of_each(parts: Sequence[tuple[np.ndarray, np.ndarray]], images: int) -> np.ndarray:
    part_of = np.zeros(images, dtype=np.int64)
    for number, (_, held_out) in enumerate(parts):
        part_of[held_out] = number
    return part_of


def _held_out_confidence(
    features: Sequence[StringFeatures],
    is_right: np.ndarray,
    parts: Sequence[tuple[np.ndarray, np.ndarray]],
) -> np.ndarray:
    confidence = np.zeros(len(features))
    for train, held_out in parts:
        rows = np.flatnonzero(train)
        model = fit_confidence_model([features[row] for row in rows], is_right[rows].tolist())
        for row in np.flatnonzero(held_out):
            confidence[row] = model.probability(features[row])
    return confidence
