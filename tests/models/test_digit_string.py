import numpy as np
import pytest
from mmdet.registry import TASK_UTILS

import mmdigits.models  # noqa: F401  registers
from mmdigits.errors import InputError


def read(detections, **options):
    """Read (digit, x, y, width, height, score) tuples."""
    reader = TASK_UTILS.build(dict(type="DigitStringPostprocessor", **options))
    boxes = np.array([d[1:5] for d in detections], dtype=float).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    labels = np.array([d[0] for d in detections], dtype=int)
    scores = np.array([d[5] for d in detections], dtype=float)
    return reader(boxes, labels, scores)


@pytest.mark.parametrize(
    ("detections", "string"),
    [
        pytest.param([], "", id="nothing detected"),
        pytest.param([(3, 0, 0, 10, 20, 0.49)], "", id="nothing above the threshold"),
        pytest.param([(3, 0, 0, 10, 20, 0.5)], "3", id="the threshold itself counts"),
        pytest.param(
            [(2, 30, 0, 10, 20, 0.6), (1, 0, 0, 10, 20, 0.9), (3, 15, 0, 10, 20, 0.7)],
            "132",
            id="left to right, not by score",
        ),
        pytest.param(
            [(7, 0, 0, 10, 20, 0.9), (1, 2, 0, 9, 20, 0.8)], "7", id="a 1 on top of a 7 goes"
        ),
        pytest.param(
            [(1, 0, 0, 10, 20, 0.9), (1, 9, 0, 10, 20, 0.8)], "11", id="touching neighbours stay"
        ),
        pytest.param(
            [
                (3, 0, 40, 10, 20, 0.9),
                (4, 12, 41, 10, 20, 0.9),
                (1, 5, 0, 10, 20, 0.9),
                (2, 20, 2, 10, 20, 0.9),
            ],
            "1234",
            id="two rows",
        ),
        pytest.param(
            [
                (4, 33, 24, 10, 20, 0.9),
                (1, 0, 0, 10, 20, 0.9),
                (2, 11, 8, 10, 20, 0.9),
                (3, 22, 16, 10, 20, 0.9),
            ],
            "1234",
            id="a falling line is one row",
        ),
        pytest.param(
            [
                (4, 33, 0, 10, 20, 0.9),
                (1, 0, 24, 10, 20, 0.9),
                (2, 11, 16, 10, 20, 0.9),
                (3, 22, 8, 10, 20, 0.9),
            ],
            "1234",
            id="a rising line too",
        ),
        pytest.param(
            [(2, 1, 25, 10, 20, 0.9), (1, 0, 0, 10, 20, 0.9), (3, 0, 50, 10, 20, 0.9)],
            "123",
            id="a column is read downwards",
        ),
    ],
)
def test_reading(detections, string):
    assert read(detections) == string


def test_threshold_and_suppression_are_arguments():
    detections = [(7, 0, 0, 10, 20, 0.9), (1, 2, 0, 9, 20, 0.2)]
    assert read(detections, score_thr=0.1, iou_thr=1.0) == "71"
    assert read(detections, score_thr=0.1, iou_thr=0.4) == "7"


def test_one_row_is_read_by_x_alone_as_the_reports_did():
    two_rows = [(3, 0, 40, 10, 20, 0.9), (1, 5, 0, 10, 20, 0.9), (4, 12, 41, 10, 20, 0.9)]
    assert read(two_rows) == "134"
    assert read(two_rows, order="x") == "314"
    assert read([], order="x") == ""


@pytest.mark.parametrize("options", [dict(score_thr=1.5), dict(iou_thr=-0.1), dict(order="y")])
def test_arguments_out_of_range_are_an_error(options):
    with pytest.raises(InputError, match=f"{next(iter(options))} is"):
        read([], **options)


def test_reading_the_true_boxes_of_real_photographs_gives_their_strings(svhn):
    from mmdigits.files.annotations import read_annotations

    wrong = []
    for split in ("train", "valid"):
        for record in read_annotations(svhn / f"{split}.json"):
            detections = [
                (a.label, *a.bbox[:2], a.bbox[2] - a.bbox[0], a.bbox[3] - a.bbox[1], 1.0)
                for a in record.annotations
            ]
            string = "".join(str(a.label) for a in record.annotations)
            if read(detections, iou_thr=1.0) != string:
                wrong.append((split, record.image_id))
    # 262 stands out of order in its file.
    assert wrong == [("train", 262)]
