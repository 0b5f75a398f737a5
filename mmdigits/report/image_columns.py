"""What the gallery knows about each image, packed for a page."""

from collections.abc import Mapping, Sequence

import numpy as np

from mmdigits.analysis.errors import KINDS, ImageOutcome
from mmdigits.files.annotations import ImageRecord
from mmdigits.files.detections import Detections
from mmdigits.files.export import Submission
from mmdigits.reading.reading import Reading

MOST_BOXES = 20  # of an image, besides those that spell its number
LEAST_SCORE = 0.01
MOST_ALTERNATIVES = 6
TENTHS = (
    10  # boxes are written in tenths of a pixel, scores in thousandths: whole numbers are short
)


def image_columns(
    records: Sequence[ImageRecord],
    submission: Submission,
    outcomes: Sequence[ImageOutcome],
    sizes: Sequence[tuple[int, int] | None],
) -> dict[str, list]:
    """Lay the images out as columns, which take less room than objects.

    Args:
        records: The labelled images.
        submission: What was found and read.
        outcomes: How that compares, in the order of ``records``.
        sizes: Width and height of each photograph in pixels; None where it's not known, which
            takes what the labels say, or what holds all boxes.

    Returns:
        Lists of one entry an image: ``id``; ``file``; ``size``, width and height; ``truth``;
        ``read``; ``kind``, an index into :data:`~mmdigits.analysis.errors.KINDS`; ``confidence``,
        null without; ``pairs``, of an image that is not right: true index and position read, -1
        for none, in a row; ``height``, the median of the true digits in pixels, null without;
        ``boxes``, x, y, width and height of the true digits in tenths of a pixel, in a row;
        ``found``, the same of the best detections with label and score in thousandths behind each;
        ``count``, how many detections there are in all; ``used``, which of ``found`` spell the
        number, in reading order; ``others``, the alternatives: string, probability or null, 1 for
        a second number or 0.
    """
    columns: dict[str, list] = {
        name: []
        for name in "id file size truth read kind confidence pairs height boxes found count used "
        "others".split()
    }
    confidences = submission.confidences or {}
    for record, outcome, size in zip(records, outcomes, sizes, strict=True):
        detections = submission.detections[record.image_id]
        reading = submission.readings[record.image_id] if submission.readings else None
        kept, used = _kept(detections, reading)
        row = dict(
            id=record.image_id,
            file=record.file_name,
            size=size or record.size or _extent(record, detections),
            truth=outcome.truth,
            read=outcome.string,
            kind=KINDS.index(outcome.kind),
            confidence=confidences.get(record.image_id),
            pairs=_pairs(outcome),
            height=_height(record),
            boxes=_corners_to_sizes([a.bbox for a in record.annotations]).ravel().tolist(),
            found=_found(detections, kept),
            count=len(detections.scores),
            used=used,
            others=_others(reading),
        )
        for name, column in columns.items():
            column.append(row[name])
    return columns


def other_columns(
    outcomes: Sequence[ImageOutcome], confidences: Mapping[int, float] | None
) -> dict[str, list]:
    """Lay out what another run says about the images.

    Args:
        outcomes: How it compares with the truth.
        confidences: By image id, or None without.

    Returns:
        ``otherRead``, ``otherKind`` and ``otherConfidence``, as in :func:`image_columns`.
    """
    return dict(
        otherRead=[outcome.string for outcome in outcomes],
        otherKind=[KINDS.index(outcome.kind) for outcome in outcomes],
        otherConfidence=[(confidences or {}).get(outcome.image_id) for outcome in outcomes],
    )


def _kept(detections: Detections, reading: Reading | None) -> tuple[list[int], list[int]]:
    # Which detections go into the page, and which of these spell the number.
    used = [] if reading is None else reading.digits.tolist()
    if "".join(str(detections.labels[i]) for i in used if i < len(detections.labels)) != (
        "" if reading is None else reading.string
    ):
        used = []
    best = np.nonzero(detections.scores >= LEAST_SCORE)[0][:MOST_BOXES].tolist()
    kept = sorted({*best, *used})
    return kept, [kept.index(i) for i in used]


def _found(detections: Detections, kept: Sequence[int]) -> list[int]:
    boxes = _corners_to_sizes(detections.bboxes[kept])
    labels, scores = detections.labels[kept], np.rint(detections.scores[kept] * 1000)
    return np.column_stack([boxes, labels, scores]).astype(np.int64).ravel().tolist()


def _corners_to_sizes(boxes: Sequence | np.ndarray) -> np.ndarray:
    corners = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    corners[:, 2:] -= corners[:, :2]
    # A box far outside any photograph must not become a number that a page can't draw.
    return np.rint(np.clip(corners, -1e6, 1e6) * TENTHS).astype(np.int64)


def _pairs(outcome: ImageOutcome) -> list[int]:
    if outcome.kind == "right":
        return []
    return [-1 if end is None else end for pair in outcome.pairs for end in pair]


def _height(record: ImageRecord) -> float | None:
    heights = [a.bbox[3] - a.bbox[1] for a in record.annotations]
    return round(float(np.median(heights)), 1) if heights else None


def _extent(record: ImageRecord, detections: Detections) -> tuple[int, int]:
    corners = np.array([a.bbox[2:] for a in record.annotations]).reshape(-1, 2)
    corners = np.concatenate([corners, detections.bboxes[:, 2:], [[1, 1]]])
    width, height = np.ceil(np.clip(corners.max(axis=0), 1, 1e6)).astype(int).tolist()
    return width, height


def _others(reading: Reading | None) -> list[list]:
    if reading is None:
        return []
    return [
        [
            other.string,
            None if other.probability is None else round(other.probability, 4),
            int(other.second_number),
        ]
        for other in reading.alternatives[:MOST_ALTERNATIVES]
    ]
