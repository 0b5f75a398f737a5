"""The reading order inside one number: along its path of neighbours, or row by row.

Points are complex numbers x + iy in digit heights, y downwards. All angles are those between the
digits' centres, so that turning the centres together turns the angles and nothing else.
"""

import cmath
from collections import Counter
from itertools import combinations, pairwise
from math import cos, pi, radians
from statistics import median

from mmdigits.reading.neighbour_tree import TOLERANCE, Digits, Link, reachable

# Rows are cut where the upright centres leave a gap this high, in digit heights: half of the
# distance of rows that just touch.
ROW_GAP = 0.5

# Digits one below the other can't overlap; neighbours nearer than this, in digit heights (0.1 is
# left for loose boxes), stand side by side even if the line of their centres is steep.
COLUMN_PITCH = 0.9

# Up to this angle from the horizontal, lines of such digits are rows, not columns.
CLIMB = radians(70)

# Legs of one row differ in direction by less than this angle, though it be an arc of 120 degrees:
# those of a path along one row and back along the next by 180.
MOST_BENT = cos(radians(145))

# Length of the links' mean direction, right angles taken as equal, from which on they tell how the
# rows run: 0 for links in all directions, 1 for links all parallel or at right angles.
LEAST_AGREEMENT = 0.2


def order_number(digits: Digits, links: list[Link], row_jump: float) -> list[int] | None:
    """Put the digits of one number in reading order.

    Args:
        digits: All digits of the image; lengths in digit heights.
        links: The tree of neighbours among the digits of this number; one link at least.
        row_jump: As in :func:`mmdigits.reading.order.reading_order`.

    Returns:
        The indices that ``links`` join, in reading order; None if their geometry says nothing:
        centres on one spot, or links in all directions.
    """
    path = _smooth_path(digits, links, row_jump)
    return _along(digits, path) if path else _row_by_row(digits, links)


def _smooth_path(digits: Digits, links: list[Link], row_jump: float) -> list[int] | None:
    """The links end to end, or None if they branch, turn back or jump to another row."""
    degree = Counter(i for link in links for i in link)
    if max(degree.values()) > 2:
        return None
    path = reachable(next(i for i in degree if degree[i] == 1), links)
    for i, j, k in zip(path, path[1:], path[2:], strict=False):
        before = digits.centres[j] - digits.centres[i]
        after = digits.centres[k] - digits.centres[j]
        product = before.conjugate() * after
        height = (digits.heights[i] + digits.heights[j] + digits.heights[k]) / 3
        # The height of their triangle over the shorter leg: how far the longer leg, perhaps to
        # another row, leaves the line of the shorter one, which is inside a row.
        shorter = min(abs(before), abs(after))
        jumps = abs(product.imag) > (row_jump * height + TOLERANCE) * shorter
        if jumps or product.real < -TOLERANCE:
            return None
    legs = [digits.centres[j] - digits.centres[i] for i, j in pairwise(path)]
    ways = [leg / abs(leg) for leg in legs if abs(leg) > TOLERANCE]
    turns_back = any((a.conjugate() * b).real < MOST_BENT for a, b in combinations(ways, 2))
    return None if turns_back else path


def _along(digits: Digits, path: list[int]) -> list[int] | None:
    legs = [digits.centres[j] - digits.centres[i] for i, j in pairwise(path)]
    direction = sum(legs)
    if abs(direction) < TOLERANCE:
        return None
    if direction.real < 0:
        path, direction = path[::-1], -direction
    pitch = sum(map(abs, legs)) / len(legs) / median(digits.heights[i] for i in path)
    steepest = CLIMB if pitch < COLUMN_PITCH - TOLERANCE else radians(45)
    return path[::-1] if cmath.phase(direction) < -steepest - TOLERANCE else path


def _row_by_row(digits: Digits, links: list[Link]) -> list[int] | None:
    indices = sorted({i for link in links for i in link})
    height = median(digits.heights[i] for i in indices)
    tilt = _tilt([(digits.centres[j] - digits.centres[i]) / height for i, j in links])
    if tilt is None:
        return None
    turned = {i: digits.centres[i] * cmath.rect(1, -tilt) for i in indices}
    indices.sort(key=lambda i: (round(turned[i].imag, 9), round(turned[i].real, 9)))
    rows = [[indices[0]]]
    for i, j in pairwise(indices):
        step = (digits.heights[i] + digits.heights[j]) / 2 * ROW_GAP
        if turned[j].imag - turned[i].imag > step + TOLERANCE:
            rows.append([])
        rows[-1].append(j)
    return [i for row in rows for i in sorted(row, key=lambda i: round(turned[i].real, 9))]


def _tilt(legs: list[complex]) -> float | None:
    """The angle of the rows in radians, or None if the legs agree on none."""
    units = [leg / abs(leg) for leg in legs if abs(leg) > TOLERANCE]
    # Inside a row and straight across count alike: the fourth power makes right angles equal.
    votes = sum(unit**4 for unit in units)
    if abs(votes) <= LEAST_AGREEMENT * len(units):
        return None
    tilt = cmath.phase(votes) / 4
    # 45 degrees up and 45 degrees down are one angle so far; noise must not choose.
    tilt = abs(tilt) if pi / 4 - abs(tilt) < TOLERANCE else tilt
    # Near 45 degrees rows are told from columns by the legs too short for a column.
    short = [leg for leg in legs if TOLERANCE < abs(leg) < COLUMN_PITCH - TOLERANCE]
    inside = sum((leg / abs(leg) * cmath.rect(1, -tilt)) ** 2 for leg in short)
    across = tilt - pi / 2 if tilt > 0 else tilt + pi / 2
    return across if inside.real < -TOLERANCE and abs(across) <= CLIMB else tilt
