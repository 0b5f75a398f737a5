"""Samplers whose indices depend on the epoch."""

from mmdigits.datasets.samplers.epoch_index_sampler import EpochIndexSampler
from mmdigits.datasets.samplers.random_fraction_sampler import RandomFractionSampler

__all__ = ["EpochIndexSampler", "RandomFractionSampler"]
