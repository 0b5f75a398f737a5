import warnings

import numpy as np
import pytest

from mmdigits.errors import InputError
from mmdigits.files.detections import Detections
from mmdigits.models.utils import merge_detections


def found(*detections):
    """Detections of one image from (digit, x1, y1, x2, y2, score) tuples."""
    return Detections(
        np.array([d[1:5] for d in detections], dtype=np.float64).reshape(-1, 4),
        np.array([d[0] for d in detections], dtype=np.int64),
        np.array([d[5] for d in detections], dtype=np.float64),
    )


def merge(*models, **options):
    """Merge one image and return (digit, box, score) of each result."""
    merged = merge_detections([{1: found(*model)} for model in models], **options)[1]
    return [
        (label, pytest.approx(box, abs=1e-4), pytest.approx(score, abs=1e-6))
        for box, label, score in zip(*(part.tolist() for part in merged), strict=True)
    ]


BOX = (10, 10, 20, 30)
SHIFTED = (11, 10, 21, 30)  # IoU with BOX is 9 / 11 = .818


def test_nms_keeps_the_best_of_one_digit():
    assert merge([(7, *BOX, 0.6)], [(7, *SHIFTED, 0.9)]) == [(7, [*SHIFTED], 0.9)]


def test_nms_keeps_other_digits_and_other_places():
    elsewhere = (40, 10, 50, 30)
    assert merge([(7, *BOX, 0.6), (7, *elsewhere, 0.5)], [(1, *BOX, 0.9)]) == [
        (1, [*BOX], 0.9),
        (7, [*BOX], 0.6),
        (7, [*elsewhere], 0.5),
    ]


def test_nms_merges_above_the_threshold_alone():
    two = [(7, *BOX, 0.6)], [(7, *SHIFTED, 0.9)]
    assert len(merge(*two, iou_thr=0.81)) == 1
    assert len(merge(*two, iou_thr=0.82)) == 2


def test_nms_weighs_scores_by_the_ratio_of_weights():
    # .6 * 1 against .9 * .5.
    for weights in ([2, 1], [1, 0.5]):
        assert merge([(7, *BOX, 0.6)], [(7, *SHIFTED, 0.9)], weights=weights) == [(7, [*BOX], 0.6)]
    assert merge([(7, *BOX, 0.6)], [(3, *BOX, 0.9)], weights=[2, 1])[1] == (3, [*BOX], 0.45)


def test_fusion_of_two_of_three_models_by_hand():
    # Weights 2, 1, 1: scores .8 * 2 = 1.6 and .4 * 1 = .4, so x is (1.6 * 10 + .4 * 11) / 2 = 10.2;
    # mean score (1.6 + .4) / 2 = 1, times two boxes over a weight of 4.
    assert merge([(7, *BOX, 0.8)], [(7, *SHIFTED, 0.4)], [], method="wbf", weights=[2, 1, 1]) == [
        (7, [10.2, 10, 20.2, 30], 0.5)
    ]


def test_fusion_leaves_a_lone_box_its_models_share_of_the_score():
    assert merge([(7, *BOX, 0.9)], [], [], method="wbf") == [(7, [*BOX], 0.3)]
    # Three quarters of the weight behind it.
    assert merge([(7, *BOX, 0.8)], [], method="wbf", weights=[3, 1]) == [(7, [*BOX], 0.6)]


def test_fusion_keeps_digits_apart_and_sorts_by_score():
    assert merge([(7, *BOX, 0.4), (1, *BOX, 0.2)], [(1, *BOX, 0.9)], method="wbf") == [
        (1, [*BOX], 0.55),
        (7, [*BOX], 0.2),
    ]


def test_fusion_never_scores_above_one():
    # Unclamped: mean 3, times 2 boxes over a weight of 4: 1.5.
    assert merge([(7, *BOX, 1.0), (7, *BOX, 1.0)], [], method="wbf", weights=[3, 1]) == [
        (7, [*BOX], 1.0)
    ]


def test_fusion_passes_over_what_it_cannot_average():
    flat = (5, 5, 5, 20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert merge([(7, *flat, 0.9), (7, *BOX, 0.0)], [(7, *BOX, 0.0)], method="wbf") == []


@pytest.mark.parametrize("method", ["nms", "wbf"])
def test_weak_detections_can_be_left_out_first(method):
    assert merge([(7, *BOX, 0.1)], [(1, *BOX, 0.2)], method=method, skip_score=0.2)[0][0] == 1
    assert len(merge([(7, *BOX, 0.1)], [(1, *BOX, 0.2)], method=method, skip_score=0.2)) == 1


@pytest.mark.parametrize("method", ["nms", "wbf"])
def test_images_where_nothing_is_found_stay_empty(method):
    merged = merge_detections([{1: found(), 2: found((7, *BOX, 0.9))}] * 2, method)
    assert merged[1].bboxes.shape == (0, 4) and merged[1].labels.dtype == np.int64
    assert merged[2].labels.tolist() == [7]


@pytest.mark.parametrize("method", ["nms", "wbf"])
def test_one_model_alone_keeps_its_scores(method):
    assert merge([(7, *BOX, 0.9)], method=method, weights=[5]) == [(7, [*BOX], 0.9)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(method="soft"), "method is 'soft'; allowed are nms, wbf"),
        (dict(weights=[1]), r"weights are \[1\] for 2 models"),
        (dict(weights=[1, 0]), "give one positive number a model"),
        (dict(weights=[1, float("nan")]), "give one positive number a model"),
        (dict(iou_thr=1.5), r"iou_thr is 1\.5; allowed is 0 to 1"),
        (dict(skip_score=-0.1), r"skip_score is -0\.1; allowed is 0 to 1"),
    ],
)
def test_options_out_of_range_are_an_error(options, message):
    with pytest.raises(InputError, match=message):
        merge([], [], **options)
