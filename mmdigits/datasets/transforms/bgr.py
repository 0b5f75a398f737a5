"""What lies between MMDetection's images and torchvision's transforms."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmdigits.errors import InputError


def through_rgb(transform: Callable[[Tensor], Tensor], image: np.ndarray) -> np.ndarray:
    """Apply a transform of RGB tensors to a BGR array.

    Args:
        transform: Takes and returns ``(3, H, W)`` uint8, RGB.
        image: ``(H, W, 3)`` uint8, BGR; not modified.

    Returns:
        The new image, of the same kind and contiguous.

    Raises:
        InputError: If ``image`` is not of that kind. Floating-point images hold 0 to 255 in
            MMDetection and 0 to 1 in torchvision, which would turn them white without a word.
    """
    if image.dtype != np.uint8 or image.shape[2:] != (3,):
        raise InputError(
            f"{type(transform).__name__}: the image is {image.dtype} of shape {image.shape}; it "
            "must be uint8 of shape (height, width, 3); load it without to_float32 and in colour, "
            "and normalise after this step"
        )
    rgb = torch.from_numpy(np.ascontiguousarray(image[..., ::-1])).permute(2, 0, 1)
    changed = transform(rgb).permute(1, 2, 0).numpy()
    return np.ascontiguousarray(changed[..., ::-1])
