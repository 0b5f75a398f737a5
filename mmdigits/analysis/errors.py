"""What is wrong with the string read in each image: one kind of error an image."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import Levenshtein
from scipy.optimize import linear_sum_assignment

from mmdigits.files.annotations import ImageRecord
from mmdigits.files.detections import Detections
from mmdigits.reading.reading import Reading
from mmdigits.reading.suppression import overlaps

KINDS = (
    "right",
    "nothing read",
    "missed digit",
    "extra digit",
    "confused digit",
    "wrong order",
    "several",
)

# A box moved sideways by half a digit's width has 1/3 with the digit; a little less leaves room
# for its size. Of 3,228 pairs of true boxes in SVHN six share as much.
MIN_IOU = 0.3
# Of two boxes on one digit the one with its label is the partner, unless it lies far worse.
LABEL_BONUS = 0.5

Pair = tuple[int | None, int | None]


class ImageOutcome(NamedTuple):
    """How the string of one image compares with the truth.

    Attributes:
        image_id: Of the image.
        kind: One of :data:`KINDS`.
        truth: The true string; ``""`` for an image without digits.
        string: The string read; ``""`` where nothing was.
        missed: How many true digits have no partner among the digits read.
        extra: How many digits read have no partner among the true ones.
        confused: How many pairs have two labels.
        pairs: The index of a true digit and the position in ``string`` of its partner, by index;
            None in place of a partner that is missing: first the true digits, then the extra
            ones. Every true digit and every position is in exactly one pair.
    """

    image_id: int
    kind: str
    truth: str
    string: str
    missed: int
    extra: int
    confused: int
    pairs: tuple[Pair, ...]


def classify(
    record: ImageRecord, detections: Detections | None, reading: Reading | str
) -> ImageOutcome:
    """Find what is wrong with one image.

    An image is right when the strings are equal, wherever the boxes are. Otherwise digits read and
    true ones are paired, and what differs says the kind: true digits without partner are missed,
    digits without a true one extra, pairs of two labels confused; all paired with their labels, but
    in another sequence, are in wrong order; more than one of these is ``several``. No string at all
    is ``nothing read``. A digit that was read twice is one pair and one extra digit.

    Digits are paired by their boxes: one to one, so that the intersections over union, each more
    by :data:`LABEL_BONUS` where the labels agree, have the largest sum; boxes that share less than
    :data:`MIN_IOU` are never paired. Without boxes the shortest edits of one string into the other
    pair them, and two strings of the same digits are in another order; where several edits are
    equally short, which digits are called confused is arbitrary.

    Args:
        record: The image and its true digits, in reading order.
        detections: Its detections, or None without boxes.
        reading: What was read. With ``detections``, ``reading.digits`` are indices into them; where
            they don't spell ``reading.string``, as for a string alone, there are no boxes.

    Returns:
        The outcome.
    """
    truth = "".join(str(annotation.label) for annotation in record.annotations)
    string = reading if isinstance(reading, str) else reading.string
    if truth == string:
        pairs = tuple((index, index) for index in range(len(truth)))
        return ImageOutcome(record.image_id, "right", truth, string, 0, 0, 0, pairs)
    boxes = _boxes_read(detections, reading)
    if boxes is None:
        matched = _paired_by_strings(truth, string)
    else:
        true_boxes = np.array([a.bbox for a in record.annotations], dtype=np.float64)
        matched = _paired_by_boxes(truth, true_boxes.reshape(-1, 4), string, boxes)
    return _outcome(record.image_id, truth, string, matched)


def classify_all(
    records: Sequence[ImageRecord],
    detections: Mapping[int, Detections] | None,
    readings: Mapping[int, Reading | str],
) -> list[ImageOutcome]:
    """Find what is wrong with each image.

    Args:
        records: The labelled images.
        detections: By image id, or None without boxes; an image without an entry has no boxes.
        readings: By image id, one for every image of ``records``.

    Returns:
        One outcome an image, in the order of ``records``.

    Raises:
        KeyError: If an image has no reading.
    """
    found = detections or {}
    return [
        classify(record, found.get(record.image_id), readings[record.image_id])
        for record in records
    ]


def _boxes_read(detections: Detections | None, reading: Reading | str) -> np.ndarray | None:
    # (M, 4) boxes of the digits read, in reading order; None where they are not known.
    if detections is None or isinstance(reading, str):
        return None
    digits = np.asarray(reading.digits, dtype=np.int64)
    if digits.size and not (0 <= digits.min() and digits.max() < len(detections.labels)):
        return None
    if "".join(map(str, detections.labels[digits].tolist())) != reading.string:
        return None
    return np.asarray(detections.bboxes[digits], dtype=np.float64).reshape(-1, 4)


def _paired_by_boxes(
    truth: str, true_boxes: np.ndarray, string: str, boxes: np.ndarray
) -> dict[int, int]:
    if not truth or not string:
        return {}
    iou, _ = overlaps(true_boxes, boxes)
    same = np.array(list(truth))[:, None] == np.array(list(string))
    near = iou >= MIN_IOU
    rows, columns = linear_sum_assignment(
        np.where(near, iou + LABEL_BONUS * same, 0), maximize=True
    )
    return {
        row: column
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if near[row, column]
    }


def _paired_by_strings(truth: str, string: str) -> dict[int, int]:
    if sorted(truth) == sorted(string):
        places = {digit: [i for i, d in enumerate(string) if d == digit] for digit in set(string)}
        return {index: places[digit].pop(0) for index, digit in enumerate(truth)}
    return {
        index: position
        for block in Levenshtein.opcodes(truth, string)
        if block.tag in ("equal", "replace")
        for index, position in zip(
            range(block.src_start, block.src_end),
            range(block.dest_start, block.dest_end),
            strict=True,
        )
    }


def _outcome(image_id: int, truth: str, string: str, matched: dict[int, int]) -> ImageOutcome:
    unpaired = sorted(set(range(len(string))) - set(matched.values()))
    pairs = (
        *((index, matched.get(index)) for index in range(len(truth))),
        *((None, position) for position in unpaired),
    )
    missed, extra = len(truth) - len(matched), len(unpaired)
    confused = sum(truth[index] != string[position] for index, position in matched.items())
    in_order = [truth[index] for index in sorted(matched)]
    as_read = [truth[index] for index in sorted(matched, key=matched.__getitem__)]
    faults = {
        "missed digit": missed > 0,
        "extra digit": extra > 0,
        "confused digit": confused > 0,
        # Two equal digits that changed places don't change what is read.
        "wrong order": in_order != as_read,
    }
    found = [kind for kind, is_so in faults.items() if is_so]
    kind = found[0] if len(found) == 1 else "several"
    if not string:
        kind = "nothing read"
    return ImageOutcome(image_id, kind, truth, string, missed, extra, confused, pairs)
