"""torchvision's colour jitter for OpenCV's arrays."""

from collections.abc import Callable

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmdet.registry import TRANSFORMS
from torchvision.transforms import v2

from mmdigits.datasets.transforms.photograph import check_photograph
from mmdigits.errors import InputError, one_line

Factor = float | tuple[float, float]
# In the order in which torchvision numbers them.
_ADJUST: dict[str, Callable] = {
    "brightness_factor": mmcv.adjust_brightness,
    "contrast_factor": mmcv.adjust_contrast,
    "saturation_factor": mmcv.adjust_color,
    "hue_factor": mmcv.adjust_hue,
}


@TRANSFORMS.register_module()
class ColorJitter(BaseTransform):
    """Change brightness, contrast, saturation and hue at random, in random order.

    Mirrors ``torchvision.transforms.v2.ColorJitter``, which draws. MMCV changes the pixels, in a
    third of torchvision's time: with the same brightness, contrast and saturation to one level of
    255, and hues in steps of 1/256 turn, cut. MMDetection's own ``PhotoMetricDistortion`` draws
    from other ranges.

    Args:
        brightness: Factors are drawn from [max(0, 1 - brightness), 1 + brightness], or from the
            given range.
        contrast: Like ``brightness``.
        saturation: Like ``brightness``.
        hue: Shifts are drawn from [-hue, hue], at most 0.5, or from the given range; in turns of
            the colour circle.

    Required and modified keys: ``img``, ``(H, W, 3)`` uint8, BGR.

    Raises:
        InputError: If a factor is out of range, or, when the transform is applied, if the image is
            not of that kind.
    """

    def __init__(
        self,
        brightness: Factor = 0.0,
        contrast: Factor = 0.0,
        saturation: Factor = 0.0,
        hue: Factor = 0.0,
    ) -> None:
        factors = dict(brightness=brightness, contrast=contrast, saturation=saturation, hue=hue)
        try:
            self._jitter = v2.ColorJitter(**factors)
            ranges = [getattr(self._jitter, name) for name in factors]
            if not np.isfinite([drawn for drawn in ranges if drawn is not None]).all():
                raise ValueError("factors have to be finite")
        except (TypeError, ValueError) as error:
            raise InputError(
                f"ColorJitter: {factors} can't be used: {one_line(error)}; mend it in the pipeline"
            ) from None

    def transform(self, results: dict) -> dict:
        """Change ``results["img"]``.

        Args:
            results: The pipeline's dict; the old image is not modified.

        Returns:
            The same dict with the new image.
        """
        image = results["img"]
        check_photograph(type(self).__name__, image)
        for name, factor in self._draw():
            image = _ADJUST[name](image, factor, backend="cv2")
        results["img"] = np.ascontiguousarray(image)
        return results

    @cache_randomness
    def _draw(self) -> list[tuple[str, float]]:
        """What is changed, in order; from PyTorch's global generator."""
        drawn = self._jitter.make_params([])
        names = [list(_ADJUST)[number] for number in drawn["fn_idx"]]
        return [(name, drawn[name]) for name in names if drawn[name] is not None]

    def __repr__(self) -> str:
        return repr(self._jitter)
