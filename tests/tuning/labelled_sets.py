"""Small labelled sets for the tests of the tuning."""

import json
from pathlib import Path

import numpy as np
from detection_rows import detections

from mmdigits.files.annotations import Annotation, ImageRecord
from mmdigits.tuning.cases import Case, make_case

Row = tuple[float, ...]


def write_labels(path: Path, images: int, seed: int = 0) -> Path:
    """Write labels as the homework has them: rows of 1 to 4 random digits; return the path."""
    rng = np.random.default_rng(seed)
    annotations = []
    for image_id in range(1, images + 1):
        x, y, height = rng.uniform(2, 10), rng.uniform(5, 15), rng.uniform(20, 35)
        for _ in range(rng.integers(1, 5)):
            width = height * rng.uniform(0.4, 0.6)
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=image_id,
                    category_id=int(rng.integers(1, 11)),
                    bbox=[round(float(side), 2) for side in (x, y, width, height)],
                    area=width * height,
                    iscrowd=0,
                )
            )
            x += width * 1.1
    content = dict(
        images=[
            dict(id=image_id, file_name=f"{image_id}.png", width=120, height=60)
            for image_id in range(1, images + 1)
        ],
        annotations=annotations,
        categories=[dict(id=digit + 1, name=str(digit)) for digit in range(10)],
    )
    path.write_text(json.dumps(content))
    return path


def record_of(*digits: Row, image_id: int = 1) -> ImageRecord:
    """Labels of one image from (digit, x_min, y_min, width, height) tuples."""
    annotations = [
        Annotation((x, y, x + width, y + height), int(label), False)
        for label, x, y, width, height in digits
    ]
    return ImageRecord(image_id, f"{image_id}.png", (200, 100), annotations)


def case_of(truth: list[Row], found: list[Row]) -> Case:
    """A case from true digits and detections, (digit, x_min, y_min, width, height[, score])."""
    return make_case(record_of(*truth), detections(*found))
