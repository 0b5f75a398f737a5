import json

import numpy as np
import pytest
from made_detections import write_made

from mmdigits.analysis.average_precision import AveragePrecision
from mmdigits.errors import InputError
from mmdigits.files.detections import read_detections
from mmdigits.files.image_set import read_image_set
from mmdigits.files.labels_file import read_labels_file
from mmdigits.files.readings_file import write_readings
from mmdigits.reading import Reading

BOXES = {1: [(1, 5, 10, 10, 20), (2, 25, 10, 10, 20)], 2: [(7, 5, 10, 10, 20)], 3: []}


@pytest.fixture
def images(homework):
    return read_image_set(labels=homework(BOXES) / "valid.json")


def labels_file(folder, *rows: str):
    path = folder / "pred.csv"
    path.write_text("\n".join(["image_id,pred_label", *rows]) + "\n")
    return path


def test_numbers_are_read_in_any_order(images, tmp_path):
    strings = read_labels_file(labels_file(tmp_path, "3,-1", "1,012", "2,7"), images)
    assert strings == {1: "012", 2: "7", 3: ""}


def test_a_file_that_excel_saved_is_read(images, tmp_path):
    path = labels_file(tmp_path, "1,12", "2,7", "3,-1")
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert read_labels_file(path, images) == {1: "12", 2: "7", 3: ""}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["1,12", "2,7"], "no row for 1 images.*such as 3"),
        (["1,12", "2,7", "3,-1", "4,1"], "line 5 has image_id '4'"),
        (["1,12", "1,12", "3,-1"], "line 3 lists image 1 again"),
        (["1,12", "2,", "3,-1"], "line 3 has pred_label ''"),
        (["1,12", "2,7.0", "3,-1"], "line 3 has pred_label '7.0'"),
        (["1", "2,7", "3,-1"], "line 2 has pred_label None"),
        (["1" * 5000 + ",12", "2,7", "3,-1"], "line 2 has image_id '111"),
    ],
)
def test_a_wrong_row_is_named(images, tmp_path, rows, message):
    with pytest.raises(InputError, match=message):
        read_labels_file(labels_file(tmp_path, *rows), images)


def test_a_missing_file_or_column_is_an_error(images, tmp_path):
    with pytest.raises(InputError, match=r"can't read .*pred\.csv"):
        read_labels_file(tmp_path / "pred.csv", images)
    (tmp_path / "pred.csv").write_text("image,label\n1,2\n")
    with pytest.raises(InputError, match="KeyError"):
        read_labels_file(tmp_path / "pred.csv", images)


def all_found(images) -> list[dict]:
    """The truth as perfect detections."""
    return [
        dict(
            image_id=record.image_id,
            bbox=[a.bbox[0], a.bbox[1], a.bbox[2] - a.bbox[0], a.bbox[3] - a.bbox[1]],
            score=0.9,
            category_id=a.label + 1,
        )
        for record in images.records
        for a in record.annotations
    ]


@pytest.fixture
def score(run_tool, images, tmp_path):
    """A function that scores a submission in which the second of three numbers is wrong."""
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "pred.json").write_text(json.dumps(all_found(images)))
    labels_file(folder, "1,12", "2,1", "3,-1")

    def run(*flags, confidences=None, strings=("12", "1", "")):
        if confidences is not None:
            said = [
                Reading(string, np.arange(len(string)), confidence)
                for string, confidence in zip(strings, confidences, strict=True)
            ]
            write_readings(folder / "readings.json", dict(enumerate(said, start=1)))
        code, out, err = run_tool("score", folder, images.source, *flags)
        return code, out.splitlines(), err

    return run


def test_the_tool_prints_both_scores_with_intervals(score):
    code, lines, _ = score("--resamples=100")
    assert code == 0
    # 2 of 3, Wilson: 0.2077 to 0.9385. Every box is found, whichever images are drawn; a draw of
    # image 3 alone has none.
    assert lines == [
        "string accuracy 0.6667 (0.2077 to 0.9385): 2 of 3",
        "mAP 1.0000 (1.0000 to 1.0000)",
    ]


def test_confidences_are_judged_where_there_are_any(score):
    flags = ("--resamples=0", "--confidence-thr", "0.5", "0.95")
    code, lines, _ = score(*flags, confidences=(0.9, 0.2, 0.6))
    assert code == 0
    # Three bins of one image each: .1, .2 and .4 off.
    assert lines[2].startswith("expected calibration error 0.233; a perfectly calibrated")
    assert lines[3].startswith("from confidence 0.5 it answers 67% of the images (21% to 94%), 1.0")
    assert lines[4] == "from confidence 0.95 it answers 0% of the images (0% to 56%)"


@pytest.mark.parametrize(
    ("given", "flags", "message"),
    [
        (dict(), ["--confidence-thr", "0.5"], "there is no file"),
        (dict(confidences=(1, 1, 1)), ["--confidence-thr", "2"], "--confidence-thr is [2.0]"),
        (
            dict(confidences=(1, 1, 1), strings=("12", "7", "")),
            [],
            "say different numbers for 1 images",
        ),
    ],
)
def test_confidences_that_cannot_be_judged_are_one_line(score, given, flags, message):
    code, lines, error = score("--resamples=0", *flags, **given)
    assert code == 1 and lines == []
    assert error.startswith("score: ") and message in error and error.count("\n") == 1


def test_the_interval_of_map_is_that_of_resampled_images(svhn, tmp_path):
    path = tmp_path / "pred.json"
    write_made(path, svhn / "valid.json", seed=0)
    images = read_image_set(labels=svhn / "valid.json")
    detections = read_detections(path, images)
    whole = AveragePrecision(images.records, detections)
    low, high = whole.interval(resamples=30, seed=1)
    assert low < whole.at() < high and 0.01 < high - low < 0.2
    assert whole.interval(resamples=30, seed=1) == (low, high)
    # The first draw by hand: the drawn images under new ids, a repeated one as often as drawn.
    drawn = np.random.default_rng(1).integers(300, size=300)
    records = [
        images.records[i]._replace(image_id=number) for number, i in enumerate(drawn.tolist())
    ]
    ids = list(images.names)
    again = AveragePrecision(
        records, {number: detections[ids[i]] for number, i in enumerate(drawn.tolist())}
    )
    one, same = whole.interval(resamples=1, seed=1)
    assert one == same == pytest.approx(2 * whole.at() - again.at(), abs=1e-12)
