import json

import numpy as np
import pytest
from mmdet.registry import METRICS
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import mmdigits.evaluation  # noqa: F401  registers
from mmdigits.errors import InputError


def build(type_, **cfg):
    metric = METRICS.build(dict(type=type_, **cfg))
    metric.dataset_meta = dict(classes=tuple("0123456789"))
    return metric


def evaluate(metric, *batches):
    for batch in batches:
        metric.process({}, batch)
    return metric.evaluate(sum(map(len, batches)))


ONE = (1, 0, 0, 10, 20)
TWO = (2, 12, 0, 22, 20)


def test_sequence_accuracy_over_two_batches(sample):
    result = evaluate(
        build("SequenceAccuracy"),
        [sample(1, [(*TWO, 0.9), (*ONE, 0.8)], [ONE, TWO])],
        [sample(2, [(*ONE, 0.9)], [ONE, TWO]), sample(3, [(*ONE, 0.1)], [])],
    )
    assert result == {
        "digits/seq_acc": 2 / 3,
        "digits/seq_acc_len0": 1,
        "digits/seq_acc_len2": 0.5,
        "digits/edit_distance_per_digit": 1 / 4,
    }


def test_the_reader_is_a_config(sample):
    reader = dict(type="DigitStringPostprocessor", score_thr=0.05)
    metric = build("SequenceAccuracy", reader=reader)
    assert evaluate(metric, [sample(3, [(*ONE, 0.1)], [ONE])])["digits/seq_acc"] == 1


def test_truth_strings_come_in_file_order_not_from_the_reader(sample):
    truth = [TWO, ONE]  # the file says 21, boxes by x say 12
    metric = build("SequenceAccuracy")
    assert evaluate(metric, [sample(1, [(*ONE, 0.9), (*TWO, 0.9)], truth)])["digits/seq_acc"] == 0


@pytest.mark.parametrize("metric", ["SequenceAccuracy", "DigitCocoMetric"])
def test_a_set_without_labels_gives_no_numbers(sample, metric):
    assert evaluate(build(metric), [sample(1, [(*ONE, 0.9)], None)]) == {}


@pytest.mark.parametrize("metric", ["SequenceAccuracy", "DigitCocoMetric"])
def test_labels_for_some_images_alone_are_an_error(sample, metric):
    samples = [sample(1, [(*ONE, 0.9)], [ONE]), sample(17, [], None)]
    with pytest.raises(InputError, match=rf"{metric}: no truth for image ids \[17\] \(1 of 2\)"):
        evaluate(build(metric), samples)


def test_map_is_what_pycocotools_gives_by_hand(sample, tmp_path):
    rng = np.random.default_rng(0)
    samples, annotations, detections = [], [], []
    for image_id in range(1, 9):
        truth, found = [], []
        for _ in range(rng.integers(0, 5)):
            x, y, w, h = rng.uniform((-5, -5, 5, 8), (90, 30, 15, 30))
            digit = int(rng.integers(0, 3))
            truth.append((digit, x, y, x + w, y + h))
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=image_id,
                    category_id=digit + 1,
                    bbox=[x, y, w, h],
                    area=w * h,
                    iscrowd=0,
                )
            )
            dx, dy = rng.normal(0, 1.5, 2)
            found.append((digit, x + dx, y + dy, x + w + dx, y + h, float(rng.uniform(0.1, 1))))
        found.append((int(rng.integers(0, 3)), 0, 0, 20, 20, float(rng.uniform(0, 0.6))))
        samples.append(sample(image_id, found, truth))
    writer = build("SubmissionWriter", out_dir=str(tmp_path / "out"))
    evaluate(writer, samples)
    detections = json.loads((tmp_path / "out" / "pred.json").read_text())

    truth_file = tmp_path / "truth.json"
    truth_file.write_text(
        json.dumps(
            dict(
                images=[dict(id=i, width=100, height=50, file_name="") for i in range(1, 9)],
                annotations=annotations,
                categories=[dict(id=d + 1, name=str(d)) for d in range(10)],
            )
        )
    )
    coco = COCO(str(truth_file))
    by_hand = COCOeval(coco, coco.loadRes(detections), "bbox")
    by_hand.evaluate()
    by_hand.accumulate()
    by_hand.summarize()
    ours = evaluate(build("DigitCocoMetric"), samples)
    assert 0.2 < by_hand.stats[0] < 0.95
    # CocoMetric rounds to three digits.
    assert ours["coco/bbox_mAP"] == pytest.approx(by_hand.stats[0], abs=5.1e-4)
    assert ours["coco/bbox_mAP_50"] == pytest.approx(by_hand.stats[1], abs=5.1e-4)


def test_no_detection_at_all_scores_zero_instead_of_stopping_a_training(sample):
    assert evaluate(build("DigitCocoMetric"), [sample(1, [], [ONE])])["coco/bbox_mAP"] == 0


def test_a_labelled_set_without_a_box_is_scored(sample):
    assert evaluate(build("DigitCocoMetric"), [sample(1, [(*ONE, 0.9)], [])])["coco/bbox_mAP"] <= 0


def test_a_network_that_finds_nothing_any_more_scores_zero(sample):
    metric = build("DigitCocoMetric")
    assert evaluate(metric, [sample(1, [(*ONE, 0.9)], [ONE])])["coco/bbox_mAP"] == 1
    assert evaluate(metric, [sample(1, [], [ONE])])["coco/bbox_mAP"] == 0
    assert evaluate(metric, [sample(1, [(*ONE, 0.9)], [ONE])])["coco/bbox_mAP"] == 1
