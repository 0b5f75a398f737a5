"""The files of a made run: labels, photographs, a submission and another one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from mmdigits.files.annotations import coco_annotation, coco_categories
from mmdigits.files.detections import Detections
from mmdigits.files.readings_file import reading_row
from mmdigits.files.submission import ImageResult, detection_rows, write_submission
from mmdigits.reading import Alternative, Reading

SIZE = (90, 40)
LEFT, TOP, WIDTH, HEIGHT, STEP = 6, 8, 10, 20, 14  # of the true digits, in pixels


class Found(NamedTuple):
    """One image of a submission.

    ``found`` are (digit, true digit's place, score) in the order of the scores, the place None for
    a box below all digits; ``used`` are those that spell the number.
    """

    image_id: int
    truth: str
    found: Sequence[tuple[int, int | None, float]]
    used: Sequence[int]
    confidence: float


def write_labels(path: Path, truths: dict[int, str], names: dict[int, str] | None = None) -> Path:
    """Write labels and a photograph of noise for each image, called ``ID.png``."""
    folder, rng = path.with_suffix(""), np.random.default_rng(0)
    folder.mkdir(parents=True)
    names = {image_id: f"{image_id}.png" for image_id in truths} | (names or {})
    annotations = []
    for image_id, truth in truths.items():
        pixels = rng.integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / Path(names[image_id]).name)
        for place, digit in enumerate(truth):
            box = [LEFT + place * STEP, TOP, WIDTH, HEIGHT]
            annotations.append(coco_annotation(len(annotations) + 1, image_id, int(digit), box))
    images = [
        dict(id=image_id, file_name=names[image_id], width=SIZE[0], height=SIZE[1])
        for image_id in truths
    ]
    content = dict(images=images, annotations=annotations, categories=coco_categories())
    path.write_text(json.dumps(content))
    return path


def write_found(folder: Path, images: Sequence[Found], readings: bool = True) -> Path:
    """Write a submission."""
    results = []
    for image_id, _, found, used, confidence in images:
        boxes = [
            [LEFT + (place or 0) * STEP, TOP if place is not None else 30, WIDTH, HEIGHT]
            for _, place, _ in found
        ]
        corners = np.array(boxes, float).reshape(-1, 4)
        corners[:, 2:] += corners[:, :2]
        labels = np.array([digit for digit, _, _ in found], np.int64)
        detections = Detections(corners, labels, np.array([s for _, _, s in found], float))
        string = "".join(str(labels[i]) for i in used)
        other = (Alternative("12", 0.25, False), Alternative("7", None, True))
        reading = Reading(string, np.array(used, np.int64), confidence, other)
        row = reading_row(image_id, reading) if readings else None
        rows = detection_rows(image_id, detections)
        results.append(ImageResult(image_id, f"{image_id}.png", string, rows, row))
    write_submission(folder, results)
    return folder


def made_images(count: int, seed: int) -> list[Found]:
    """Make images whose numbers are read with all kinds of errors, most of them right.

    Image 5 has no digits.
    """
    truths, rng = np.random.default_rng(99), np.random.default_rng(seed)
    images = []
    for image_id in range(1, count + 1):
        truth = "".join(map(str, truths.integers(0, 10, truths.integers(1, 5))))
        found: list = [(int(digit), place) for place, digit in enumerate(truth)]
        order = list(range(len(truth)))
        what = rng.choice(["right"] * 6 + ["missed", "confused", "extra", "order", "nothing"])
        if what == "missed":
            order.pop()
        elif what == "confused":
            found[0] = ((found[0][0] + 1) % 10, 0)
        elif what == "order":
            order.reverse()
        elif what == "nothing":
            order = []
        found.append((int(rng.integers(0, 10)), None))
        if what == "extra":
            order.append(len(found) - 1)
        scores = np.sort(rng.uniform(0.3, 1, len(found)))[::-1].round(3).tolist()
        scored = [(*one, score) for one, score in zip(found, scores, strict=True)]
        wrong = what != "right"
        confidence = float(rng.beta(2, 3) if wrong and rng.random() < 0.8 else rng.beta(9, 1))
        images.append(Found(image_id, truth, scored, order, confidence))
    images[4] = Found(5, "", [(1, None, 0.4)], [], 0.9)
    return images


def page_part(page: Path, name: str) -> object:
    """Read the data, or the photographs, that a page holds."""
    text = page.read_text(encoding="utf-8")
    start = text.index(">", text.index(f'<script type="application/json" id="{name}"')) + 1
    return json.loads(text[start : text.index("</script>", start)])
