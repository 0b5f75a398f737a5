"""Made scenes of digits whose reading order is known, for the tests of the reading order.

A scene is a ``(K, 4)`` array of boxes and the true numbers: lists of indices, the main one first.
Every digit is laid out upright in digit heights, y downwards, then turned, then jittered.
"""

import numpy as np

Scene = tuple[np.ndarray, list[list[int]]]


def turned(centres: np.ndarray, degrees: float) -> np.ndarray:
    """Turn points about the origin; positive angles lower the right end, as y points down."""
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    return centres @ np.array([[cos, sin], [-sin, cos]])


def boxes_at(centres: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Boxes of given sizes about given centres."""
    return np.hstack([centres - sizes / 2, centres + sizes / 2])


def centres_of(boxes: np.ndarray) -> np.ndarray:
    """The middle of each box."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def photographed(
    rng: np.random.Generator,
    centres: np.ndarray,
    sizes: np.ndarray,
    jitter: float,
    tilt: float | None,
    turns: np.ndarray | float = 0,
    bounding: bool | None = None,
) -> np.ndarray:
    """Tilt a layout, draw the boxes, move and resize each by up to ``jitter``, then zoom and shift.

    ``bounding`` boxes surround the digits, which are turned by ``tilt`` and, each on its own, by
    ``turns``; other boxes have the upright digits' size. What is None is left to ``rng``: the kind
    of boxes, and a tilt of up to 40 degrees.
    """
    tilt = rng.uniform(-40, 40) if tilt is None else tilt
    centres = turned(centres, tilt)
    if rng.random() < 0.5 if bounding is None else bounding:
        angle = np.radians(np.broadcast_to(tilt + turns, len(sizes)))[:, None]
        sizes = sizes * abs(np.cos(angle)) + sizes[:, ::-1] * abs(np.sin(angle))
    centres = centres + rng.uniform(-jitter, jitter, centres.shape) * sizes[:, 1:]
    sizes = sizes * rng.uniform(1 - jitter, 1 + jitter, sizes.shape)
    return boxes_at(centres, sizes) * rng.uniform(10, 200) + np.tile(rng.uniform(-500, 500, 2), 2)


def row_of(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Centres and sizes of digits in a level row that starts at the origin; heights are 1."""
    widths = rng.uniform(0.35, 0.7, count)
    gaps = rng.uniform(0.05, 0.35) * np.ones(count - 1)
    x = np.concatenate([[0], np.cumsum((widths[1:] + widths[:-1]) / 2 + gaps)])
    return np.stack([x, np.zeros(count)], 1), np.stack([widths, np.ones(count)], 1)


def one_row(rng: np.random.Generator, jitter: float, tilt: float | None = None) -> Scene:
    """1 to 6 digits in a row, tilted by up to 40 degrees."""
    count = int(rng.integers(1, 7))
    centres, sizes = row_of(rng, count)
    boxes = photographed(rng, centres, sizes, jitter, tilt)
    return boxes, [list(range(count))]


def arc(rng: np.random.Generator, jitter: float, tilt: float | None = None) -> Scene:
    """3 to 7 digits on 30 to 120 degrees of a circle that bulges up or down, level by default."""
    count = int(rng.integers(3, 8))
    _, sizes = row_of(rng, count)
    step = np.radians(rng.uniform(30, 120)) / (count - 1)
    radius = rng.uniform(0.65, 0.9) / (2 * np.sin(step / 2))
    angles = step * (np.arange(count) - (count - 1) / 2)
    centres = radius * np.stack([np.sin(angles), -np.cos(angles)], 1)
    if rng.random() < 0.5:
        centres[:, 1] *= -1
    boxes = photographed(rng, centres, sizes, jitter, tilt or 0, np.degrees(angles))
    return boxes, [list(range(count))]


def several_rows(rng: np.random.Generator, jitter: float, tilt: float | None, count: int) -> Scene:
    """Rows of 1 to 4 digits, tilted by up to 40 degrees; at least one row has two digits.

    They are flush left, centred, flush right, or ragged; digits are 0.8 to 1 high.
    """
    lengths = rng.integers(1, 5, count)
    lengths[rng.integers(count)] = rng.integers(2, 5)
    rows = [row_of(rng, int(length)) for length in lengths]
    zooms = rng.uniform(0.8, 1, count)
    width = max(row[-1, 0] for row, _ in rows)
    alignment, pitch = rng.integers(4), rng.uniform(1.2, 1.5)
    centres = []
    for number, (row, _) in enumerate(rows):
        share = [0, 0.5, 1, rng.random()][alignment]
        shift = [share * (width - row[-1, 0] * zooms[number]), number * pitch]
        centres.append(row * zooms[number] + shift)
    boxes = photographed(
        rng,
        np.concatenate(centres),
        np.concatenate([sizes * zoom for (_, sizes), zoom in zip(rows, zooms, strict=True)]),
        jitter,
        tilt,
    )
    return boxes, [list(range(len(boxes)))]


def two_rows(rng: np.random.Generator, jitter: float, tilt: float | None = None) -> Scene:
    """Two rows of 1 to 4 digits."""
    return several_rows(rng, jitter, tilt, 2)


def three_rows(rng: np.random.Generator, jitter: float, tilt: float | None = None) -> Scene:
    """Three rows of 1 to 4 digits."""
    return several_rows(rng, jitter, tilt, 3)


def column(rng: np.random.Generator, jitter: float, tilt: float | None = None) -> Scene:
    """2 to 5 digits one below the other; the column leans by up to 40 degrees."""
    count = int(rng.integers(2, 6))
    _, sizes = row_of(rng, count)
    y = np.arange(count) * rng.uniform(1.15, 1.5)
    centres = np.stack([np.zeros(count), y], 1)
    return photographed(rng, centres, sizes, jitter, tilt), [list(range(count))]


def small_second_number(
    rng: np.random.Generator, jitter: float, tilt: float | None = None
) -> Scene:
    """A row with a row of digits of 0.3 to 0.5 times its height on one of its four sides."""
    main, sizes = row_of(rng, int(rng.integers(1, 5)))
    second, second_sizes = row_of(rng, int(rng.integers(1, 4)))
    ratio, gap = rng.uniform(0.3, 0.5), rng.uniform(0.4, 1.0)
    second, second_sizes = second * ratio, second_sizes * ratio
    left, right = main[0, 0] - sizes[0, 0] / 2, main[-1, 0] + sizes[-1, 0] / 2
    y = rng.uniform(-0.3, 0.3)
    corner = [
        [right + gap + second_sizes[0, 0] / 2, y],
        [left - gap - second[-1, 0] - second_sizes[-1, 0] / 2, y],
        [rng.uniform(left, right), 0.5 + gap / 2 + ratio / 2],
        [rng.uniform(left, right), -0.5 - gap / 2 - ratio / 2],
    ][rng.integers(4)]
    boxes = photographed(
        rng,
        np.concatenate([main, second + corner]),
        np.concatenate([sizes, second_sizes]),
        jitter,
        tilt,
        bounding=False,
    )
    return boxes, [list(range(len(main))), list(range(len(main), len(boxes)))]


def number_apart(rng: np.random.Generator, jitter: float, tilt: float | None = None) -> Scene:
    """Two rows of one size, 2.5 to 4 digit heights apart; the longer one is the main number."""
    longer = int(rng.integers(3, 6))
    main, sizes = row_of(rng, longer)
    second, second_sizes = row_of(rng, int(rng.integers(1, longer - 1)))
    gap = rng.uniform(2.5, 4) + (sizes[-1, 0] + second_sizes[0, 0]) / 2
    second = second + np.array([main[-1, 0] + gap, 0])
    if rng.random() < 0.5:
        second = second - [2 * gap + main[-1, 0] + (second[-1, 0] - second[0, 0]), 0]
    boxes = photographed(
        rng,
        np.concatenate([main, second]),
        np.concatenate([sizes, second_sizes]),
        jitter,
        tilt,
        bounding=False,
    )
    return boxes, [list(range(longer)), list(range(longer, len(boxes)))]
