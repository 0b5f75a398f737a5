"""torchvision's colour jitter inside an MMDetection pipeline."""

from mmdet.registry import TRANSFORMS
from torchvision.transforms import v2

from mmdigits.datasets.transforms.torchvision_transform import TorchvisionTransform

Factor = float | tuple[float, float]


@TRANSFORMS.register_module()
class ColorJitter(TorchvisionTransform):
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

    Raises:
        InputError: If the image is not of that kind; raised when the transform is applied.
    """

    def __init__(
        self,
        brightness: Factor = 0.0,
        contrast: Factor = 0.0,
        saturation: Factor = 0.0,
        hue: Factor = 0.0,
    ) -> None:
        super().__init__(v2.ColorJitter(brightness, contrast, saturation, hue))
