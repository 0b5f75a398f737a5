from mmdigits.datasets.transforms.adjust_sharpness import RandomAdjustSharpness
from mmdigits.datasets.transforms.color_jitter import ColorJitter
from mmdigits.datasets.transforms.digit_copy_paste import DigitCopyPaste
from mmdigits.datasets.transforms.drop_keys import DropKeys
from mmdigits.datasets.transforms.load_cached_image import LoadCachedImage
from mmdigits.datasets.transforms.pad_top_left import PadTopLeft
from mmdigits.datasets.transforms.random_degrade import RandomDegrade
from mmdigits.datasets.transforms.random_digit_warp import RandomDigitWarp
from mmdigits.datasets.transforms.resize_within import ResizeWithin
from mmdigits.datasets.transforms.torchvision_photometric import TorchvisionPhotometric

__all__ = [
    "ColorJitter",
    "DigitCopyPaste",
    "DropKeys",
    "LoadCachedImage",
    "PadTopLeft",
    "RandomAdjustSharpness",
    "RandomDegrade",
    "RandomDigitWarp",
    "ResizeWithin",
    "TorchvisionPhotometric",
]
