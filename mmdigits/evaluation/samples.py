"""What MMEngine's evaluator hands to metrics, as detections."""

from collections.abc import Mapping

import numpy as np
from torchvision.ops import clip_boxes_to_image

from mmdigits.files.detections import Detections


def detections_of(data_sample: Mapping) -> Detections:
    """Take the detections out of an evaluated sample.

    Args:
        data_sample: What MMEngine's evaluator hands to metrics: ``pred_instances`` with
            ``bboxes``, ``labels`` and ``scores``, and ``ori_shape``, height and width in pixels.

    Returns:
        The detections, clipped to the image, by falling score.
    """
    instances = data_sample["pred_instances"]
    height, width = data_sample["ori_shape"][:2]
    bboxes = clip_boxes_to_image(instances["bboxes"].detach().float(), (height, width))
    scores = instances["scores"].detach().double().cpu().numpy()
    by_score = np.argsort(-scores, kind="stable")
    return Detections(
        bboxes.double().cpu().numpy()[by_score],
        instances["labels"].cpu().numpy().astype(np.int64)[by_score],
        scores[by_score],
    )
