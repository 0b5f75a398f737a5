"""torchvision's transforms of images inside an MMDetection pipeline."""

from collections.abc import Callable

import cv2
import torch
from mmcv.transforms import BaseTransform
from torch import Tensor

from mmdigits.datasets.transforms.photograph import check_photograph


class TorchvisionTransform(BaseTransform):
    """Apply a transform of RGB tensors to MMDetection's BGR arrays; a base class.

    Args:
        transform: Takes and returns ``(3, H, W)`` uint8, RGB.

    Required and modified keys: ``img``, ``(H, W, 3)`` uint8, BGR.
    """

    def __init__(self, transform: Callable[[Tensor], Tensor]) -> None:
        self.rgb_transform = transform

    def transform(self, results: dict) -> dict:
        """Change ``results["img"]``.

        Args:
            results: The pipeline's dict; the old image is not modified.

        Returns:
            The same dict with the new image, of the same kind and contiguous; with the old one
            where the transform returns its argument, as torchvision's random ones mostly do.

        Raises:
            InputError: If the image is not of that kind. Floating-point images hold 0 to 255 in
                MMDetection and 0 to 1 in torchvision, which would turn them white without a word.
        """
        image = results["img"]
        check_photograph(type(self).__name__, image)
        rgb = torch.from_numpy(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).permute(2, 0, 1)
        changed = self.rgb_transform(rgb)
        if changed is not rgb:  # as where nothing was drawn to be done
            bgr = cv2.cvtColor(changed.permute(1, 2, 0).numpy(), cv2.COLOR_RGB2BGR)
            results["img"] = bgr
        return results

    def __repr__(self) -> str:
        return repr(self.rgb_transform)
