"""What transforms of pixels may rely on."""

import numpy as np

from mmdigits.errors import InputError


def check_photograph(who: str, image: np.ndarray) -> None:
    """Refuse what isn't a colour photograph as it was loaded.

    Args:
        who: The transform, for the message.
        image: ``results["img"]``.

    Raises:
        InputError: If it isn't ``(H, W, 3)`` uint8.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InputError(
            f"{who}: the image is {image.dtype} of shape {image.shape}; it must be uint8 of shape "
            "(height, width, 3); load it without to_float32 and in colour, and normalise after "
            "this step"
        )
