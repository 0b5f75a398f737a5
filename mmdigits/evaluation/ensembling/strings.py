"""Numbers read from detections, of one model or by a vote of several."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mmdigits.errors import InputError
from mmdigits.files.detections import Detections
from mmdigits.reading import DigitReader, Reading


def ensemble_readers(
    models: int,
    score_thrs: Sequence[float] | None,
    merged_score_thr: float | None,
    reader: DigitReader,
) -> list[DigitReader]:
    """Make the readers of several models and of their merged detections.

    Args:
        models: How many models.
        score_thrs: Score threshold of each model, or one for all; None for the reader's own.
        merged_score_thr: That of the merged detections; None for the mean of the models'.
        reader: Has the other options.

    Returns:
        One reader a model, and one more for the merged detections.

    Raises:
        InputError: If there is neither one threshold nor one a model, or one is out of range.
    """
    thresholds = list(score_thrs or [reader.score_thr])
    if len(thresholds) not in (1, models):
        raise InputError(
            f"reader: {len(thresholds)} values of --score-thr for {models} models; give one for "
            "all, or one a model"
        )
    if len(thresholds) == 1:
        thresholds *= models
    if merged_score_thr is None:
        merged_score_thr = sum(thresholds) / models
    return [replace(reader, score_thr=threshold) for threshold in [*thresholds, merged_score_thr]]


def read_strings(detections: Mapping[int, Detections], reader: DigitReader) -> dict[int, Reading]:
    """Read every image.

    Args:
        detections: By image id.
        reader: Turns the detections of one image into its string.

    Returns:
        What is read in each image, in the same order.
    """
    return {image_id: reader.read(image) for image_id, image in detections.items()}


def vote(models: Sequence[Mapping[int, Reading]], weights: Sequence[float]) -> dict[int, str]:
    """Let several models vote on each image's string.

    The string with most weight behind it wins; of equals the one read with more confidence, summed
    over its models by weight; of equals again the earliest model's. A model that reads nothing
    has no vote, so an image stays unread only where all models read nothing.

    Args:
        models: For each model what it reads, by image id; all have the same ids.
        weights: One positive number a model.

    Returns:
        The string of each image; ``""`` where no model reads any.
    """
    strings = {}
    for image_id in models[0]:
        support: dict[str, tuple[float, float]] = {}
        for model, weight in zip(models, weights, strict=True):
            string, confidence = model[image_id].string, model[image_id].confidence
            if string:
                votes, certainty = support.get(string, (0.0, 0.0))
                # Rounded so that weights of .1 and .2 tie with one of .3.
                support[string] = (round(votes + weight, 9), certainty + weight * confidence)
        strings[image_id] = max(support, key=support.__getitem__, default="")
    return strings
