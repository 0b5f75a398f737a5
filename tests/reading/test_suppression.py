import itertools

import numpy as np
import pytest
import torch
from detection_rows import detections, shuffled
from torchvision.ops import nms

from mmdigits.reading.suppression import by_score, overlaps, suppress

pytestmark = pytest.mark.filterwarnings("error")

SEVEN = (7, 0, 0, 20, 30, 0.9)
THIN_ONE = (1, 8, 2, 4, 26, 0.8)  # inside the 7: 104 of 600 square pixels
NOTHING = detections()


def stays(rows, iou_thr=0.4, containment_thr=1.0) -> list[int]:
    return suppress(*detections(*rows), iou_thr, containment_thr).tolist()


def test_detections_are_ranked_by_falling_score():
    rows = [(1, 0, 0, 5, 9, 0.2), (2, 0, 0, 5, 9, 0.9), (3, 0, 0, 5, 9, 0.5)]
    assert by_score(*detections(*rows)).tolist() == [1, 2, 0]


def test_equal_scores_are_ranked_by_digit_then_left_then_top():
    rows = [(4, 0, 0, 5, 9, 0.5), (3, 8, 0, 5, 9, 0.5), (3, 2, 7, 5, 9, 0.5), (3, 2, 1, 5, 9, 0.5)]
    assert by_score(*detections(*rows)).tolist() == [3, 2, 1, 0]


def test_nothing_has_no_rank():
    assert by_score(*NOTHING).tolist() == []


def test_overlaps_are_the_shared_part_of_the_union_and_of_the_smaller_box():
    # 10 x 10 and 10 x 5 share 5 x 5: 25 of 125 and 25 of 50.
    iou, containment = overlaps(np.array([[0, 0, 10, 10], [5, 5, 15, 10], [30, 0, 40, 10]], float))
    assert iou.tolist() == [[1, 0.2, 0], [0.2, 1, 0], [0, 0, 1]]
    assert containment.tolist() == [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]]


def test_touching_boxes_share_nothing():
    iou, containment = overlaps(np.array([[0, 0, 10, 10], [10, 0, 20, 10]], float))
    assert iou[0, 1] == containment[0, 1] == 0


@pytest.mark.parametrize("box", [[5, 5, 5, 8], [5, 5, 8, 5], [5, 5, 5, 5], [8, 8, 5, 5]], ids=str)
def test_a_box_without_area_shares_nothing_even_with_itself(box):
    iou, containment = overlaps(np.array([[0, 0, 10, 10], box, box], float))
    assert iou[1:].tolist() == containment[1:].tolist() == [[0, 0, 0], [0, 0, 0]]


def test_no_boxes_have_no_overlaps():
    assert [part.shape for part in overlaps(NOTHING.bboxes)] == [(0, 0), (0, 0)]


def test_the_better_of_two_in_one_place_stays_whatever_their_digits():
    assert stays([(1, 1, 0, 10, 20, 0.6), (7, 0, 0, 10, 20, 0.7)]) == [1]
    assert stays([(7, 1, 0, 10, 20, 0.6), (7, 0, 0, 10, 20, 0.7)]) == [1]


def test_a_thin_one_inside_a_seven_goes_by_containment_alone():
    assert stays([SEVEN, THIN_ONE], containment_thr=1) == [0, 1]
    assert stays([SEVEN, THIN_ONE], containment_thr=0.9) == [0]


def test_a_seven_around_a_better_one_goes_too():
    assert stays([SEVEN, (*THIN_ONE[:5], 0.95)], containment_thr=0.9) == [1]


def test_an_overlap_equal_to_the_threshold_stays():
    rows = [(1, 0, 0, 10, 10, 0.9), (2, 0, 0, 10, 5, 0.8)]  # half of the union
    assert stays(rows, iou_thr=0.5) == [0, 1]
    assert stays(rows, iou_thr=0.499) == [0]


def test_a_containment_equal_to_the_threshold_stays():
    rows = [(1, 0, 0, 10, 10, 0.9), (2, 8, 0, 4, 10, 0.8)]  # half of the smaller one
    assert stays(rows, iou_thr=1, containment_thr=0.5) == [0, 1]
    assert stays(rows, iou_thr=1, containment_thr=0.499) == [0]


def test_one_turns_both_off():
    assert stays([SEVEN, SEVEN, SEVEN], iou_thr=1, containment_thr=1) == [0, 1, 2]


def test_what_was_suppressed_suppresses_nothing():
    # Each overlaps the next by a half, the first and the third not at all.
    row = [(1, 0, 0, 10, 20, 0.9), (2, 5, 0, 10, 20, 0.8), (3, 10, 0, 10, 20, 0.7)]
    assert stays(row, iou_thr=0.3) == [0, 2]


def test_what_stays_comes_by_falling_score():
    rows = [(1, 0, 0, 9, 9, 0.3), (2, 20, 0, 9, 9, 0.9), (3, 40, 0, 9, 9, 0.6)]
    assert stays(rows) == [1, 2, 0]


def test_nothing_is_left_of_nothing():
    kept = suppress(*NOTHING, 0.4, 0.9)
    assert kept.shape == (0,) and kept.dtype == np.int64


def test_boxes_without_area_stay():
    assert stays([(1, 5, 5, 0, 0, 0.9), (1, 5, 5, 0, 0, 0.8), SEVEN], 0, 0) == [0, 2, 1]


def test_ties_do_not_depend_on_the_order():
    found = detections(
        (7, 0, 0, 10, 20, 0.5),
        (1, 1, 0, 10, 20, 0.5),
        (7, 2, 0, 10, 20, 0.5),
        (3, 4, 0, 10, 20, 0.5),
    )
    for order in itertools.permutations(range(4)):
        again = shuffled(found, np.array(order))
        kept = suppress(*again, 0.6, 1)
        assert shuffled(again, kept).bboxes[:, 0].tolist() == [1, 4]
        assert again.labels[kept].tolist() == [1, 3]


def test_it_agrees_with_torchvision():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        count = int(rng.integers(1, 40))
        low = rng.uniform(0, 60, (count, 2))
        boxes = np.hstack([low, low + rng.uniform(1, 40, (count, 2))])
        scores, iou_thr = rng.permutation(np.linspace(0.01, 1, count)), rng.uniform()
        expected = nms(torch.from_numpy(boxes), torch.from_numpy(scores), iou_thr)
        kept = suppress(boxes, rng.integers(0, 10, count), scores, iou_thr, 1)
        assert kept.tolist() == expected.tolist()
