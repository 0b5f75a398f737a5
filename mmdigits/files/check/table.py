"""The entries of a ``pred.json`` as arrays, and what an image id means."""

import re
from typing import NamedTuple

import numpy as np

MOST_ID = 2**53  # larger integers don't survive every JSON reader

_IMAGE_NAME = re.compile(r"0*([0-9]{1,15})(\.(png|jpe?g|bmp|webp|0+))?", re.IGNORECASE)


class Table(NamedTuple):
    """The N entries whose image is known.

    Attributes:
        numbers: ``(N,)`` int64, their places in the file, counted from 0.
        image_ids: ``(N,)`` int64.
        boxes: ``(N, 4)`` float64, the four numbers as written; NaN where they are none.
        scores: ``(N,)`` float64; NaN where it is no number.
        categories: ``(N,)`` int64; -1 where it is no integer of sensible size.
    """

    numbers: np.ndarray
    image_ids: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray
    categories: np.ndarray


def best_of_images(table: Table, usable: np.ndarray) -> np.ndarray:
    """Find the best-scored entry of each image.

    Args:
        table: The entries.
        usable: ``(N,)`` bool, which of them count.

    Returns:
        ``(M,)`` their rows, by image id; of equal scores the first.
    """
    order = np.lexsort((-np.nan_to_num(table.scores, nan=-1.0), table.image_ids))
    order = order[usable[order]]
    _, first = np.unique(table.image_ids[order], return_index=True)
    return order[first]


def as_image_id(value: object) -> int | None:
    """Guess the image that an id means: ``7``, ``7.0``, ``"7"`` or ``"7.png"``; None if unclear."""
    if isinstance(value, str):
        match = _IMAGE_NAME.fullmatch(value.strip()[:40])
        return int(match[1]) if match else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < MOST_ID and value == int(value) else None
