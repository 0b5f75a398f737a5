"""What transforms of photographs have in common."""

from collections.abc import Mapping

import numpy as np
from mmcv.transforms import BaseTransform

from mmdigits.errors import InputError


class PhotographTransform(BaseTransform):
    """A transform whose attributes are its settings; a base class."""

    def _check(
        self, settings: Mapping[str, object], right: Mapping[str, bool], allowed: str
    ) -> None:
        """Refuse the first setting that is out of its range.

        Args:
            settings: At least those of ``right``, by name.
            right: Whether each is in its range.
            allowed: The ranges in words.

        Raises:
            InputError: If one isn't right.
        """
        for name, is_right in right.items():
            if not is_right:
                raise InputError(
                    f"{type(self).__name__}: {name}={settings[name]} is out of range; {allowed}; "
                    "mend it in the pipeline"
                )

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value}" for name, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


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
