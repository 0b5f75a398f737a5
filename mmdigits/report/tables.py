"""The numbers of a report above its gallery, packed for a page."""

from collections.abc import Mapping, Sequence

import numpy as np

from mmdigits.analysis.average_precision import AveragePrecision
from mmdigits.analysis.confidence import (
    brier_score,
    calibrated_range,
    expected_calibration_error,
    reliability_bins,
)
from mmdigits.analysis.coverage import coverage_at, risk_coverage
from mmdigits.analysis.digit_tables import (
    CONFUSION_COLUMNS,
    CONFUSION_ROWS,
    confusion_matrix,
    digit_table,
)
from mmdigits.analysis.error_tables import kind_table, length_table, suspected_label_errors
from mmdigits.analysis.errors import ImageOutcome
from mmdigits.analysis.heights import precision_by_height
from mmdigits.analysis.paired_accuracy import paired_accuracy
from mmdigits.analysis.paired_mean_ap import paired_mean_ap
from mmdigits.analysis.strings import accuracy_interval, string_scores
from mmdigits.files.annotations import ImageRecord
from mmdigits.files.export import Submission

SUSPECTED_FROM = 0.9
WANTED = (0.9, 0.95, 0.98, 0.99)


def summary(
    outcomes: Sequence[ImageOutcome], precision: AveragePrecision, resamples: int
) -> dict[str, object]:
    """Sum a run up.

    Args:
        outcomes: One an image, at least one.
        precision: Of its detections.
        resamples: Draws of the images for the interval of mAP; 0 leaves it out.

    Returns:
        ``images``; ``right``, ``accuracy`` and its 95% ``interval``; ``unread`` images;
        ``editsPerDigit``, null without true digits; ``meanAP``, null without true boxes, and
        ``meanAPInterval``, null without draws.

    Raises:
        InputError: If no draw has a true box.
    """
    right, images = _right(outcomes).sum().item(), len(outcomes)
    scores = string_scores([o.string for o in outcomes], [o.truth for o in outcomes])
    mean_ap = precision.at()
    return dict(
        images=images,
        right=right,
        accuracy=right / images,
        interval=accuracy_interval(right, images),
        unread=sum(not outcome.string for outcome in outcomes),
        editsPerDigit=scores.get("edit_distance_per_digit"),
        meanAP=None if mean_ap < 0 else mean_ap,
        meanAPInterval=precision.interval(resamples) if resamples and mean_ap >= 0 else None,
    )


def error_tables(
    records: Sequence[ImageRecord], submission: Submission, outcomes: Sequence[ImageOutcome]
) -> dict[str, object]:
    """Tabulate what goes wrong.

    Args:
        records: The labelled images.
        submission: What was found and read.
        outcomes: How that compares, in the order of ``records``.

    Returns:
        ``kinds``, ``lengths``, ``digits`` and ``heights``, lists of the rows of the functions in
        :mod:`mmdigits.analysis` as objects; ``confusion`` with ``rows``, ``columns`` and
        ``counts``; ``suspects``, image ids by falling confidence, null without confidences, and
        ``suspectedFrom``, the least confidence of one.
    """
    confidences, suspects = submission.confidences, None
    if confidences is not None:
        rows = suspected_label_errors(outcomes, confidences, SUSPECTED_FROM)
        suspects = [suspect.image_id for suspect in rows]
    return dict(
        kinds=[row._asdict() for row in kind_table(outcomes)],
        lengths=[row._asdict() for row in length_table(outcomes)],
        digits=[row._asdict() for row in digit_table(outcomes)],
        heights=[row._asdict() for row in precision_by_height(records, submission.detections)],
        confusion=dict(
            rows=CONFUSION_ROWS, columns=CONFUSION_COLUMNS, counts=confusion_matrix(outcomes)
        ),
        suspects=suspects,
        suspectedFrom=SUSPECTED_FROM,
    )


def confidence_tables(
    outcomes: Sequence[ImageOutcome], confidences: Mapping[int, float] | None
) -> dict[str, object] | None:
    """Judge the confidences.

    Args:
        outcomes: One an image, at least one.
        confidences: By image id, or None without.

    Returns:
        ``error``, the expected calibration error, and the ``range`` that calibrated readings have;
        ``brier``; ``bins``, the reliability bins as objects; ``curve``, threshold, images answered
        and how many of them are right, in a row; ``wanted``, coverage at some accuracies as
        objects. None without confidences.
    """
    if confidences is None:
        return None
    confidence = np.array([confidences[outcome.image_id] for outcome in outcomes])
    right = _right(outcomes)
    return dict(
        error=expected_calibration_error(confidence, right),
        range=calibrated_range(confidence),
        brier=brier_score(confidence, right),
        bins=[row._asdict() for row in reliability_bins(confidence, right)],
        curve=[
            number
            for point in risk_coverage(confidence, right)
            for number in (point.threshold, point.answered, point.right)
        ],
        wanted=[coverage_at(confidence, right, accuracy)._asdict() for accuracy in WANTED],
    )


def comparison(
    name: str,
    outcomes: Sequence[ImageOutcome],
    other_outcomes: Sequence[ImageOutcome],
    precision: AveragePrecision,
    other_precision: AveragePrecision,
    resamples: int,
) -> dict[str, object]:
    """Compare with another run.

    Args:
        name: Of the other run.
        outcomes: Of this run.
        other_outcomes: Of the other one, in the same order.
        precision: Of this run's detections.
        other_precision: Of the other one's.
        resamples: Draws of the images for the interval of mAP; 0 leaves it out.

    Returns:
        ``name``; ``accuracy`` and ``meanAP``, each with ``this``, ``other``, ``difference`` (this
        minus other), ``low``, ``high`` and ``p``, null where they aren't known; ``accuracy`` also
        with ``onlyThis`` and ``onlyOther``, how many images one alone reads right. ``meanAP`` is
        null without true boxes that count.
    """
    strings = paired_accuracy(_right(other_outcomes), _right(outcomes))
    if precision.at() < 0:
        mean_ap = None
    elif resamples:
        boxes = paired_mean_ap(other_precision, precision, resamples)
        mean_ap = _difference(boxes.b, boxes.a, boxes.low, boxes.high, boxes.p)
    else:
        mean_ap = _difference(precision.at(), other_precision.at(), None, None, None)
    return dict(
        name=name,
        accuracy=_difference(strings.b, strings.a, strings.low, strings.high, strings.p)
        | dict(onlyThis=strings.only_b, onlyOther=strings.only_a),
        meanAP=mean_ap,
    )


def _right(outcomes: Sequence[ImageOutcome]) -> np.ndarray:
    return np.array([outcome.kind == "right" for outcome in outcomes])


def _difference(
    this: float, other: float, low: float | None, high: float | None, p: float | None
) -> dict[str, float | None]:
    return dict(this=this, other=other, difference=this - other, low=low, high=high, p=p)
