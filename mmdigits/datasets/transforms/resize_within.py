"""A size for each photograph: as it is, unless it is too small or too large."""

import math
from collections.abc import Sequence

from mmdet.datasets.transforms import Resize
from mmdet.registry import TRANSFORMS

from mmdigits.datasets.transforms.photograph import PhotographTransform


@TRANSFORMS.register_module()
class ResizeWithin(PhotographTransform):
    """Enlarge small photographs and reduce large ones; leave what lies between as it is.

    Photographs of house numbers come in all sizes, and in the larger ones the number is a smaller
    part of the scene. One canvas for all shrinks those that have detail and enlarges those that
    have none. The aspect ratio is kept to within half a pixel.

    Args:
        smallest: Width and height in pixels. A photograph that is smaller is enlarged, bilinearly,
            to the largest size that fits into this.
        largest: Width and height in pixels, each at least that of ``smallest``. A photograph that
            doesn't fit into this is reduced, by averaging areas, until it does.
        times: A factor on top, for views of several sizes: .8 or 1.25 of whatever size the
            photograph would have otherwise.

    Required and modified keys: those of MMDetection's ``Resize``, which does the work; among them
    are ``img``, ``gt_bboxes``, ``img_shape`` and ``scale_factor`` (w, h). Unlike there, the order
    of width and height matters.

    Raises:
        InputError: If an argument is out of its range.
    """

    def __init__(
        self, smallest: tuple[int, int], largest: tuple[int, int], times: float = 1.0
    ) -> None:
        right = {
            "smallest": min(smallest) >= 1,
            "largest": largest[0] >= smallest[0] and largest[1] >= smallest[1],
            "times": 0 < times < math.inf,
        }
        self._check(
            locals(),
            right,
            "sizes and times are positive and the largest is not below the smallest",
        )
        self.smallest = (int(smallest[0]), int(smallest[1]))
        self.largest = (int(largest[0]), int(largest[1]))
        self.times = times

    def transform(self, results: dict) -> dict:
        """Resize the image and its boxes.

        Args:
            results: The pipeline's dict.

        Returns:
            The same dict.
        """
        size = results["img"].shape[1::-1]
        factor = self.times * factor_within(size, self.smallest, self.largest)
        wanted = tuple(max(1, round(side * factor)) for side in size)
        interpolation = "area" if factor < 1 else "bilinear"
        return Resize(scale=wanted, keep_ratio=False, interpolation=interpolation)(results)


def factor_within(
    size: Sequence[float], smallest: Sequence[float], largest: Sequence[float]
) -> float:
    """The factor by which :class:`ResizeWithin` enlarges or reduces a photograph, ``times`` aside.

    Args:
        size: Its width and height.
        smallest: Width and height that a smaller one is enlarged to fit.
        largest: Width and height that a larger one is reduced to fit.

    Returns:
        More than 1 for a small photograph, less for a large one, 1 between.
    """
    to_smallest, to_largest = (
        min(limit[0] / size[0], limit[1] / size[1]) for limit in (smallest, largest)
    )
    return min(max(to_smallest, 1.0), to_largest)
