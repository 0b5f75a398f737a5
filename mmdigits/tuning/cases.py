"""Labelled images with the detections that a reader is tuned on."""

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmdigits.errors import InputError
from mmdigits.files.annotations import ImageRecord
from mmdigits.files.detections import Detections, read_detections
from mmdigits.files.image_set import ImageSet
from mmdigits.reading import DigitReader
from mmdigits.reading.suppression import by_score, overlaps

LEAST_IOU = 0.5  # of a detection with the digit it shows


class Case(NamedTuple):
    """One labelled image.

    Attributes:
        detections: All of it.
        truth: The true string.
        is_digit: ``(K,)`` bool, which detections show a true digit and name it rightly, at most one
            for each true digit.
    """

    detections: Detections
    truth: str
    is_digit: np.ndarray


def make_case(record: ImageRecord, detections: Detections) -> Case:
    """Match the detections of an image with its labels.

    The best-scored detections choose first, each the true digit of its label that it overlaps
    most, by at least half of their union.

    Args:
        record: The labels.
        detections: All of the image.

    Returns:
        The case.
    """
    truth = np.array([a.bbox for a in record.annotations], dtype=np.float64).reshape(-1, 4)
    labels = np.array([a.label for a in record.annotations], dtype=np.int64)
    iou, _ = overlaps(detections.bboxes, truth)
    iou[detections.labels[:, None] != labels] = 0
    is_digit = np.zeros(len(detections.labels), dtype=bool)
    for index in by_score(*detections):
        if iou[index].max(initial=0) >= LEAST_IOU:
            is_digit[index] = True
            iou[:, np.argmax(iou[index])] = 0
    return Case(detections, "".join(map(str, labels.tolist())), is_digit)


def read_cases(paths: Sequence[str | os.PathLike], images: ImageSet) -> list[Case]:
    """Read the detections of labelled images from one or more files.

    Args:
        paths: ``pred.json`` files that share no image: such as those of the models of a
            cross-validation, each about the images that it was not trained on.
        images: The images, with labels.

    Returns:
        A case for each image, in their order.

    Raises:
        InputError: If a file can't be used, two have detections on one image, or none has any.
    """
    found: dict[int, tuple[str, Detections]] = {}
    for path in map(str, paths):
        for image_id, detections in read_detections(path, images).items():
            if not len(detections.scores):
                continue
            if image_id in found:
                raise InputError(
                    f"tuning: {found[image_id][0]} and {path} both have detections on image "
                    f"{image_id}; give files of different images, or merge models with "
                    "tools/ensemble.py first"
                )
            found[image_id] = path, detections
    if not found:
        raise InputError(f"tuning: {', '.join(map(str, paths))} have no detection at all")
    nothing = Detections(np.zeros((0, 4)), np.zeros(0, dtype=np.int64), np.zeros(0))
    return [
        make_case(record, found.get(record.image_id, ("", nothing))[1]) for record in images.records
    ]


def right(reader: DigitReader, cases: Sequence[Case]) -> np.ndarray:
    """Find which images a reader reads exactly right.

    Args:
        reader: The reader.
        cases: N images.

    Returns:
        ``(N,)`` bool.
    """
    return np.array([reader(*case.detections) == case.truth for case in cases], dtype=bool)
