"""mmdigits.analysis.anchors: anchors and boxes."""

import numpy as np
import pytest
import torch
from anchor_boxes import boxes_at, scattered
from mmdet.registry import TASK_UTILS
from mmdet.structures.bbox import bbox_overlaps

from mmdigits.analysis.anchors import Level, anchor_ious, judge, levels_of
from mmdigits.errors import InputError


@pytest.mark.parametrize(
    ("size", "shape", "offset", "iou"),
    [
        ((10, 20), (10, 20), (0, 0), 1),
        ((10, 20), (20, 10), (0, 0), 100 / 300),
        ((10, 10), (20, 20), (0, 0), 0.25),
        ((10, 10), (20, 20), (5, 5), 0.25),  # still inside
        ((10, 10), (10, 10), (5, 0), 50 / 150),
        ((10, 10), (10, 10), (5, 5), 25 / 175),
        ((10, 10), (10, 10), (10, 0), 0),
        ((10, 10), (10, 10), (20, 20), 0),  # apart both ways
    ],
    ids=["same", "crossed", "in it", "in it aside", "aside", "aslant", "touching", "apart"],
)
def test_iou_by_hand(size, shape, offset, iou):
    pair = np.array([size], float), np.array([shape], float), np.array([[offset]], float)
    assert anchor_ious(*pair) == pytest.approx(np.array([[iou]]))


def test_fit_by_hand():
    # 8 x 8 on a fine grid from 0; 8 x 16 on a coarse one from 16.
    levels = [
        Level((8, 8), (0, 0), np.array([[8.0, 8.0]])),
        Level((32, 32), (16, 16), np.array([[8.0, 16.0], [40.0, 40.0]])),
    ]
    boxes = boxes_at(
        np.array([[16.0, 16.0], [20.0, 16.0], [16.0, 48.0], [16.0, 24.0]]),
        np.array([[8.0, 16.0], [8.0, 8.0], [8.0, 16.0], [8.0, 16.0]]),
    )
    fit = judge(boxes, levels)
    assert fit.by_shape == (1, (1, 1))
    # Fine: half; 4 px aside 1/3; half; half. Coarse: same; 32 of 160; same; 8 px aside 64 of 192.
    assert fit.levels[0].mean_iou == pytest.approx((1 / 2 + 1 / 3 + 1 / 2 + 1 / 2) / 4)
    assert fit.levels[0].reached == (0.75, 0)
    assert fit.levels[1].mean_iou == pytest.approx((1 + 32 / 160 + 1 + 1 / 3) / 4)
    assert fit.levels[1].reached == (0.5, 0.5)
    assert fit.in_place.mean_iou == pytest.approx((1 + 1 / 3 + 1 + 1 / 2) / 4)
    assert fit.in_place.reached == (0.75, 0.5)
    assert fit.best == [0.5, 0.5]


@pytest.mark.parametrize(
    "generator",
    [
        dict(type="AnchorGenerator", scales=[1, 2.5], ratios=[0.7, 2.0], strides=[8, (16, 32)]),
        dict(
            type="YOLOAnchorGenerator",
            strides=[8, (16, 32)],
            base_sizes=[[(10, 20), (15, 12)], [(30.5, 60), (40, 35)]],
        ),
    ],
    ids=lambda generator: generator["type"],
)
def test_fit_in_place_is_that_of_the_anchors_laid_out(generator):
    built = TASK_UTILS.build(generator)
    boxes = scattered(np.random.default_rng(1).uniform(8, 70, (50, 2)), 50)
    anchors = torch.cat(built.grid_priors([(50, 50), (13, 25)], device="cpu"))
    best = bbox_overlaps(torch.from_numpy(boxes).float(), anchors).max(1).values
    fit = judge(boxes, levels_of(built.strides, built.base_anchors))
    assert fit.in_place.mean_iou == pytest.approx(best.mean().item(), abs=1e-5)
    assert fit.in_place.reached[0] == pytest.approx((best >= 0.5).float().mean().item())
    assert fit.by_shape.mean_iou > fit.in_place.mean_iou


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        (np.zeros((0, 4)), "there is no box"),
        (np.array([[0.0, 0, 10, 10], [5, 5, 5, 20]]), "has no width or no height"),
    ],
    ids=["none", "no area"],
)
def test_boxes_without_an_area_are_refused(boxes, message):
    with pytest.raises(InputError, match=message):
        judge(boxes, [Level((8, 8), (0, 0), np.array([[8.0, 8.0]]))])
