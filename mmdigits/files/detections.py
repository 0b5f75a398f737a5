"""Read a ``pred.json`` of whoever made it, and say what is wrong with it."""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mmdigits.errors import InputError
from mmdigits.files.image_set import ImageSet

MOST_PIXELS = 1e9  # of a box's numbers


class Detections(NamedTuple):
    """Detections of one image, by falling score as a model returns them.

    Attributes:
        bboxes: ``(K, 4)`` float x_min, y_min, x_max, y_max in pixels of the stored image; K may
            be 0.
        labels: ``(K,)`` int64, the digits 0 to 9.
        scores: ``(K,)`` float in [0, 1].
    """

    bboxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


def read_detections(path: str | os.PathLike, images: ImageSet) -> dict[int, Detections]:
    """Read a ``pred.json``.

    Args:
        path: A list of ``image_id``, ``bbox`` (x_min, y_min, width, height in pixels), ``score``
            in [0, 1] and ``category_id`` (digit + 1); further keys are passed over. The list may
            be empty.
        images: The images that it may name.

    Returns:
        The detections of every image of ``images``, in its order: boxes and scores in float64 as
        the file has them, by falling score, equal scores in file order; ``(0, 4)`` boxes where it
        has none.

    Raises:
        InputError: If the file is missing or not such a list, a value is out of its range, or an
            image is unknown.
    """
    rows: dict[int, list] = defaultdict(list)
    for number, entry in enumerate(_load(path)):
        problem = _problem(entry)
        if problem:
            raise InputError(
                f"predictions: {path}: entry {number}, counted from 0, {problem}; mend the program "
                "that wrote the file"
            )
        rows[entry["image_id"]].append(entry)
    unknown = sorted(set(rows) - set(images.names))
    if unknown:
        raise InputError(
            f"predictions: {path} has detections on {len(unknown)} images that {images.source} "
            f"does not list, such as image_id {', '.join(map(str, unknown[:5]))}; give the images "
            "that it was made on"
        )
    return {image_id: _detections(rows[image_id]) for image_id in images.names}


def coverage_warnings(
    paths: Sequence[str | os.PathLike], models: Sequence[Mapping[int, Detections]]
) -> list[str]:
    """Find files that seem to be about other images than the rest.

    Args:
        paths: The files.
        models: What :func:`read_detections` gives for each.

    Returns:
        One line for each file that has detections on fewer than half as many images as another
        has; a model that finds little is possible, so this is no error.
    """
    found = [sum(len(image.scores) > 0 for image in model.values()) for model in models]
    most = max(found)
    return [
        f"{path} has detections on {count} of {len(model)} images, {paths[found.index(most)]} on "
        f"{most}: are they of the same images?"
        for path, model, count in zip(paths, models, found, strict=True)
        if 2 * count < most
    ]


def _load(path: str | os.PathLike) -> list:
    try:
        with open(path, encoding="utf-8") as file:
            entries = json.load(file)
    except FileNotFoundError:
        raise InputError(
            f"predictions: there is no file {path}; tools/test.py writes a pred.json"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"predictions: {path} is not a JSON file ({error}); write it again"
        ) from None
    if not isinstance(entries, list):
        raise InputError(
            f"predictions: {path} holds a {type(entries).__name__}; a pred.json is a list of "
            "image_id, bbox, score and category_id"
        )
    return entries


def _problem(entry: object) -> str | None:
    if not isinstance(entry, dict):
        return f"is {entry!r:.80}, not an object of image_id, bbox, score and category_id"
    missing = [k for k in ("image_id", "bbox", "score", "category_id") if k not in entry]
    if missing:
        return f"has no {', '.join(missing)}: {entry!r:.80}"
    bbox, score, category = entry["bbox"], entry["score"], entry["category_id"]
    if type(entry["image_id"]) is not int:
        return f"has image_id {entry['image_id']!r}, which must be an integer"
    if type(category) is not int or not 1 <= category <= 10:
        return f"has category_id {category!r}; allowed are 1 to 10 (digit + 1)"
    if not _finite(score) or not 0 <= score <= 1:
        return f"has score {score!r}; allowed is 0 to 1"
    if not isinstance(bbox, list) or len(bbox) != 4 or not all(map(_finite, bbox)):
        return f"has bbox {bbox!r:.80}; it must be four finite numbers"
    if max(map(abs, bbox)) > MOST_PIXELS:
        return f"has bbox {bbox!r:.80}: no image has so many pixels"
    if bbox[2] < 0 or bbox[3] < 0:
        return f"has bbox {bbox}: width and height must not be negative (x_min, y_min, w, h)"
    return None


def _finite(value: object) -> bool:
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def _detections(rows: Sequence[dict]) -> Detections:
    boxes = np.array([row["bbox"] for row in rows], dtype=np.float64).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    labels = np.array([row["category_id"] - 1 for row in rows], dtype=np.int64)
    scores = np.array([row["score"] for row in rows], dtype=np.float64)
    by_score = np.argsort(-scores, kind="stable")
    return Detections(boxes[by_score], labels[by_score], scores[by_score])
