"""Data sets, samplers and transforms, registered into MMDetection's registries on import."""

from mmdigits.datasets.digit_coco import DigitCocoDataset
from mmdigits.datasets.samplers import EpochIndexSampler, RandomFractionSampler
from mmdigits.datasets.synthetic_digits import SyntheticDigitsDataset
from mmdigits.datasets.transforms import ColorJitter, RandomAdjustSharpness

__all__ = [
    "ColorJitter",
    "DigitCocoDataset",
    "EpochIndexSampler",
    "RandomAdjustSharpness",
    "RandomFractionSampler",
    "SyntheticDigitsDataset",
]
