"""Between a sample's ``pred_instances`` and detections as arrays."""

import numpy as np
import torch
from mmengine.structures import InstanceData

from mmdigits.files.detections import Detections


def to_detections(instances: InstanceData) -> Detections:
    """Take arrays out of a sample's instances.

    Args:
        instances: With ``bboxes``, ``labels`` and ``scores``, on any device.

    Returns:
        The same in their order and frame; boxes and scores are float64.
    """
    found = instances.numpy()
    return Detections(
        found.bboxes.astype(np.float64),
        found.labels.astype(np.int64),
        found.scores.astype(np.float64),
    )


def to_instances(detections: Detections, device: torch.device) -> InstanceData:
    """Make a sample's instances of arrays.

    Args:
        detections: In any frame; there may be none.
        device: Where the tensors are wanted.

    Returns:
        ``(K, 4)`` float32 ``bboxes``, ``(K,)`` int64 ``labels`` and ``(K,)`` float32 ``scores``.
    """
    bboxes, labels, scores = map(torch.from_numpy, detections)
    return InstanceData(bboxes=bboxes.float(), labels=labels, scores=scores.float()).to(device)
