"""Tune a reader on labelled detections, and measure what that is worth by cross-validation."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mmdigits.analysis.paired_accuracy import PairedAccuracy, is_beyond_noise, paired_accuracy
from mmdigits.errors import InputError
from mmdigits.reading import DigitReader
from mmdigits.reading.chain_model import fit_chain_model
from mmdigits.reading.confidence_model import StringFeatures, fit_confidence_model
from mmdigits.reading.examination import spell
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

    # Which images each part holds out; one reader a part and a last one for all images.
    held_out = [
        np.isin(np.arange(len(cases)), part)
        for _, part in KFold(folds, shuffle=True, random_state=seed).split(cases)
    ]
    trained_on = [~part for part in held_out] + [np.ones(len(cases), dtype=bool)]
    judge = lru_cache(maxsize=None)(lambda reader: right(reader, cases))
    readers = [start] * len(trained_on)
    now = judge(start)
    steps: list[Step] = []

    def consider(name: str, changed: Sequence[DigitReader]) -> None:
        nonlocal readers, now
        then = now.copy()
        for part, reader in zip(held_out, changed[:-1], strict=True):
            then[part] = judge(reader)[part]
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
    fitted, best = zip(
        *(
            _with_chain(reader, cases, images)
            for reader, images in zip(readers, trained_on, strict=True)
        ),
        strict=True,
    )
    consider(BEST_SET, best)
    if not steps[-1].kept and start.method == "threshold":
        readers = fitted  # the confidence alone depends on it
    features = np.zeros((len(cases), len(StringFeatures._fields)))
    for part, reader in zip(held_out, readers[:-1], strict=True):
        features[part] = [reader.examine(cases[image].detections).features for image in _of(part)]
    confidence = np.zeros(len(cases))
    for part in held_out:
        model = fit_confidence_model(features[~part], now[~part])
        confidence[part] = [model.probability(StringFeatures(*row)) for row in features[part]]
    model = fit_confidence_model(features, now)
    return Tuning(
        replace(readers[-1], confidence=model),
        steps,
        paired_accuracy(judge(start), now),
        confidence,
        now,
    )


def _of(images: np.ndarray) -> list[int]:
    return np.flatnonzero(images).tolist()


def _with_chain(
    reader: DigitReader, cases: Sequence[Case], images: np.ndarray
) -> tuple[DigitReader, DigitReader]:
    # The reader with a chain model fitted to the images, and the best set that it reads best by.
    some = [cases[image] for image in _of(images)]
    found = [reader.candidates(case.detections, reader.numbers(case.detections)) for case in some]
    chosen = [case.is_digit[of.indices] for case, of in zip(some, found, strict=True)]
    fitted = replace(reader, chain=fit_chain_model(found, chosen))

    # The most probable set of digits need not be the one that is right most often as a whole.
    unary = fitted.chain.unary
    tries = {
        offset: replace(
            fitted,
            method="best_set",
            chain=fitted.chain._replace(unary=(unary[0], unary[1] + offset, *unary[2:])),
        )
        for offset in OFFSETS
    }
    counts = {
        offset: sum(
            spell(case.detections.labels, one.best_set(of, case.detections)) == case.truth
            for case, of in zip(some, found, strict=True)
        )
        for offset, one in tries.items()
    }
    return fitted, tries[max(counts, key=lambda offset: (counts[offset], -abs(offset)))]
