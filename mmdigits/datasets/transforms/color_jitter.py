"""torchvision's colour jitter inside an MMDetection pipeline."""

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmdet.registry import TRANSFORMS
from torchvision.transforms import v2

Factor = float | tuple[float, float]


@TRANSFORMS.register_module()
class ColorJitter(BaseTransform):
    """Change brightness, contrast, saturation and hue at random, in random order.

    Mirrors ``torchvision.transforms.v2.ColorJitter``, which does the work: the same parameters
    give the same pixels. MMDetection's own ``PhotoMetricDistortion`` draws from other ranges.

    Args:
        brightness: Factors are drawn from [max(0, 1 - brightness), 1 + brightness], or from the
            given range.
        contrast: Like ``brightness``.
        saturation: Like ``brightness``.
        hue: Shifts are drawn from [-hue, hue], at most 0.5, or from the given range; in turns of
            the colour circle.

    Required and modified keys: ``img``, ``(H, W, 3)`` uint8, BGR.
    """

    def __init__(
        self,
        brightness: Factor = 0.0,
        contrast: Factor = 0.0,
        saturation: Factor = 0.0,
        hue: Factor = 0.0,
    ) -> None:
        self.jitter = v2.ColorJitter(brightness, contrast, saturation, hue)

    def transform(self, results: dict) -> dict:
        """Jitter ``results["img"]``.

        Args:
            results: The pipeline's dict.

        Returns:
            The same dict with the new image.
        """
        rgb = torch.from_numpy(np.ascontiguousarray(results["img"][..., ::-1])).permute(2, 0, 1)
        jittered = self.jitter(rgb).permute(1, 2, 0).numpy()
        results["img"] = np.ascontiguousarray(jittered[..., ::-1])
        return results

    def __repr__(self) -> str:
        return repr(self.jitter)
