"""Samplers whose indices depend on the epoch."""

from mmdigits.datasets.samplers.curriculum_sampler import CurriculumSampler
from mmdigits.datasets.samplers.epoch_index_sampler import EpochIndexSampler
from mmdigits.datasets.samplers.random_fraction_sampler import RandomFractionSampler

__all__ = ["CurriculumSampler", "EpochIndexSampler", "RandomFractionSampler"]
