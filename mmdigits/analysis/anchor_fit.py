"""Anchors that fit boxes better, fitted where they stand.

Boxes are as in :mod:`mmdigits.analysis.anchors`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from sklearn.cluster import KMeans

from mmdigits.analysis.anchors import anchor_ious, box_sizes, cell_offsets
from mmdigits.errors import InputError

_STARTS, _POLISHED = 64, 4  # of the grid
_RANDOM_STARTS = 16  # of the free shapes


class Grid(NamedTuple):
    """Anchors of the same scales and ratios on every level.

    Attributes:
        scales: Multiples of a level's smaller stride, rising.
        ratios: Heights divided by widths, rising.
    """

    scales: tuple[float, ...]
    ratios: tuple[float, ...]


def cluster_shapes(sizes: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Find the shapes that boxes cluster around, wherever they are.

    The IoU of two shapes depends on nothing but the differences of log width and of log height: the
    clusters are k-means' in these.

    Args:
        sizes: ``(N, 2)`` widths and heights of the boxes, positive.
        count: How many shapes, at least 1.
        seed: Of the k-means.

    Returns:
        ``(count, 2)`` widths and heights, by rising area.

    Raises:
        InputError: If the boxes have fewer different sizes than ``count``, to 0.001 px.
    """
    different = len(np.unique(sizes.round(3), axis=0))  # what is left of equal ones is rounding
    if different < count:
        raise InputError(
            f"anchors: {count} shapes can't be fitted to boxes of {different} different sizes; ask "
            "for fewer a level or draw more images"
        )
    found = KMeans(count, n_init=10, random_state=seed).fit(np.log(sizes))
    return _by_area(np.exp(found.cluster_centers_))


def fit_shapes(
    boxes: np.ndarray, strides: Sequence[tuple[float, float]], per_level: int, seed: int = 0
) -> list[np.ndarray]:
    """Fit every level's shapes freely, to the greatest mean best IoU in place.

    Starts from the clusters of all boxes, and from the shapes of boxes drawn at random, both dealt
    to the levels by area: a coarse level sees more of the image. From each start it goes on as
    k-means does, with 1 - IoU in place for the distance and the medians of log width and log height
    for a shape's boxes: they suit the IoU better than means. A shape that is the best of no box
    stays as it is.

    Source: Redmon and Farhadi, YOLO9000, CVPR 2017, section 2, where boxes and anchors have one
    centre.

    Args:
        boxes: ``(N, 4)`` with an area.
        strides: L pairs of x and y in pixels, in any order; anchors are in the cells' middle.
        per_level: Shapes a level, at least 1.
        seed: Of the starts.

    Returns:
        ``(per_level, 2)`` widths and heights for each level, by rising area.

    Raises:
        InputError: If there is no box, one without an area, or fewer different sizes of boxes than
            shapes.
    """
    sizes = box_sizes(boxes)
    count = per_level * len(strides)
    rng = np.random.default_rng(seed)
    starts = [
        cluster_shapes(sizes, count, seed),
        *(_by_area(rng.choice(sizes, count)) for _ in range(_RANDOM_STARTS)),
    ]
    finest_first = np.argsort([min(stride) for stride in strides], kind="stable")
    place = np.argsort(finest_first, kind="stable")
    offsets = _all_offsets(boxes, strides, 0.5, per_level)
    results = [
        _moved(sizes, np.concatenate([np.split(start, len(strides))[i] for i in place]), offsets)
        for start in starts
    ]
    shapes = max(results, key=lambda result: result[0])[1]
    return [_by_area(level) for level in np.split(shapes, len(strides))]


def grid_shapes(grid: Grid, strides: Sequence[tuple[float, float]]) -> list[np.ndarray]:
    """Lay a grid's anchors out.

    Source: API and results of MMDetection's ``AnchorGenerator``.

    Args:
        grid: S scales and R ratios.
        strides: L pairs of x and y in pixels.

    Returns:
        ``(R * S, 2)`` widths and heights for each level, ratio by ratio.
    """
    roots = np.sqrt(grid.ratios)
    unit = np.stack([1 / roots, roots], axis=1)[:, None] * np.asarray(grid.scales)[:, None]
    return [min(stride) * unit.reshape(-1, 2) for stride in strides]


def fit_grid(
    boxes: np.ndarray, strides: Sequence[tuple[float, float]], per_level: int, seed: int = 0
) -> Grid:
    """Fit scales and ratios, the same on every level, to the greatest mean best IoU in place.

    Tries every split of ``per_level`` into so many scales times so many ratios. For each it starts
    from the shapes of boxes drawn at random and refines the best starts by Nelder and Mead's
    simplex over the logs of scales and ratios; another seed may find another of several good grids.

    Args:
        boxes: ``(N, 4)`` with an area.
        strides: L pairs of x and y in pixels; anchors are in the cells' upper left corner.
        per_level: Anchors a level, at least 1.
        seed: Of the starts.

    Returns:
        The best grid found.

    Raises:
        InputError: If there is no box, or one without an area.
    """
    sizes = box_sizes(boxes)
    offsets = _all_offsets(boxes, strides, 0.0, per_level)
    rng = np.random.default_rng(seed)

    def loss(point: np.ndarray, scales: int) -> float:
        shapes = np.concatenate(grid_shapes(_grid(point, scales), strides))
        return -float(anchor_ious(sizes, shapes, offsets).max(1).mean())

    results = []
    for scales in (n for n in range(1, per_level + 1) if per_level % n == 0):
        drawn = np.log(rng.choice(sizes, (_STARTS, scales + per_level // scales)))
        bases = np.log(rng.choice([min(stride) for stride in strides], (_STARTS, scales)))
        of_scales = drawn[:, :scales].mean(2) - bases
        of_ratios = drawn[:, scales:, 1] - drawn[:, scales:, 0]
        starts = np.concatenate([of_scales, of_ratios], axis=1)
        for start in sorted(starts, key=lambda point: loss(point, scales))[:_POLISHED]:
            simplex = np.vstack([start, start + 0.2 * np.eye(len(start))])
            options = dict(initial_simplex=simplex, xatol=1e-3, fatol=1e-5)
            found = minimize(loss, start, (scales,), method="Nelder-Mead", options=options)
            results.append((found.fun, _grid(found.x, scales)))
    return min(results, key=lambda result: result[0])[1]


def _all_offsets(
    boxes: np.ndarray, strides: Sequence[tuple[float, float]], place: float, per_level: int
) -> np.ndarray:
    # For each box and anchor; place is where in its cell an anchor stands.
    levels = [cell_offsets(boxes, stride, np.multiply(stride, place)) for stride in strides]
    return np.repeat(np.stack(levels, axis=1), per_level, axis=1)


def _moved(sizes: np.ndarray, shapes: np.ndarray, offsets: np.ndarray) -> tuple[float, np.ndarray]:
    # The mean best IoU that was reached, and the shapes that reach it.
    logs, best, mean = np.log(sizes), shapes, -1.0
    while True:
        ious = anchor_ious(sizes, shapes, offsets)
        if ious.max(1).mean() <= mean:
            return mean, best
        best, mean = shapes, float(ious.max(1).mean())
        shapes, nearest = shapes.copy(), ious.argmax(1)
        for i in np.unique(nearest):
            shapes[i] = np.exp(np.median(logs[nearest == i], axis=0))


def _by_area(shapes: np.ndarray) -> np.ndarray:
    return shapes[np.argsort(shapes.prod(1), kind="stable")]


def _grid(point: np.ndarray, scales: int) -> Grid:
    values = np.exp(point)
    return Grid(tuple(sorted(values[:scales].tolist())), tuple(sorted(values[scales:].tolist())))
