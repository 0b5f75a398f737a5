"""Merge the detections of several models, or of several views, image by image."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from mmdet.models.utils import weighted_boxes_fusion
from torchvision.ops import batched_nms

from mmdigits.errors import InputError
from mmdigits.files.detections import Detections

METHODS = ("nms", "wbf")


def merge_detections(
    models: Sequence[Mapping[int, Detections]],
    method: str = "nms",
    weights: Sequence[float] | None = None,
    iou_thr: float = 0.55,
    skip_score: float = 0.0,
) -> dict[int, Detections]:
    """Merge what several models found in the same images.

    ``"nms"`` pools all boxes with score times weight over the largest weight and keeps, of boxes
    of one digit that overlap, the one that scores best. ``"wbf"`` averages the boxes of one digit
    that overlap, by score times weight, and scores the result by the share of the models' weight
    that it has behind it: what one of three equal models finds with score s ends with s / 3.

    Source: Solovyev et al., Image and Vision Computing 2021, https://arxiv.org/abs/1910.13302, for
    ``"wbf"``, as MMDetection implements it (``conf_type="avg"``). Boxes without area and
    detections with score 0 take no part in it, and a score stays at most 1 when one model has two
    overlapping boxes of a digit.

    Args:
        models: For each model the detections by image id; all have the same ids.
        method: One of METHODS.
        weights: One positive number a model; equal by default. Only their ratios matter.
        iou_thr: Boxes of one digit are one when they overlap by more than this, in [0, 1].
        skip_score: Detections with a lower score are left out before, in [0, 1].

    Returns:
        The merged detections of each image, by falling score; empty where no model has any.

    Raises:
        InputError: If an argument is outside its range or there is not one weight a model.
    """
    if weights is None:
        weights = [1.0] * len(models)
    _check(len(models), method, weights, iou_thr, skip_score)
    merge_image = _nms if method == "nms" else _fuse
    return {
        image_id: merge_image(
            [_above(model[image_id], skip_score) for model in models], weights, iou_thr
        )
        for image_id in models[0]
    }


def _check(
    models: int, method: str, weights: Sequence[float], iou_thr: float, skip_score: float
) -> None:
    if method not in METHODS:
        raise InputError(f"merging: method is {method!r}; allowed are {', '.join(METHODS)}")
    if len(weights) != models or not all(0 < weight < float("inf") for weight in weights):
        raise InputError(
            f"merging: the weights are {list(weights)} for {models} models; give one positive "
            "number a model, and leave out a model that should count for nothing"
        )
    for name, value in dict(iou_thr=iou_thr, skip_score=skip_score).items():
        if not 0 <= value <= 1:
            raise InputError(f"merging: {name} is {value}; allowed is 0 to 1")


def _above(detections: Detections, score: float) -> Detections:
    kept = detections.scores >= score
    return Detections(*(part[kept] for part in detections))


def _nms(models: Sequence[Detections], weights: Sequence[float], iou_thr: float) -> Detections:
    bboxes, labels, _ = map(np.concatenate, zip(*models, strict=True))
    scaled = [
        model.scores * (weight / max(weights))
        for model, weight in zip(models, weights, strict=True)
    ]
    scores = np.concatenate(scaled)
    tensors = map(torch.from_numpy, (bboxes, scores, labels))
    kept = batched_nms(*tensors, iou_thr).numpy()
    return Detections(bboxes[kept], labels[kept], scores[kept])


def _fuse(models: Sequence[Detections], weights: Sequence[float], iou_thr: float) -> Detections:
    # weighted_boxes_fusion divides by the scores' sum, and warns at every box without area.
    usable = []
    for bboxes, labels, scores in models:
        kept = (scores > 0) & (bboxes[:, 2] > bboxes[:, 0]) & (bboxes[:, 3] > bboxes[:, 1])
        usable.append((bboxes[kept].tolist(), scores[kept].tolist(), labels[kept].tolist()))
    bboxes, scores, labels = weighted_boxes_fusion(
        *zip(*usable, strict=True), weights=weights, iou_thr=iou_thr
    )
    return Detections(
        bboxes.double().reshape(-1, 4).numpy(),
        labels.long().numpy(),
        scores.double().clamp(max=1.0).numpy(),
    )
