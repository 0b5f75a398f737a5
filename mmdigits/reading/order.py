"""The reading order of digits: which boxes form a number, and in which order they are read.

One idea: digits that are read one after the other are nearest neighbours. The boxes' centres are
joined into the shortest tree of neighbours, distances in digit heights. Then

1. links across a wide gap, or to digits that are clearly smaller, are cut: what falls off is a
   number of its own;
2. where the links that are left form one smooth path, the path is the reading order: a straight,
   tilted or curved row, or a column. It is read to the right; downwards if its ends lie more
   than 45 degrees from the horizontal;
3. where the path branches or jumps sideways, there are several rows. Most links run along the
   rows or straight across, which gives the tilt; the centres are turned upright and read row by
   row, top to bottom.

Only distances and angles between centres and the boxes' own sizes enter, so that shuffling,
shifting and scaling the boxes change nothing, nor does turning their centres as long as the rows
stay within 45 degrees of the horizontal. Reading by x, the way out where the geometry says nothing,
does depend on the turn.
"""

from statistics import median

import numpy as np

from mmdigits.errors import InputError
from mmdigits.reading.neighbour_tree import TOLERANCE, Digits, cut_tree, neighbour_tree, reachable
from mmdigits.reading.rows import order_number


def reading_order(
    bboxes: np.ndarray,
    *,
    row_jump: float = 0.9,
    second_height: float = 0.6,
    second_gap: float = 0.25,
    apart_gap: float = 2.0,
) -> list[np.ndarray]:
    """Group the digits of one image into numbers and put each in reading order.

    Several rows of digits are one number. Without usable geometry a number is read as
    :func:`order_by_x` reads it: all boxes have no height, their centres lie on one spot, or
    several rows' links point in all directions.

    Args:
        bboxes: ``(K, 4)`` finite x_min, y_min, x_max, y_max; any one pixel frame, y downwards.
        row_jump: A digit further than this off the line of its neighbours, in digit heights,
            begins a new row.
        second_height: Digits below this ratio of their larger neighbour's height may form a
            second number; 0 turns this off.
        second_gap: Least gap between such digits and the larger neighbour, in heights of the
            latter. The gap is the distance of the centres less the mean box width.
        apart_gap: Least gap between two numbers of any size, in heights of the larger digit;
            ``inf`` turns this off.

    Returns:
        One ``(n,)`` int64 array of indices for each number; together they hold each index once.
        The largest number comes first, by the sum of its digits' squared heights; of equal ones
        the one nearer the top left, by x + y of the mean centre. ``[]`` when there are no boxes.

    Raises:
        InputError: If the boxes don't have this shape or hold NaN or infinity, or if an option
            is negative or NaN.
    """
    for name, value in dict(
        row_jump=row_jump, second_height=second_height, second_gap=second_gap, apart_gap=apart_gap
    ).items():
        if not value >= 0:
            raise InputError(
                f"reading_order: {name} is {value}; allowed is 0 or more; mend the call"
            )
    indices, digits = _by_x(bboxes, "reading_order")
    if len(indices) < 2:
        return [np.array(indices, dtype=np.int64)] if indices else []
    if not digits.heights[0]:
        return [np.array(indices, dtype=np.int64)]
    links = cut_tree(digits, neighbour_tree(digits), second_height, second_gap, apart_gap)
    numbers, left = [], dict.fromkeys(range(len(indices)))
    while left:
        members = sorted(reachable(next(iter(left)), links))
        inside = [link for link in links if link[0] in members]
        numbers.append((inside and order_number(digits, inside, row_jump)) or members)
        for i in members:
            del left[i]

    def rank(number: list[int]) -> tuple[float, float]:
        # Not the boxes' areas: a thin 1 counts as much as an 8.
        area = sum(digits.heights[i] ** 2 for i in number)
        centre = sum(digits.centres[i] for i in sorted(number)) / len(number)
        return -round(area, 9), round(centre.real + centre.imag, 9)

    return [
        np.array([indices[i] for i in number], dtype=np.int64)
        for number in sorted(numbers, key=rank)
    ]


def order_by_x(bboxes: np.ndarray) -> list[np.ndarray]:
    """Read all digits of one image as one number, left to right.

    Args:
        bboxes: As in :func:`reading_order`.

    Returns:
        One ``(K,)`` int64 array: the indices by centre x, then by centre y, width and height, so
        that the order of the boxes doesn't matter. ``[]`` when there are no boxes.

    Raises:
        InputError: If the boxes don't have this shape or hold NaN or infinity.
    """
    indices, _ = _by_x(bboxes, "order_by_x")
    return [np.array(indices, dtype=np.int64)] if indices else []


def _by_x(bboxes: np.ndarray, caller: str) -> tuple[list[int], Digits]:
    """The indices by x, and the digits in this order, in units of the median height."""
    boxes = np.asarray(bboxes, dtype=np.float64)
    if boxes.ndim != 2 or boxes.shape[1] != 4 or not np.isfinite(boxes).all():
        raise InputError(
            f"{caller}: boxes of shape {boxes.shape}; allowed is (K, 4), finite numbers; mend "
            "the detections"
        )
    if not len(boxes):
        return [], Digits([], [], [])
    # The halves keep sums of coordinates near the largest float finite.
    centres = boxes[:, :2] / 2 + boxes[:, 2:] / 2
    centres = centres - centres.mean(axis=0)
    widths, heights = np.abs(boxes[:, 2:] - boxes[:, :2]).T.tolist()
    least = TOLERANCE * max(heights)
    high = [height for height in heights if height > least]
    # Without a height, lengths are compared with the extent of the picture's digits.
    unit = median(high) if high else float(np.abs(centres).max()) or 1.0
    # A box without a height is a digit of unknown size, not a small one.
    heights = [height / unit if height > least else float(bool(high)) for height in heights]
    widths = [width / unit for width in widths]
    points = [complex(x, y) for x, y in (centres / unit).tolist()]
    # The last digits are noise that a shift of the picture changes.
    indices = sorted(
        range(len(points)),
        key=lambda i: (
            round(points[i].real, 9),
            round(points[i].imag, 9),
            round(widths[i], 9),
            round(heights[i], 9),
        ),
    )
    return indices, Digits(
        [points[i] for i in indices], [widths[i] for i in indices], [heights[i] for i in indices]
    )
