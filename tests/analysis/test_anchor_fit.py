"""mmdigits.analysis.anchor_fit: anchors fitted to boxes."""

import numpy as np
import pytest
from anchor_boxes import boxes_at, scattered
from mmdet.registry import TASK_UTILS

from mmdigits.analysis.anchor_fit import Grid, cluster_shapes, fit_grid, fit_shapes, grid_shapes
from mmdigits.analysis.anchors import Level, judge
from mmdigits.errors import InputError


def test_grid_is_laid_out_as_mmdetection_does():
    strides = [(8, 8), (16, 32)]
    made = dict(type="AnchorGenerator", scales=[1, 3], ratios=[0.5, 2.0], strides=strides)
    corners = [anchors.numpy() for anchors in TASK_UTILS.build(made).base_anchors]
    for ours, theirs in zip(grid_shapes(Grid((1, 3), (0.5, 2)), strides), corners, strict=True):
        np.testing.assert_allclose(ours, theirs[:, 2:] - theirs[:, :2], rtol=1e-6)


def test_clusters_are_found_and_sorted_by_area():
    true = np.array([[8.0, 16.0], [20.0, 20.0], [20.0, 60.0]])
    noise = np.exp(np.random.default_rng(0).normal(0, 0.05, (300, 2)))
    shapes = cluster_shapes(np.resize(true[::-1], (300, 2)) * noise, 3)
    np.testing.assert_allclose(shapes, true, rtol=0.02)


def test_free_shapes_recover_those_of_each_levels_cells():
    # Boxes stand in the cells' middle, of stride 8 (but not of 64), and of 64.
    small, large = np.array([[6.0, 12.0], [10.0, 14.0]]), np.array([[60.0, 90.0], [70.0, 120.0]])
    boxes = np.concatenate(
        [
            boxes_at(np.full((40, 2), 100.0), np.resize(small, (40, 2))),
            boxes_at(np.full((40, 2), 96.0), np.resize(large, (40, 2))),
        ]
    )
    # The coarse level first: the order of the strides is kept.
    levels = fit_shapes(boxes, [(64, 64), (8, 8)], 2)
    np.testing.assert_allclose(levels, [large, small])


def test_free_shapes_are_fitted_where_anchors_stand():
    boxes = scattered(np.array([[16.0, 32.0], [20.0, 40.0], [32.0, 64.0], [40.0, 80.0]]), 400)
    strides = [(8, 8), (64, 64)]
    clusters = cluster_shapes(boxes[:, 2:] - boxes[:, :2], 4)
    dealt, fitted = clusters.reshape(2, 2, 2), fit_shapes(boxes, strides, 2)

    def fit(shapes):
        centred = zip(strides, shapes, strict=True)
        return judge(boxes, [Level((x, y), (x / 2, y / 2), each) for (x, y), each in centred])

    # By shape the clusters are perfect; but those of the large boxes stand 64 px apart.
    assert fit(dealt).by_shape.mean_iou == pytest.approx(1)
    assert fit(dealt).in_place.mean_iou < fit(fitted).in_place.mean_iou - 0.05


def test_grid_recovers_the_one_that_boxes_were_made_of():
    true, strides = Grid((2.0, 3.0), (0.8, 2.0)), [(8, 8), (16, 16)]
    sizes = np.concatenate(grid_shapes(true, strides))
    boxes = boxes_at(np.full((160, 2), 160.0), np.resize(sizes, (160, 2)))
    grid = fit_grid(boxes, strides, 4)
    assert grid.scales == pytest.approx(true.scales, rel=0.01)
    assert grid.ratios == pytest.approx(true.ratios, rel=0.01)


def test_the_same_seed_gives_the_same_anchors():
    boxes = scattered(np.random.default_rng(0).uniform(10, 50, (60, 2)), 60)
    strides = [(8, 8), (16, 16)]
    assert fit_grid(boxes, strides, 2, 3) == fit_grid(boxes, strides, 2, 3)
    np.testing.assert_array_equal(
        fit_shapes(boxes, strides, 2, 3), fit_shapes(boxes, strides, 2, 3)
    )


@pytest.mark.parametrize("fit", [fit_shapes, fit_grid])
@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        (np.zeros((0, 4)), "there is no box"),
        (np.array([[0.0, 0, 10, 10], [5, 5, 5, 20]]), "has no width or no height"),
    ],
    ids=["none", "no area"],
)
def test_boxes_without_an_area_are_refused(fit, boxes, message):
    with pytest.raises(InputError, match=message):
        fit(boxes, [(8, 8)], 1)


def test_more_shapes_than_sizes_are_refused():
    boxes = scattered(np.array([[20.0, 40.0], [24.0, 48.0], [30.0, 30.0]]), 30)
    sizes = boxes[:, 2:] - boxes[:, :2]
    with pytest.raises(InputError, match="4 shapes can't be fitted to boxes of 3 different sizes"):
        cluster_shapes(sizes, 4)
    assert len(cluster_shapes(sizes, 3)) == 3
    with pytest.raises(InputError, match="can't be fitted"):
        fit_shapes(boxes, [(8, 8), (16, 16)], 2)
