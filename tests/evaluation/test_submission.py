import csv
import json
import zipfile

import pytest
from mmdet.registry import METRICS

import mmdigits.evaluation  # noqa: F401  registers
from mmdigits.errors import InputError


def write(out_dir, *samples, **cfg):
    writer = METRICS.build(dict(type="SubmissionWriter", out_dir=str(out_dir), **cfg))
    writer.process({}, samples)
    return writer.evaluate(len(samples))


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_files_are_what_the_homework_takes(sample, tmp_path):
    summary = write(
        tmp_path,
        sample(12, [(7, 1, 2, 11, 22, 0.75), (0, 20, 2, 30, 22, 0.02), (3, 13, 2, 23, 22, 0.9)]),
        sample(3, []),
    )
    rows = json.loads((tmp_path / "pred.json").read_text())
    assert rows[0] == {
        "image_id": 12,
        "bbox": [13, 2, 10, 20],
        "score": pytest.approx(0.9),
        "category_id": 4,
    }
    assert [row["category_id"] for row in rows] == [4, 8, 1]  # by falling score
    assert rows_of(tmp_path / "pred.csv") == [
        ["image_id", "pred_label"],
        ["3", "-1"],
        ["12", "73"],
    ]
    with zipfile.ZipFile(tmp_path / "submission.zip") as archive:
        assert sorted(archive.namelist()) == ["pred.csv", "pred.json"]
        assert archive.read("pred.csv") == (tmp_path / "pred.csv").read_bytes()
        assert archive.read("pred.json") == (tmp_path / "pred.json").read_bytes()
    assert summary == {
        "submission/images": 2,
        "submission/detections": 3,
        "submission/unread": 1,
    }


def test_boxes_are_clipped_to_the_image(sample, tmp_path):
    write(tmp_path, sample(1, [(7, -3, -1, 11, 22, 0.75), (1, 90, 40, 120, 60, 0.5)]))
    rows = json.loads((tmp_path / "pred.json").read_text())
    assert [row["bbox"] for row in rows] == [[0, 0, 11, 22], [90, 40, 10, 10]]


def test_leading_zeros_stay(sample, tmp_path):
    write(tmp_path, sample(1, [(0, 1, 2, 11, 22, 0.9), (7, 20, 2, 30, 22, 0.9)]))
    assert rows_of(tmp_path / "pred.csv")[1] == ["1", "07"]


def test_ids_that_are_not_in_the_file_names_get_a_table_outside_the_zip(sample, tmp_path):
    named = sample(1, [])
    named["img_path"] = "test/front door.png"
    write(tmp_path, named)
    assert rows_of(tmp_path / "image_ids.csv") == [
        ["image_id", "file_name"],
        ["1", "front door.png"],
    ]
    with zipfile.ZipFile(tmp_path / "submission.zip") as archive:
        assert len(archive.namelist()) == 2
    write(tmp_path, sample(1, []))
    assert not (tmp_path / "image_ids.csv").exists()


def test_a_failed_export_leaves_the_one_before(sample, tmp_path):
    write(tmp_path, sample(1, [(7, 1, 2, 11, 22, 0.75)]))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    broken = sample(2, [])
    broken["img_id"] = object()  # JSON and sorting can't take it
    with pytest.raises(TypeError):
        write(tmp_path, sample(1, [(7, 1, 2, 11, 22, 0.75)]), broken)
    with pytest.raises(InputError, match="id 1 occurs twice among 2"):
        write(tmp_path, sample(1, []), sample(1, []))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
