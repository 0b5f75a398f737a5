import csv
import json
from functools import partial

import pytest
import torch
from made_detections import write_made
from mmdet.registry import METRICS
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmdigits.analysis.average_precision import AveragePrecision
from mmdigits.analysis.sweep import SweepRow, best_for_strings, parse_thresholds, plateau, sweep
from mmdigits.errors import InputError
from mmdigits.evaluation.ensembling import read_strings
from mmdigits.files.detections import read_detections
from mmdigits.files.image_set import read_image_set
from mmdigits.reading import DigitReader

BOXES = {
    # "12", its 1 weak; "7" with a false 4 beside it; nothing found.
    1: [(1, 5, 10, 10, 20), (2, 25, 10, 10, 20)],
    2: [(7, 5, 10, 10, 20)],
    3: [(3, 5, 10, 10, 20)],
}
FOUND = [(1, 1, 5, 0.3), (1, 2, 25, 0.8), (2, 7, 5, 0.9), (2, 4, 25, 0.5)]


@pytest.fixture
def few(homework):
    """Paths of a pred.json of FOUND (image, digit, x, score) and of its labels."""
    folder = homework(BOXES)
    rows = [
        dict(image_id=image_id, bbox=[x, 10, 10, 20], score=score, category_id=digit + 1)
        for image_id, digit, x, score in FOUND
    ]
    (folder / "pred.json").write_text(json.dumps(rows))
    return folder / "pred.json", folder / "valid.json"


@pytest.fixture
def tool(run_tool):
    """A function that runs tools/sweep_thresholds.py: exit status, stdout, stderr."""
    return partial(run_tool, "sweep_thresholds")


def pycocotools_map(labels, rows):
    truth = COCO(str(labels))
    by_hand = COCOeval(truth, truth.loadRes(rows), "bbox")
    by_hand.evaluate()
    by_hand.accumulate()
    by_hand.summarize()
    return by_hand.stats[0]


def test_accuracy_over_thresholds_by_hand(few):
    images = read_image_set(labels=few[1])
    result = sweep(
        read_detections(few[0], images),
        images,
        DigitReader(),
        [0.2, 0.3, 0.4, 0.5, 0.6, 0.9, 0.95],
    )
    # "12" up to .3, "2" to .8; "74" up to .5, "7" to .9.
    assert [row.right for row in result.rows] == [1, 1, 0, 0, 1, 1, 0]
    assert [row.unread for row in result.rows] == [1, 1, 1, 1, 1, 2, 3]
    assert [row.detections for row in result.rows] == [4, 4, 3, 3, 2, 1, 0]
    assert result.images == 3
    # 1, 2 and 7 are found exactly, 3 is not: 3 of 4 digits have AP 1, the rest 0.
    assert result.uncut == pytest.approx(0.75)
    assert [row.mean_ap for row in result.rows] == pytest.approx([0.75] * 2 + [0.5] * 3 + [0.25, 0])


def test_map_at_each_cut_is_what_pycocotools_gives_for_the_cut_file(svhn, tmp_path):
    labels = svhn / "valid.json"
    path = write_made(tmp_path / "pred.json", labels, seed=0)
    images = read_image_set(labels=labels)
    average_precision = AveragePrecision(images.records, read_detections(path, images))
    rows = json.loads(path.read_text())
    values = [average_precision.at(threshold) for threshold in (0, 0.35, 0.8)]
    by_hand = [
        pycocotools_map(labels, [row for row in rows if row["score"] >= threshold])
        for threshold in (0, 0.35, 0.8)
    ]
    assert values == pytest.approx(by_hand, abs=1e-12)
    assert 0.9 > values[0] > values[1] > values[2] > 0.05


def test_map_is_what_the_metric_of_the_configs_prints(svhn, tmp_path):
    labels = svhn / "valid.json"
    images = read_image_set(labels=labels)
    detections = read_detections(write_made(tmp_path / "p.json", labels, seed=1), images)
    metric = METRICS.build(dict(type="DigitCocoMetric"))
    metric.dataset_meta = dict(classes=tuple("0123456789"))
    for record in images.records:
        truth = dict(
            bboxes=[a.bbox for a in record.annotations],
            labels=[a.label for a in record.annotations],
            ignore_flags=[int(a.ignore) for a in record.annotations],
        )
        found = detections[record.image_id]._asdict()
        sample = dict(
            pred_instances={k: torch.from_numpy(v) for k, v in found.items()},
            img_id=record.image_id,
            ori_shape=(10_000, 10_000),  # made boxes reach outside; the metric would clip them
            truth=truth,
        )
        metric.process({}, [sample])
    printed = metric.evaluate(len(images.names))["coco/bbox_mAP"]
    ours = AveragePrecision(images.records, detections).at()
    assert 0.2 < ours < 0.9 and printed == pytest.approx(ours, abs=5.1e-4)


def test_strings_are_those_of_a_reader_with_that_threshold(svhn, tmp_path):
    labels = svhn / "valid.json"
    images = read_image_set(labels=labels)
    detections = read_detections(write_made(tmp_path / "p.json", labels, seed=2), images)
    for options in (dict(), dict(iou_thr=1.0, order="x")):
        thresholds = [0.1, 0.4, 0.7]
        result = sweep(detections, images, DigitReader(**options), thresholds)
        for row in result.rows:
            reader = DigitReader(score_thr=row.score_thr, **options)
            strings = [reading.string for reading in read_strings(detections, reader).values()]
            assert row.right == sum(map(str.__eq__, strings, images.truths))
            assert row.unread == strings.count("")
        assert len({row.right for row in result.rows}) == 3


def test_a_crowd_box_is_neither_missed_nor_wrong(homework, tmp_path):
    labels = homework(BOXES) / "valid.json"
    content = json.loads(labels.read_text())
    content["annotations"][3]["iscrowd"] = 1  # the 3, which is not found
    labels.write_text(json.dumps(content))
    path = tmp_path / "exact.json"
    keys = ("image_id", "bbox", "category_id")
    exact = [{k: a[k] for k in keys} | {"score": 0.9} for a in content["annotations"][:3]]
    path.write_text(json.dumps(exact))
    images = read_image_set(labels=labels)
    mean_ap = AveragePrecision(images.records, read_detections(path, images)).at()
    assert mean_ap == pytest.approx(1)


def test_no_detections_have_map_zero_and_no_truth_minus_one(few, tmp_path):
    images = read_image_set(labels=few[1])
    assert AveragePrecision(images.records, {}).at() == 0
    no_truth = [record._replace(annotations=[]) for record in images.records]
    assert AveragePrecision(no_truth, read_detections(few[0], images)).at() == -1


@pytest.mark.parametrize(
    ("right", "best"),
    [
        ([1, 5, 5, 5, 2], 2),
        ([5, 5, 1, 5], 0),  # of two, the lower
        ([5, 1, 5, 5, 5, 5, 1], 3),  # the longest run
        ([0, 0, 9], 2),
        ([4], 0),
    ],
)
def test_the_best_threshold_is_the_middle_of_the_plateau(right, best):
    rows = [SweepRow(position, 0, 0.0, count, 0) for position, count in enumerate(right)]
    assert best_for_strings(rows).score_thr == best
    assert {row.right for row in plateau(rows)} == {max(right)}


def test_thresholds_are_a_grid_or_a_list():
    grid = parse_thresholds("0.05:0.95:0.05")
    assert len(grid) == 19 and grid[0] == 0.05 and grid[2] == 0.15 and grid[-1] == 0.95
    assert parse_thresholds("0:1:0.4") == [0, 0.4, 0.8]
    assert parse_thresholds("0.5:0.5:0.1") == [0.5]
    assert parse_thresholds("0.7,0.3,0.7") == [0.3, 0.7]


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "0.1:0.9", "0.1:0.9:0", "0.9:0.1:0.1", "0.9:0.1:-0.1", "0:1:0.0001", "0.5,1.1"),
        *("-0.1:1:0.1", "nan", "0:1:nan", "0:inf:0.1", "0:0.5:inf"),
    ],
)
def test_other_thresholds_are_an_error(text):
    with pytest.raises(InputError, match="START:STOP:STEP or numbers between commas"):
        parse_thresholds(text)


def test_the_tool_prints_and_writes_the_sweep(tool, few, tmp_path):
    out = tmp_path / "out"
    flags = ["--thresholds", "0.1:0.9:0.1", "--out", out]
    code, printed, error = tool(*few, *flags)
    assert code == 0 and error == ""
    starred = [line for line in printed.splitlines() if line.startswith("*")]
    assert [line.split()[1] for line in starred] == ["0.7"]  # the middle of .6 to .9, lower of two
    assert "for the config: reader = dict(score_thr=0.7)" in printed
    assert "mAP: 0.7500 of the whole file; 0.7500 at best when it is cut, at 0.1" in printed

    assert sorted(path.name for path in out.iterdir()) == [
        *("best_threshold.json", "sweep.csv", "sweep.png")
    ]
    with (out / "sweep.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["score_thr"] for row in table] == [f"0.{n}" for n in range(1, 10)]
    assert [float(row["accuracy"]) for row in table] == [n / 3 for n in (1, 1, 1, 0, 0, 1, 1, 1, 1)]
    best = json.loads((out / "best_threshold.json").read_text())
    assert best["strings"]["score_thr"] == 0.7 and best["strings"]["plateau"] == [0.6, 0.9]
    assert best["strings"]["accuracy"] == 1 / 3 and best["images"] == 3
    assert best["reader"] == dict(score_thr=0.7)
    with Image.open(out / "sweep.png") as picture:
        assert picture.size == (840, 540)


def test_the_readers_flags_reach_the_reader(tool, few):
    flags = ["--reader", "iou_thr=1", "order=x", "--thresholds", "0.5"]
    printed = tool(*few, *flags)[1]
    assert "reader = dict(score_thr=0.5, iou_thr=1.0, order='x')" in printed
    assert (few[0].parent / "sweep" / "sweep.csv").is_file()  # beside the file by default


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--thresholds", "5"], "the thresholds are '5'"),
        (["--reader", "iou_thr=2"], "iou_thr is 2"),
        (["--reader", "by_x=1"], "names the option 'by_x'"),
        (["--reader", "method=best_set"], "only a reader by one threshold can be swept"),
    ],
)
def test_a_wrong_flag_ends_in_one_line_and_writes_nothing(tool, few, flags, message):
    code, printed, error = tool(*few, *flags)
    assert code == 1 and printed == "" and message in error and error.count("\n") == 1
    assert not (few[0].parent / "sweep").exists()
