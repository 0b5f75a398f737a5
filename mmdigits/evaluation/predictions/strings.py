"""Numbers read from detections, of one model or by a vote of several."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mmdigits.errors import InputError
from mmdigits.evaluation.functional import Detections
from mmdigits.models.postprocessors import DigitStringPostprocessor


class Reading(NamedTuple):
    """One number read in one image.

    Attributes:
        string: Its digits; ``""`` when nothing is read.
        confidence: The lowest score among them, in [0, 1]; 0 when nothing is read.
    """

    string: str
    confidence: float


def reader_options(
    iou_thr: float | None = None, row_overlap: float | None = None, by_x: bool = False
) -> dict[str, float | None]:
    """Turn flags into arguments of the reader; what isn't given keeps the reader's default.

    Args:
        iou_thr: See :class:`~mmdigits.models.DigitStringPostprocessor`.
        row_overlap: The same; None here means not given.
        by_x: Read everything as one row, which the reader calls ``row_overlap=None``.

    Returns:
        Keyword arguments of the reader.

    Raises:
        InputError: If ``by_x`` comes with a ``row_overlap``.
    """
    if by_x and row_overlap is not None:
        raise InputError(
            f"reader: --by-x reads one row and takes no --row-overlap {row_overlap:g}; give one"
        )
    options = dict(iou_thr=iou_thr, row_overlap=row_overlap)
    given = {name: value for name, value in options.items() if value is not None}
    return given | (dict(row_overlap=None) if by_x else {})


def ensemble_readers(
    models: int,
    score_thrs: Sequence[float] | None,
    merged_score_thr: float | None,
    options: Mapping[str, float | None],
) -> list[DigitStringPostprocessor]:
    """Make the readers of several models and of their merged detections.

    Args:
        models: How many models.
        score_thrs: Score threshold of each model, or one for all; None for the reader's own.
        merged_score_thr: That of the merged detections; None for the mean of the models'.
        options: The reader's other arguments.

    Returns:
        One reader a model, and one more for the merged detections.

    Raises:
        InputError: If there is neither one threshold nor one a model, or one is out of range.
    """
    thresholds = list(score_thrs or [DigitStringPostprocessor().score_thr])
    if len(thresholds) not in (1, models):
        raise InputError(
            f"reader: {len(thresholds)} values of --score-thr for {models} models; give one for "
            "all, or one a model"
        )
    if len(thresholds) == 1:
        thresholds *= models
    if merged_score_thr is None:
        merged_score_thr = sum(thresholds) / models
    return [
        DigitStringPostprocessor(score_thr=threshold, **options)
        for threshold in [*thresholds, merged_score_thr]
    ]


def read_strings(
    detections: Mapping[int, Detections], reader: DigitStringPostprocessor
) -> dict[int, Reading]:
    """Read every image.

    Args:
        detections: By image id.
        reader: Turns the detections of one image into its string.

    Returns:
        What is read in each image, in the same order.
    """
    readings = {}
    for image_id, (bboxes, labels, scores) in detections.items():
        read = reader.order(bboxes, scores)
        string = "".join(map(str, labels[read].tolist()))
        readings[image_id] = Reading(string, min(scores[read].tolist(), default=0.0))
    return readings


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
            string, confidence = model[image_id]
            if string:
                votes, certainty = support.get(string, (0.0, 0.0))
                # Rounded so that weights of .1 and .2 tie with one of .3.
                support[string] = (round(votes + weight, 9), certainty + weight * confidence)
        strings[image_id] = max(support, key=support.__getitem__, default="")
    return strings
