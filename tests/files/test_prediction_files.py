import json

import numpy as np
import pytest

from mmdigits.errors import InputError
from mmdigits.files.detections import coverage_warnings, read_detections
from mmdigits.files.image_set import read_image_set
from mmdigits.files.submission import (
    ImageResult,
    detection_rows,
    write_submission,
)
from mmdigits.files.writing import written_together

ROW = dict(image_id=1, bbox=[1, 2, 3, 4], score=0.5, category_id=8)


def prediction_file(tmp_path, content):
    path = tmp_path / "pred.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.fixture
def images(tmp_path):
    path = tmp_path / "ids.csv"
    path.write_text("image_id,pred_label\n2,-1\n1,07\n")
    return read_image_set(ids=path)


def test_detections_are_read_for_every_image(tmp_path, images):
    rows = [ROW, {**ROW, "score": 0.75, "category_id": 1, "area": 12}]
    found = read_detections(prediction_file(tmp_path, rows), images)
    assert list(found) == [1, 2]
    assert found[1].bboxes.tolist() == [[1, 2, 4, 6], [1, 2, 4, 6]]
    assert found[1].scores.tolist() == [0.75, 0.5]  # by falling score
    assert found[1].labels.tolist() == [0, 7]  # category 1 is digit 0
    assert found[2].bboxes.shape == (0, 4) and found[2].labels.dtype == np.int64


def test_no_detection_at_all_is_allowed(tmp_path, images):
    found = read_detections(prediction_file(tmp_path, []), images)
    assert [len(image.scores) for image in found.values()] == [0, 0]


def test_what_is_written_is_what_was_read(tmp_path, images):
    rows = [{**ROW, "bbox": [0.1, 0.7, 20.3, 30.9]}, {**ROW, "bbox": [2.5, 3.25, 1, 1]}]
    found = read_detections(prediction_file(tmp_path, rows), images)
    again = detection_rows(1, found[1])
    assert [row["bbox"] for row in again] == [pytest.approx(row["bbox"]) for row in rows]
    assert [{**row, "bbox": None} for row in again] == [{**row, "bbox": None} for row in rows]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[{", "is not a JSON file"),
        ({"annotations": []}, "holds a dict; a pred.json is a list"),
        ([3], "entry 0, counted from 0, is 3, not an object"),
        ([ROW, {"image_id": 1, "score": 1}], "entry 1, counted from 0, has no bbox, category_id"),
        ([{**ROW, "image_id": "1"}], "image_id '1', which must be an integer"),
        ([{**ROW, "category_id": 0}], "category_id 0; allowed are 1 to 10"),
        ([{**ROW, "category_id": 11}], "category_id 11; allowed are 1 to 10"),
        ([{**ROW, "category_id": True}], "category_id True; allowed are 1 to 10"),
        ([{**ROW, "score": 1.01}], r"score 1\.01; allowed is 0 to 1"),
        ([{**ROW, "score": float("nan")}], "score nan; allowed is 0 to 1"),
        ([{**ROW, "score": None}], "score None; allowed is 0 to 1"),
        ([{**ROW, "bbox": [1, 2, 3]}], "must be four finite numbers"),
        ([{**ROW, "bbox": [1, 2, float("inf"), 4]}], "must be four finite numbers"),
        ([{**ROW, "bbox": [1, 2, 10**400, 4]}], "must be four finite numbers"),
        ([{**ROW, "bbox": [1, 2, -3, 4]}], "width and height must not be negative"),
        ([{**ROW, "image_id": 17}], r"1 images that .*ids\.csv does not list.*image_id 17"),
    ],
)
def test_broken_predictions_are_an_error_of_one_line(tmp_path, images, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read_detections(prediction_file(tmp_path, content), images)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_an_error(tmp_path, images):
    with pytest.raises(InputError, match=r"there is no file .*nothing\.json"):
        read_detections(tmp_path / "nothing.json", images)


def test_labels_list_images_and_true_strings_in_file_order(homework):
    folder = homework({7: [(2, 30, 5, 10, 20), (4, 10, 5, 10, 20)], 3: []})
    images = read_image_set(labels=folder / "valid.json")
    assert images.names == {3: "3.png", 7: "7.png"}
    assert images.truths == ["", "24"]  # by x it would be 42


def test_a_folder_lists_images_as_the_export_does(homework):
    folder = homework({7: [(2, 30, 5, 10, 20)], 10: []})
    assert read_image_set(images=folder / "test").names == {7: "7.png", 10: "10.png"}
    (folder / "test" / "front door.png").touch()
    assert read_image_set(images=folder / "test").names == {
        1: "10.png",
        2: "7.png",
        3: "front door.png",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "image_id\n",
        "id\n1\n",
        "image_id\n1\n1\n",
        "image_id\nfront door\n",
        "image_id,pred_label\n1,2\n\n,3\n",
    ],
)
def test_a_list_that_names_no_complete_set_of_images_is_an_error(tmp_path, text):
    path = tmp_path / "ids.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"needs a column image_id|there is no"):
        read_image_set(ids=path)


def test_images_have_to_come_from_exactly_one_place(tmp_path, homework):
    folder = homework({1: []})
    with pytest.raises(InputError, match="exactly one of labels, images and ids"):
        read_image_set()
    with pytest.raises(InputError, match="exactly one of labels, images and ids"):
        read_image_set(labels=folder / "valid.json", images=folder / "test")
    with pytest.raises(InputError, match="has no box, so nothing can be scored"):
        read_image_set(labels=folder / "valid.json")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no image"):
        read_image_set(images=tmp_path / "empty")
    with pytest.raises(InputError, match=r"there is no file .*none\.csv"):
        read_image_set(ids=tmp_path / "none.csv")


def test_a_file_about_far_fewer_images_is_noticed(tmp_path):
    path = tmp_path / "ids.csv"
    path.write_text("image_id\n" + "\n".join(map(str, range(1, 6))))
    images = read_image_set(ids=path)
    models = [
        read_detections(
            prediction_file(tmp_path, [{**ROW, "image_id": i} for i in range(1, count + 1)]), images
        )
        for count in (5, 3, 2)
    ]
    assert coverage_warnings(["a", "b", "c"], models) == [
        "c has detections on 2 of 5 images, a on 5: are they of the same images?"
    ]


def test_ids_alone_leave_the_table_of_file_names_as_it_is(tmp_path):
    write_submission(tmp_path, [ImageResult(1, "front door.png", "7", [ROW])])
    table = (tmp_path / "image_ids.csv").read_text()
    write_submission(tmp_path, [ImageResult(1, None, "", [])])
    assert (tmp_path / "image_ids.csv").read_text() == table
    assert (tmp_path / "pred.csv").read_text() == "image_id,pred_label\n1,-1\n"


def test_files_appear_together_or_not_at_all(tmp_path):
    (tmp_path / "a").write_text("before")
    with pytest.raises(RuntimeError), written_together(tmp_path) as made:
        (made / "a").write_text("after")
        (made / "b").write_text("after")
        raise RuntimeError
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "before")]
    with written_together(tmp_path) as made:
        (made / "a").write_text("after")
    assert (tmp_path / "a").read_text() == "after"
