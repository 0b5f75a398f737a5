"""Boxes for anchors."""

import numpy as np


def boxes_at(centres: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Boxes of some sizes: ``(N, 2)`` centres and sizes to ``(N, 4)`` corners."""
    return np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)


def scattered(sizes: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Boxes of each size, ``count`` in all, with their centres anywhere from 100 to 300."""
    rng = np.random.default_rng(seed)
    return boxes_at(rng.uniform(100, 300, (count, 2)), np.resize(sizes, (count, 2)))
