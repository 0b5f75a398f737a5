"""Detections made from true boxes, with the errors that detectors make."""

import json
from pathlib import Path

import numpy as np


def made_rows(labels: Path, seed: int, missed: float = 0.1, confused: float = 0.05) -> list[dict]:
    """Make entries of a ``pred.json``.

    True boxes shift and some go missing or get another digit; some get a second, weaker digit in
    the same place, and every image gets weak boxes where nothing is.
    """
    content, rng = json.loads(labels.read_text()), np.random.default_rng(seed)
    rows = []

    def add(image_id: int, box: np.ndarray, score: float, category: int) -> None:
        box = np.maximum(box, [0, 0, 1, 1]).round(3).tolist()
        rows.append(
            dict(image_id=image_id, bbox=box, score=round(score, 4), category_id=int(category))
        )

    for annotation in content["annotations"]:
        box = np.array(annotation["bbox"], float)
        category = annotation["category_id"]
        if rng.random() < missed:
            continue
        if rng.random() < confused:
            category = rng.integers(1, 11)
        size = np.tile(box[2:], 2)
        add(annotation["image_id"], box + rng.normal(0, 0.06, 4) * size, rng.beta(6, 2), category)
        if rng.random() < 0.3:
            other = rng.integers(1, 11)
            add(annotation["image_id"], box + rng.normal(0, 0.1, 4) * size, rng.beta(2, 3), other)
    for image in content["images"]:
        for _ in range(rng.poisson(3)):
            box = rng.uniform(0, 1, 4) * [image["width"], image["height"], 30, 50]
            add(image["id"], box, rng.beta(1, 8), rng.integers(1, 11))
    return rows


def write_made(path: Path, labels: Path, seed: int, **rates: float) -> Path:
    """Write :func:`made_rows` as a file and return its path."""
    path.write_text(json.dumps(made_rows(labels, seed, **rates)))
    return path
