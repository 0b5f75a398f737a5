"""Where candidates stand along a number whose digits are known."""

from typing import NamedTuple

import numpy as np


class Places(NamedTuple):
    """Where each of K candidates stands.

    Attributes:
        row: ``(K,)`` int64, the row it is nearest to, from 0.
        along: ``(K,)`` position along that row, in the boxes' unit, increasing as one reads.
        aside: ``(K,)`` distance from the row's line, 0 or more, in the same unit.
        direction: ``(K, 2)`` x and y of the way from the line's first digit to its last, of length
            1.
    """

    row: np.ndarray
    along: np.ndarray
    aside: np.ndarray
    direction: np.ndarray


def centres(bboxes: np.ndarray) -> np.ndarray:
    """Return the centres ``(K, 2)``, x and y, of boxes ``(K, 4)``, x_min, y_min, x_max, y_max."""
    return (bboxes[:, :2] + bboxes[:, 2:]) / 2


def place(points: np.ndarray, digits: np.ndarray) -> Places:
    """Project points on the lines that a number's digits stand on.

    A line goes through the centres of neighbouring digits and straight on beyond the first and
    the last. A new line begins where the way to the next digit turns back against the way that
    most steps take, as it does from the end of one row to the start of the next.

    Args:
        points: ``(K, 2)`` x and y.
        digits: ``(M, 2)`` centres of the number's digits in reading order, at least one.

    Returns:
        The places; of two lines as near, the earlier.
    """
    steps = np.diff(digits, axis=0)
    lengths = np.linalg.norm(steps, axis=1, keepdims=True)
    ways = steps / np.where(lengths > 0, lengths, 1)
    usual = np.median(ways, axis=0) if len(steps) else np.array([1.0, 0.0])
    if not usual.any():
        usual = np.array([1.0, 0.0])
    usual = usual / np.linalg.norm(usual)
    breaks = np.nonzero(ways @ usual < 0)[0] + 1
    rows = [_project(points, line, usual) for line in np.split(digits, breaks)]
    alongs, asides, directions = map(np.stack, zip(*rows, strict=True))
    # Rounded, so that wherever the picture lies the same one of two lines is the earlier.
    row = np.argmin(np.round(asides / (asides.max(initial=0) or 1.0), 9), axis=0)
    picked = row, np.arange(len(points))
    return Places(row, alongs[picked], asides[picked], directions[picked])


def _project(
    points: np.ndarray, line: np.ndarray, usual: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    starts, ends = line[:-1], line[1:]
    lengths = np.linalg.norm(ends - starts, axis=1)
    starts, ends, lengths = (part[lengths > 0] for part in (starts, ends, lengths))
    if not len(lengths):
        starts, ends, lengths = line[:1], line[:1] + usual, np.ones(1)
    directions = (ends - starts) / lengths[:, None]
    reach = np.einsum("kmd,md->km", points[:, None] - starts, directions)
    least = np.zeros(len(lengths))
    most = lengths.copy()
    least[0], most[-1] = -np.inf, np.inf
    reach = np.clip(reach, least, most)
    away = np.linalg.norm(points[:, None] - (starts + reach[..., None] * directions), axis=2)
    nearest = np.argmin(away, axis=1)
    picked = np.arange(len(points)), nearest
    before = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    way = ends[-1] - starts[0]
    length = np.linalg.norm(way)
    way = np.tile(way / length if length > 0 else usual, (len(points), 1))
    return before[nearest] + reach[picked], away[picked], way
