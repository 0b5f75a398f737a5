"""Tie all randomness of one sample to the sample, not to the worker that happens to make it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def seeded_by(*key: int) -> Iterator[None]:
    """Seed Python's, NumPy's and PyTorch's global generators for a block, then restore them.

    MMDetection's transforms draw from these. Inside the block they depend on ``key`` alone, so a
    sample doesn't change with the number of workers, the order, or a resumed run; outside it's as
    if the block hadn't drawn anything. Only PyTorch's CPU generator is concerned.

    Args:
        key: Non-negative integers that name the sample, for example seed, epoch and index.
    """
    before = random.getstate(), np.random.get_state(), torch.get_rng_state()
    words = np.random.SeedSequence(key).generate_state(6)
    random.seed(int.from_bytes(words[:2].tobytes(), "little"))
    np.random.seed(words[2:4])
    torch.random.default_generator.manual_seed(int(words[4]) << 31 | int(words[5]) >> 1)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.set_rng_state(before[2])
