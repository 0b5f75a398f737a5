import io
import json
import math
from contextlib import redirect_stdout

import numpy as np
import pytest
from made_detections import write_made
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmdigits.analysis.average_precision import AveragePrecision
from mmdigits.analysis.heights import height_quantiles, precision_by_height
from mmdigits.files.annotations import Annotation, ImageRecord
from mmdigits.files.detections import Detections, read_detections
from mmdigits.files.image_set import read_image_set


def record(*boxes: tuple[int, float, float]) -> ImageRecord:
    """An image of digits, each with its x and height."""
    digits = [Annotation((x, 0.0, x + 10, height), digit, False) for digit, x, height in boxes]
    return ImageRecord(1, "1.png", None, digits)


def found(*boxes: tuple[int, float, float, float]) -> dict[int, Detections]:
    """Detections, each with its x, height and score."""
    corners = [(x, 0.0, x + 10, height) for _, x, height, _ in boxes]
    digits, _, _, scores = zip(*boxes, strict=True)
    return {1: Detections(np.array(corners), np.array(digits), np.array(scores))}


def test_each_height_counts_in_one_row():
    truth = record((1, 0, 12), (2, 20, 16), (3, 40, 31.5), (4, 60, 200))
    rows = precision_by_height([truth], found((1, 0, 12, 0.9), (2, 20, 16, 0.9), (3, 40, 20, 0.9)))
    assert [row[:3] for row in rows] == [
        *[(0, 16, 1), (16, 24, 1), (24, 32, 1), (32, 48, 0), (48, None, 1)]
    ]
    # The 3 is found at IoU 20 / 31.5 = .63: right at .50, .55 and .60.
    assert [row.mean_ap for row in rows] == pytest.approx([1, 1, 0.3, None, 0])
    assert [row.ap50 for row in rows] == pytest.approx([1, 1, 1, None, 0])


def test_a_match_of_another_height_and_a_false_box_of_another_height_do_not_count():
    truth = record((1, 0, 12), (1, 20, 40))
    better = (1, 20, 40, 0.95)  # found, but of the other row
    small_and_false, large_and_false = (1, 60, 12, 0.9), (1, 80, 40, 0.8)
    right = (1, 0, 12, 0.5)

    def small(*boxes):
        return precision_by_height([truth], found(*boxes), edges=(0, 16, math.inf))[0].mean_ap

    assert small(better, right) == pytest.approx(1)
    assert small(better, large_and_false, right) == pytest.approx(1)
    assert small(better, small_and_false, right) == pytest.approx(0.5)


def by_areas(labels, rows, limits):
    """MAP and AP50 by pycocotools itself, for a range of areas."""
    with redirect_stdout(io.StringIO()):
        truth = COCO(str(labels))
        by_hand = COCOeval(truth, truth.loadRes(rows), "bbox")
        by_hand.params.areaRng, by_hand.params.areaRngLbl = [limits], ["all"]
        by_hand.params.maxDets = [100]
        by_hand.evaluate()
        by_hand.accumulate()
    precision = by_hand.eval["precision"]
    return precision[precision > -1].mean(), precision[0][precision[0] > -1].mean()


def test_rows_are_what_pycocotools_gives_for_areas_of_boxes_of_one_width(svhn, tmp_path):
    # All widths 10: an area of 240 is a height of 24.
    content = json.loads((svhn / "valid.json").read_text())
    labels, path = tmp_path / "labels.json", tmp_path / "pred.json"
    for annotation in content["annotations"]:
        annotation["bbox"][2] = 10
        annotation["area"] = 10 * annotation["bbox"][3]
    labels.write_text(json.dumps(content))
    rows = json.loads(write_made(path, labels, seed=3).read_text())
    for row in rows:
        row["bbox"][2:] = 10, round(row["bbox"][3])
    path.write_text(json.dumps(rows))
    images = read_image_set(labels=labels)
    table = precision_by_height(images.records, read_detections(path, images))
    for row in table:
        high = math.inf if row.high is None else 10 * row.high - 1e-6
        values = by_areas(labels, rows, [10 * row.low, high])
        assert (row.mean_ap, row.ap50) == pytest.approx(values, abs=1e-12)
    assert len({round(row.mean_ap, 3) for row in table}) == 5
    assert sum(row.boxes for row in table) == len(content["annotations"])


def test_one_row_for_all_heights_is_the_map_of_all(svhn, tmp_path):
    images = read_image_set(labels=svhn / "valid.json")
    detections = read_detections(
        write_made(tmp_path / "pred.json", svhn / "valid.json", seed=4), images
    )
    (row,) = precision_by_height(images.records, detections, edges=(0, math.inf))
    whole = AveragePrecision(images.records, detections).at()
    assert row.mean_ap == whole and row.boxes == 653 and 0.4 < row.mean_ap < row.ap50


@pytest.mark.parametrize("edges", [(), (0,), (0, 10, 10), (10, 0)])
def test_edges_must_rise(edges):
    with pytest.raises(ValueError, match="at least two that rise"):
        precision_by_height([record()], {}, edges)


def test_quantiles_share_the_boxes_out():
    truth = record(*((1, 20 * i, height) for i, height in enumerate((10, 20, 30, 40))))
    edges = height_quantiles([truth], 2)
    assert edges == [0, 25, math.inf]
    assert [row.boxes for row in precision_by_height([truth], {}, edges)] == [2, 2]
    # All of one height: no edge divides them.
    assert height_quantiles([record((1, 0, 20), (2, 20, 20))], 4) == [0, 20, math.inf]
    assert height_quantiles([record()]) == [0, math.inf]
