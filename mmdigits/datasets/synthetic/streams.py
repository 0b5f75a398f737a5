"""Which random stream draws which image."""

import numpy as np

SPLITS = ("train", "valid", "test")
# What a stream is for; streams of one sample must not be the same numbers twice.
PIXELS, PIPELINE = 0, 1


def sample_key(
    seed: int, split: str, epoch: int, position: int, purpose: int = PIXELS
) -> tuple[int, ...]:
    """Name one stream of one sample.

    Args:
        seed: Of the data set; not negative.
        split: One of ``SPLITS``.
        epoch: From 0.
        position: From 0.
        purpose: ``PIXELS`` for the image itself, ``PIPELINE`` for what is done to it afterwards.

    Returns:
        Integers for :class:`numpy.random.SeedSequence`, different for every argument.
    """
    return purpose, seed, SPLITS.index(split), epoch, position


def pixel_stream(seed: int, split: str, epoch: int, position: int) -> np.random.Generator:
    """The generator that draws one sample's image; arguments as in :func:`sample_key`."""
    return np.random.default_rng(sample_key(seed, split, epoch, position))
