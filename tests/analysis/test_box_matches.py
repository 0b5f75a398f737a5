import io
from contextlib import redirect_stdout

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmdigits.analysis.box_matches import match_boxes, mean_precisions
from mmdigits.files.annotations import Annotation, ImageRecord
from mmdigits.files.detections import Detections


def random_scene(rng, images: int = 6, most: int = 6):
    """Labels with crowds, and detections with equal scores; some images have neither."""
    records, detections = [], {}
    for image_id in range(1, images + 1):
        x = rng.integers(0, 40, rng.integers(0, 4))
        records.append(
            ImageRecord(
                *(image_id, "", None),
                [
                    Annotation(
                        (float(left), 0.0, float(left) + 10, 20.0),
                        int(rng.integers(0, 3)),
                        bool(rng.random() < 0.2),
                    )
                    for left in x
                ],
            )
        )
        # Half of them near a true box.
        count = int(rng.integers(0, most))
        left, labels = rng.integers(0, 40, count), rng.integers(0, 3, count)
        if count and len(x):
            near = np.nonzero(rng.random(count) < 0.5)[0]
            chosen = rng.integers(0, len(x), len(near))
            left[near] = x[chosen]
            labels[near] = [records[-1].annotations[number].label for number in chosen]
        top, scores = rng.integers(-4, 4, count), np.sort(rng.integers(1, 6, count) / 5)[::-1]
        boxes = np.stack([left, top, left + 10, top + 20], axis=1).astype(float)
        if count:
            detections[image_id] = Detections(boxes, labels, scores)
    return records, detections


def by_pycocotools(records, detections, score_thr: float = 0.0) -> float:
    """MAP, without anything of ours between the boxes and COCOeval."""
    truth, found = COCO(), COCO()
    categories = [dict(id=label, name=str(label)) for label in range(10)]
    images = [dict(id=record.image_id) for record in records]
    for coco in (truth, found):
        coco.dataset = dict(images=images, annotations=[], categories=categories)

    def add(coco, image_id, label, box, **further):
        x1, y1, x2, y2 = map(float, box)
        entry = dict(image_id=image_id, category_id=int(label), bbox=[x1, y1, x2 - x1, y2 - y1])
        entry |= dict(id=len(coco.dataset["annotations"]) + 1, iscrowd=0, area=1, **further)
        coco.dataset["annotations"].append(entry)
        return entry

    for record in records:
        for annotation in record.annotations:
            entry = add(truth, record.image_id, annotation.label, annotation.bbox)
            entry["iscrowd"] = int(annotation.ignore)
    for image_id, image in detections.items():
        for box, label, score in zip(*image, strict=True):
            if score >= score_thr:
                add(found, image_id, label, box, score=float(score))
    with redirect_stdout(io.StringIO()):
        truth.createIndex()
        found.createIndex()
        evaluator = COCOeval(truth, found, "bbox")
        evaluator.evaluate()
        evaluator.accumulate()
    precision = evaluator.eval["precision"][:, :, :, 0, -1]
    scored = precision[precision > -1]
    return scored.mean() if scored.size else -1


def test_precisions_are_those_of_pycocotools_even_with_equal_scores():
    rng, values = np.random.default_rng(0), set()
    for _ in range(30):
        records, detections = random_scene(rng)
        (digits,) = match_boxes(records, detections)
        for score_thr in (0, 0.5, 0.6):
            ours = mean_precisions(digits, score_thr=score_thr)
            theirs = by_pycocotools(records, detections, score_thr)
            assert (-1 if ours is None else ours.mean()) == pytest.approx(theirs, abs=1e-12)
            values.add(round(theirs, 3))
    assert len(values) > 40


def test_precisions_of_a_draw_are_those_of_a_set_with_these_images():
    rng = np.random.default_rng(1)
    for _ in range(30):
        records, detections = random_scene(rng)
        (digits,) = match_boxes(records, detections)
        drawn = rng.integers(6, size=6)
        again = [records[place]._replace(image_id=number) for number, place in enumerate(drawn)]
        found = {
            number: detections[place + 1]
            for number, place in enumerate(drawn.tolist())
            if place + 1 in detections
        }
        ours = mean_precisions(digits, drawn)
        theirs = by_pycocotools(again, found)
        assert (-1 if ours is None else ours.mean()) == pytest.approx(theirs, abs=1e-12)


def test_a_hundred_detections_of_a_digit_count():
    # A right one after 99 or 100 false ones.
    record = ImageRecord(1, "", None, [Annotation((0.0, 0.0, 10.0, 20.0), 1, False)])
    for false, found in ((99, True), (100, False)):
        boxes = np.tile([50.0, 0.0, 60.0, 20.0], (false + 1, 1))
        boxes[-1, [0, 2]] = 0, 10
        image = Detections(boxes, np.ones(false + 1, np.int64), np.linspace(0.9, 0.5, false + 1))
        ((_, one, *_),) = match_boxes([record], {1: image})
        assert one.precisions() == pytest.approx(1 / 100 if found else 0)
        assert len(one.scores) == 100 and one.truths.tolist() == [1]


def test_a_crowd_is_no_truth_and_its_detections_are_neither_true_nor_false():
    crowd = ImageRecord(1, "", None, [Annotation((0.0, 0.0, 10.0, 20.0), 1, True)])
    image = Detections(np.array([[0.0, 0.0, 10.0, 20.0]]), np.array([1]), np.array([0.9]))
    (digits,) = match_boxes([crowd], {1: image})
    assert not digits[1].true.any() and not digits[1].false.any()
    assert digits[1].truths.tolist() == [0] and digits[1].precisions() is None
    assert mean_precisions(digits) is None


def test_images_come_by_id():
    records = [
        ImageRecord(image_id, "", None, [Annotation((0.0, 0.0, 10.0, 20.0), 1, False)] * boxes)
        for image_id, boxes in ((9, 1), (4, 2))
    ]
    (digits,) = match_boxes(records, {})
    assert digits[1].truths.tolist() == [2, 1] and digits[1].counts.tolist() == [0, 0]
