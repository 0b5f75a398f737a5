"""Several models' predictions as one: merged boxes, and strings from whatever reads best."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mmdigits.analysis.average_precision import AveragePrecision
from mmdigits.errors import InputError
from mmdigits.evaluation.ensembling.strings import read_strings, vote
from mmdigits.files.detections import Detections
from mmdigits.files.image_set import ImageSet
from mmdigits.files.submission import ImageResult, check_inputs, detection_rows, write_submission
from mmdigits.reading import DigitReader


class Candidate(NamedTuple):
    """One way to get strings, and what it is worth.

    Attributes:
        name: What ``--strings`` calls it: a model's number from 1, ``vote`` or ``merged``.
        title: What a table calls it.
        detections: Its detections by image id, or None for the vote, which has none of its own.
        strings: Its string for each image id.
        score_thr: The score threshold that they were read at, or None for the vote.
        right: How many strings are exactly right, or None without labels.
        mean_ap: mAP of its detections, or None without labels or detections.
    """

    name: str
    title: str
    detections: Mapping[int, Detections] | None
    strings: dict[int, str]
    score_thr: float | None
    right: int | None
    mean_ap: float | None


def make_candidates(
    titles: Sequence[str],
    models: Sequence[Mapping[int, Detections]],
    merged: Mapping[int, Detections],
    readers: Sequence[DigitReader],
    weights: Sequence[float],
    images: ImageSet,
) -> list[Candidate]:
    """Read and, with labels, score each model, their vote and the merged detections.

    Args:
        titles: One a model, for the table.
        models: The detections of each by image id.
        merged: The merged detections by image id.
        readers: One a model and a last one for the merged detections.
        weights: Of the models in the vote.
        images: All images, with or without labels.

    Returns:
        The models in order, the merged detections, the vote.
    """

    def candidate(name, title, detections, strings, score_thr) -> Candidate:
        right = mean_ap = None
        if images.records is not None:
            right = sum(map(str.__eq__, strings.values(), images.truths))
            if detections is not None:
                mean_ap = AveragePrecision(images.records, detections).at()
        return Candidate(name, title, detections, strings, score_thr, right, mean_ap)

    names = [str(number) for number in range(1, len(models) + 1)]
    parts = zip(
        [*names, "merged"], [*titles, "merged detections"], [*models, merged], readers, strict=True
    )
    readings, candidates = [], []
    for name, title, detections, reader in parts:
        readings.append(read_strings(detections, reader))
        strings = {image_id: reading.string for image_id, reading in readings[-1].items()}
        candidates.append(candidate(name, title, detections, strings, reader.score_thr))
    voted = vote(readings[:-1], weights)
    return [*candidates, candidate("vote", "vote of the models", None, voted, None)]


def choose(candidates: Sequence[Candidate], strings: str) -> Candidate:
    """Pick the strings of an ensemble.

    Args:
        candidates: What :func:`make_candidates` returns.
        strings: The name of one of them, or ``best``: most strings right; of equals a model before
            the merged detections before the vote, and an earlier model before a later one.

    Returns:
        The chosen one.

    Raises:
        InputError: If there is none of that name, or ``best`` is asked for without labels.
    """
    if strings == "best":
        if candidates[0].right is None:
            raise InputError(
                "which strings are best can't be told without labels; find out on a "
                "labelled set, then name them: vote, merged or a model's number"
            )
        return max(candidates, key=lambda candidate: candidate.right)
    for candidate in candidates:
        if candidate.name == strings:
            return candidate
    raise InputError(
        f"strings are {strings!r}; allowed are best, vote, merged and the numbers of the "
        f"models, 1 to {len(candidates) - 2}"
    )


def write_ensemble(
    out_dir: Path,
    images: ImageSet,
    merged: Mapping[int, Detections],
    strings: Mapping[int, str],
    inputs: Sequence[Path],
) -> dict[str, int]:
    """Write the merged detections and the chosen strings as a submission.

    Args:
        out_dir: Folder to write to, made if missing.
        images: All images.
        merged: The merged detections by image id.
        strings: The string of each image.
        inputs: The files that it is made from.

    Returns:
        As :func:`~mmdigits.files.submission.write_submission`.

    Raises:
        InputError: If it would write over one of ``inputs``.
    """
    check_inputs(out_dir, inputs)
    results = [
        ImageResult(image_id, name, strings[image_id], detection_rows(image_id, merged[image_id]))
        for image_id, name in images.names.items()
    ]
    return write_submission(out_dir, results)
