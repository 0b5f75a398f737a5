"""tools/read_detections.py: numbers from the detections of another framework."""

import csv
import json

import pytest

# As torchvision or Detectron2 users write COCO results: any order, further keys.
ROWS = [
    dict(image_id=1, category_id=3, bbox=[25.0, 10.0, 10.0, 20.0], score=0.8, area=200.0),
    dict(image_id=1, category_id=2, bbox=[5.0, 10.0, 10.0, 20.0], score=0.9, area=200.0),
    dict(image_id=1, category_id=8, bbox=[6.0, 10.0, 10.0, 20.0], score=0.6, area=200.0),
]
BOXES = {1: [(1, 5, 10, 10, 20), (2, 25, 10, 10, 20)], 2: [(7, 5, 10, 10, 20)]}


@pytest.fixture
def read(run_tool, homework, monkeypatch):
    """A function that runs the tool on ROWS and returns status, prints and the folder."""
    folder = homework(BOXES)
    (folder / "results.json").write_text(json.dumps(ROWS))

    def run(*flags, predictions="results.json", out="out"):
        monkeypatch.chdir(folder)
        return *run_tool("read_detections", predictions, "--out", out, *flags), folder

    return run


def strings(folder):
    with (folder / "out" / "pred.csv").open(newline="") as file:
        return {row["image_id"]: row["pred_label"] for row in csv.DictReader(file)}


def test_numbers_are_written_with_confidence_boxes_and_alternatives(read):
    code, printed, error, folder = read("--labels", "valid.json")
    assert (code, error) == (0, "")
    assert printed.splitlines() == [
        "string accuracy 0.5000 (0.0945 to 0.9055): 1 of 2",
        "out: 2 numbers (1 of them -1) from 3 detections",
    ]
    assert strings(folder) == {"1": "12", "2": "-1"}
    first, second = json.loads((folder / "out" / "readings.json").read_text())
    assert first["string"] == "12" and first["digits"] == [0, 1]  # in pred.json by falling score
    assert first["alternatives"][0]["string"] in ("72", "2", "1")
    assert 0 < first["confidence"] < 1 and second["string"] == ""


def test_without_labels_a_folder_lists_the_images(read):
    code, printed, _, folder = read("--images", "test")
    assert code == 0 and printed.startswith("out: 2 numbers")
    assert strings(folder) == {"1": "12", "2": "-1"}


def test_the_reader_is_what_the_flag_says(read):
    folder = read("--images", "test", "--reader", "iou_thr=1", "order=x")[3]
    assert strings(folder)["1"] == "172"


@pytest.mark.parametrize(
    ("flags", "change", "message"),
    [
        (["--images", "test"], dict(predictions="none.json"), "there is no file none.json"),
        (["--images", "none"], dict(), "there is no folder none"),
        (["--labels", "results.json"], dict(), "has no list of objects 'images'"),
        (["--images", "test", "--reader", "order=y"], dict(), "order is 'y'"),
        (["--images", "test", "--reader", "none.json"], dict(), "there is no file none.json"),
    ],
)
def test_wrong_input_is_one_line_and_writes_nothing(read, flags, change, message):
    code, printed, error, folder = read(*flags, **change)
    assert code == 1 and printed == "" and not (folder / "out").exists()
    assert error.startswith("read_detections: ") and message in error and error.count("\n") == 1


def test_the_detections_are_not_written_over(read):
    folder = read("--images", "test")[3]
    code, _, error, _ = read("--images", "test", predictions="out/pred.json")
    assert code == 1 and "one of the files it is made from" in error
    assert json.loads((folder / "out" / "pred.json").read_text())
