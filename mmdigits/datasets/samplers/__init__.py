"""Samplers that tell data sets which epoch it is."""

from mmdigits.datasets.samplers.epoch_index_sampler import EpochIndexSampler

__all__ = ["EpochIndexSampler"]
