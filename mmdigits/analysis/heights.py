"""COCO AP of small and of large digits."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from mmdigits.analysis.box_matches import match_boxes, mean_precisions
from mmdigits.files.annotations import ImageRecord
from mmdigits.files.detections import Detections

HEIGHTS = (0.0, 16.0, 24.0, 32.0, 48.0, math.inf)


class HeightRow(NamedTuple):
    """How well digits of some heights are found.

    Attributes:
        low: Least height of the true boxes, in pixels of the stored image.
        high: Height from which the next row's begin; None for no limit.
        boxes: How many true boxes there are, without those that the file ignores.
        mean_ap: COCO mAP, IoU .50 to .95, in [0, 1]; None without true boxes.
        ap50: The same at IoU .50 alone.
    """

    low: float
    high: float | None
    boxes: int
    mean_ap: float | None
    ap50: float | None


def precision_by_height(
    records: Sequence[ImageRecord],
    detections: Mapping[int, Detections],
    edges: Sequence[float] = HEIGHTS,
) -> list[HeightRow]:
    """Score the boxes of each range of heights by themselves.

    As COCO does for areas: true boxes of other heights are ignored, so a detection that matches one
    is neither true nor false; a detection that matches none is false only in the row of its own
    height. Each row averages over the digits that have true boxes in it.

    Args:
        records: The labelled images.
        detections: By image id; images without an entry have none.
        edges: Heights in pixels, rising, at least two; a row takes the lower edge in, the upper
            one not. :func:`height_quantiles` gives rows of about as many boxes each.

    Returns:
        A row for each two neighbouring edges.

    Raises:
        ValueError: If the edges don't rise or are fewer than two.
    """
    if len(edges) < 2 or not all(low < high for low, high in pairwise(edges)):
        raise ValueError(
            f"precision_by_height: the edges are {list(edges)}; at least two that rise are needed"
        )
    # COCO takes both ends in.
    ranges = [(low, float(np.nextafter(high, -np.inf))) for low, high in pairwise(edges)]
    rows = []
    for (low, high), digits in zip(
        pairwise(edges), match_boxes(records, detections, ranges), strict=True
    ):
        precisions = mean_precisions(digits)
        rows.append(
            HeightRow(
                float(low),
                float(high) if math.isfinite(high) else None,
                int(sum(of_digit.truths.sum() for of_digit in digits)),
                None if precisions is None else float(precisions.mean()),
                None if precisions is None else float(precisions[0]),
            )
        )
    return rows


def height_quantiles(records: Sequence[ImageRecord], rows: int = 5) -> list[float]:
    """Choose edges between which there are about as many true boxes each.

    Args:
        records: The labelled images.
        rows: How many ranges, at least 1.

    Returns:
        Rising edges from 0 to infinity: ``rows`` + 1 of them, fewer where many boxes have the same
        height.
    """
    heights = [a.bbox[3] - a.bbox[1] for record in records for a in record.annotations]
    inner = np.quantile(heights, np.linspace(0, 1, rows + 1)[1:-1]) if heights else []
    return [0.0, *np.unique([edge for edge in inner if edge > 0]).tolist(), math.inf]
