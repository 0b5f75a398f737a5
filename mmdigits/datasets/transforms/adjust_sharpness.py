"""torchvision's random change of sharpness inside an MMDetection pipeline."""

from mmdet.registry import TRANSFORMS
from torchvision.transforms import v2

from mmdigits.datasets.transforms.torchvision_transform import TorchvisionTransform
from mmdigits.errors import InputError


@TRANSFORMS.register_module()
class RandomAdjustSharpness(TorchvisionTransform):
    """Sharpen or blur at random: move each pixel away from, or towards, its 3 x 3 average.

    Mirrors ``torchvision.transforms.v2.RandomAdjustSharpness``, which does the work: the same
    parameters give the same pixels. Like it, this leaves the outermost pixels alone, and hence
    images of which a side is shorter than 3 pixels. Factor 10 overshoots to 0 and 255 at every
    edge. With ``prob=1`` it's the fixed sharpening of training and test images alike.

    Args:
        sharpness_factor: 0 gives the average, 1 the image itself, 2 twice its contrast to the
            average; not negative.
        prob: Probability of a change; one draw an image, from PyTorch's global generator.

    Required and modified keys: ``img``, ``(H, W, 3)`` uint8, BGR.

    Raises:
        InputError: If ``sharpness_factor`` is negative or ``prob`` outside 0 to 1, or, when the
            transform is applied, if the image is not of that kind.
    """

    def __init__(self, sharpness_factor: float, prob: float = 0.5) -> None:
        # torchvision itself finds a negative factor only when it is first drawn.
        if sharpness_factor < 0 or not 0 <= prob <= 1:
            raise InputError(
                f"RandomAdjustSharpness: sharpness_factor is {sharpness_factor} and prob {prob}; "
                "the factor must not be negative and the probability from 0 to 1; mend them in "
                "the pipeline"
            )
        super().__init__(v2.RandomAdjustSharpness(sharpness_factor, p=prob))
