"""Another place for a photograph in front of the network."""

import mmcv
import numpy as np
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import autocast_box_type

from mmdigits.datasets.imaging import PADDING
from mmdigits.datasets.transforms.photograph import PhotographTransform
from mmdigits.errors import InputError


@TRANSFORMS.register_module()
class PadTopLeft(PhotographTransform):
    """Shift a photograph to the right and down by padding it at the left and at the top.

    A network with strides sees a digit a little differently at each place of its grid; views that
    are shifted by part of a stride average that out: see
    :class:`~mmdigits.models.test_time_augs.FusedTTAModel`. MMDetection's ``Pad`` adds pixels at
    the right and at the bottom, where they shift nothing.

    Args:
        left: Columns to add at the left, a whole number of pixels, 0 or more.
        top: Rows to add at the top, likewise.
        fill: Their colour, B, G, R of 255; the default is ImageNet's mean, which a data
            preprocessor turns into the zeros that it pads with.

    Required keys: ``img``, ``(H, W, 3)``; with labels also ``gt_bboxes`` (pixels of ``img``).
    Modified keys: ``img``, now ``(H + top, W + left, 3)``, ``img_shape``, ``gt_bboxes`` and
    ``homography_matrix``, which is made if missing. ``scale_factor`` stays as it was.

    Raises:
        InputError: If a number of pixels is out of its range.
    """

    def __init__(
        self,
        left: int = 0,
        top: int = 0,
        fill: tuple[float, float, float] = PADDING,
    ) -> None:
        for pixels in (left, top):
            if not isinstance(pixels, int) or pixels < 0:
                raise InputError(
                    f"PadTopLeft: left={left} and top={top} must be whole numbers of pixels, 0 or "
                    "more; mend it in the pipeline"
                )
        self.left = left
        self.top = top
        self.fill = tuple(fill)

    @autocast_box_type()
    def transform(self, results: dict) -> dict:
        """Pad the image and move its boxes.

        Args:
            results: The pipeline's dict.

        Returns:
            The same dict.
        """
        padding = (self.left, self.top, 0, 0)
        results["img"] = mmcv.impad(results["img"], padding=padding, pad_val=self.fill)
        results["img_shape"] = results["img"].shape[:2]
        shift = np.array([[1, 0, self.left], [0, 1, self.top], [0, 0, 1]], dtype=np.float32)
        results["homography_matrix"] = shift @ results.get(
            "homography_matrix", np.eye(3, dtype=np.float32)
        )
        if "gt_bboxes" in results:
            results["gt_bboxes"].translate_((self.left, self.top))
        return results
