"""The tree of nearest neighbours among the digits of an image, cut into separate numbers.

Points are complex numbers x + iy in digit heights, y downwards. Only differences of points and
the digits' own sizes are used, so that turning all the points together changes nothing.
"""

from typing import NamedTuple

Link = tuple[int, int]

# Lengths and ratios this near to a limit count as the limit: coordinates are whole pixels, so
# exact ties are common, and a shift or a change of scale moves the last bits.
TOLERANCE = 1e-9


class Digits(NamedTuple):
    """Digits in one order; lengths in any one unit, usually the median digit height.

    Attributes:
        centres: ``K`` points x + iy.
        widths: ``K`` box widths, from 0 on.
        heights: ``K`` box heights, above 0.
    """

    centres: list[complex]
    widths: list[float]
    heights: list[float]


def neighbour_tree(digits: Digits) -> list[Link]:
    """Join all digits by the shortest links that leave no digit out (Prim's algorithm).

    A link's length is the distance of the centres in heights of the smaller digit: digits of one
    size join up before a smaller digit beside them does. Links as long as each other are taken
    in the order of the digits.

    Args:
        digits: ``K`` digits, at least one.

    Returns:
        ``K - 1`` pairs of indices.

    Source: R. C. Prim, "Shortest connection networks and some generalizations", 1957.
    """
    centres, _, heights = digits
    nearest = {i: (float("inf"), 0) for i in range(1, len(centres))}
    links, newest = [], 0
    while nearest:
        for i, (length, _) in nearest.items():
            other = abs(centres[i] - centres[newest]) / min(heights[i], heights[newest])
            if other < length - TOLERANCE:
                nearest[i] = other, newest
        newest = min(nearest, key=lambda i: round(nearest[i][0], 9))
        links.append((nearest.pop(newest)[1], newest))
    return links


def cut_tree(
    digits: Digits, links: list[Link], second_height: float, second_gap: float, apart_gap: float
) -> list[Link]:
    """Leave out the links that join two numbers.

    A link's gap is the part of it outside the two digits: the distance of their centres less
    their mean width, in heights of the larger one. A link joins two numbers if its gap is
    ``apart_gap`` or more; or if it is ``second_gap`` or more and every digit on one side is less
    than ``second_height`` times as high as the digit that the link ends at on the other. Sizes
    that fall from digit to digit, as in perspective, have no such link.

    Args:
        digits: ``K`` digits.
        links: Their tree, as from :func:`neighbour_tree`.
        second_height: A ratio of heights, in [0, 1].
        second_gap: In heights of the larger digit.
        apart_gap: In heights of the larger digit.

    Returns:
        The links that stay.
    """
    centres, widths, heights = digits
    kept = []
    for i, j in links:
        larger = max(heights[i], heights[j])
        gap = (abs(centres[i] - centres[j]) - (widths[i] + widths[j]) / 2) / larger
        if gap > apart_gap - TOLERANCE:
            continue
        limit = second_height * larger - TOLERANCE
        if gap > second_gap - TOLERANCE and min(heights[i], heights[j]) < limit:
            small = i if heights[i] < heights[j] else j
            # Every link counts here, also those cut before: the side is all that hangs there.
            side = reachable(small, [link for link in links if link != (i, j)])
            if max(heights[k] for k in side) < limit:
                continue
        kept.append((i, j))
    return kept


def reachable(start: int, links: list[Link]) -> list[int]:
    """Collect the digits that links lead to from ``start``, itself included, in a fixed order.

    Args:
        start: Index of a digit.
        links: Pairs of indices without a cycle.

    Returns:
        Indices; ``start`` first, then along the links: end to end where they form a path and
        ``start`` is one end.
    """
    neighbours: dict[int, list[int]] = {start: []}
    for i, j in links:
        neighbours.setdefault(i, []).append(j)
        neighbours.setdefault(j, []).append(i)
    found, waiting = {start: None}, [start]
    while waiting:
        for k in neighbours[waiting.pop()]:
            if k not in found:
                found[k] = None
                waiting.append(k)
    return list(found)
