from mmdigits.datasets.transforms.adjust_sharpness import RandomAdjustSharpness
from mmdigits.datasets.transforms.color_jitter import ColorJitter
from mmdigits.datasets.transforms.pad_top_left import PadTopLeft

__all__ = ["ColorJitter", "PadTopLeft", "RandomAdjustSharpness"]
