"""torchvision's changes of colour inside an MMDetection pipeline, by name."""

from typing import Any

from mmdet.registry import TRANSFORMS
from torchvision.transforms import v2

from mmdigits.datasets.transforms.torchvision_transform import TorchvisionTransform
from mmdigits.errors import InputError

# What takes uint8, leaves every pixel in its place, and isn't a class of its own here.
_NAMES = (
    "RandomAutocontrast",
    "RandomChannelPermutation",
    "RandomEqualize",
    "RandomGrayscale",
    "RandomInvert",
    "RandomPhotometricDistort",
    "RandomPosterize",
    "RandomSolarize",
)


@TRANSFORMS.register_module()
class TorchvisionPhotometric(TorchvisionTransform):
    """Change colours with a transform of ``torchvision.transforms.v2``.

    torchvision does the work: the same arguments give the same pixels. Only transforms are allowed
    that leave every pixel in its place, so boxes hold and no digit is mirrored.

    Args:
        name: ``"RandomAutocontrast"``, ``"RandomChannelPermutation"``, ``"RandomEqualize"``,
            ``"RandomGrayscale"``, ``"RandomInvert"``, ``"RandomPhotometricDistort"``,
            ``"RandomPosterize"`` or ``"RandomSolarize"``.
        **arguments: Those of the transform, by name; most take a probability ``p``. Drawn from
            PyTorch's global generator.

    Required and modified keys: ``img``, ``(H, W, 3)`` uint8, BGR.

    Raises:
        InputError: If the name isn't one of these or the arguments are wrong, or, when the
            transform is applied, if the image is not of that kind.
    """

    def __init__(self, name: str, **arguments: Any) -> None:
        if name not in _NAMES:
            raise InputError(
                f"TorchvisionPhotometric: name={name!r} is not allowed; choose one of "
                f"{', '.join(_NAMES)} in the pipeline"
            )
        try:
            transform = getattr(v2, name)(**arguments)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"TorchvisionPhotometric: {name} refuses the arguments {arguments}: {error}; mend "
                "them in the pipeline"
            ) from error
        super().__init__(transform)
