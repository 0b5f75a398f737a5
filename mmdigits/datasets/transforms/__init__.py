from mmdigits.datasets.transforms.adjust_sharpness import RandomAdjustSharpness
from mmdigits.datasets.transforms.color_jitter import ColorJitter

__all__ = ["ColorJitter", "RandomAdjustSharpness"]
