"""The detections of one image as evaluators and files see them."""

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor
from torchvision.ops import clip_boxes_to_image


class Detections(NamedTuple):
    """Detections of one image, on the CPU, by falling score as the model returns them.

    Attributes:
        bboxes: ``(K, 4)`` float x_min, y_min, x_max, y_max in pixels of the stored image, inside
            it; K may be 0.
        labels: ``(K,)`` int64, the digits 0 to 9.
        scores: ``(K,)`` float in [0, 1].
    """

    bboxes: Tensor
    labels: Tensor
    scores: Tensor


def detections_of(data_sample: Mapping) -> Detections:
    """Take the detections out of an evaluated sample.

    Args:
        data_sample: What MMEngine's evaluator hands to metrics: ``pred_instances`` with
            ``bboxes``, ``labels`` and ``scores``, and ``ori_shape``, height and width in pixels.

    Returns:
        The detections, clipped to the image.
    """
    instances = data_sample["pred_instances"]
    height, width = data_sample["ori_shape"][:2]
    bboxes = clip_boxes_to_image(instances["bboxes"].detach().float(), (height, width))
    return Detections(
        bboxes.cpu(), instances["labels"].cpu(), instances["scores"].detach().float().cpu()
    )
