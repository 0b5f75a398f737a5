"""A two-stage detector as one function of tensors, which can be exported."""

from collections.abc import Sequence

import torch
from mmdet.models import FasterRCNN
from mmdet.models.dense_heads import RPNHead
from mmdet.models.roi_heads import CascadeRoIHead, StandardRoIHead
from mmdet.models.roi_heads.roi_extractors import SingleRoIExtractor
from torch import Tensor, nn
from torchvision.ops import nms, roi_align

from mmdigits.errors import InputError
from mmdigits.models.dense_heads import ScoreThresholdRPNHead

INPUTS = ("images", "sizes")
OUTPUTS = ("boxes", "labels", "scores", "image")


class DetectorGraph(nn.Module):
    """``FasterRCNN`` or Cascade R-CNN from pixels to detections, without lists or samples.

    It does what the detector's ``data_preprocessor`` and ``predict`` do to a batch, in operations
    that the TorchScript exporter follows for any number and size of images, and shares the
    detector's layers. A second look is not part of it.

    Source: mirrors ``mmdet.models.TwoStageDetector.predict`` and the heads' ``predict_by_feat``.

    Args:
        detector: The detector, of which layers and ``test_cfg`` are taken.

    Raises:
        InputError: If a part of it is of a kind that the graph doesn't know.
    """

    def __init__(self, detector: FasterRCNN) -> None:
        super().__init__()
        _check(detector)
        self.detector = detector
        roi_head = detector.roi_head
        self._cascade = isinstance(roi_head, CascadeRoIHead)
        heads = roi_head.bbox_head if self._cascade else [roi_head.bbox_head]
        extractors = roi_head.bbox_roi_extractor if self._cascade else [roi_head.bbox_roi_extractor]
        self._stages = list(zip(extractors, heads, strict=True))
        self._divisor = detector.data_preprocessor.pad_size_divisor

    def forward(self, images: Tensor, sizes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Detect.

        Args:
            images: ``(N, 3, H, W)`` float32 RGB in 0..255, each at the top left of its place;
                N at least 1.
            sizes: ``(N, 2)`` float32 height and width of each in pixels. What lies beyond is
                ignored.

        Returns:
            ``(K, 4)`` float32 xyxy ``boxes`` in pixels of ``images``, ``(K,)`` int64 ``labels``
            from 0, ``(K,)`` float32 ``scores`` in [0, 1] and ``(K,)`` int64 ``image``, the index
            in the batch. By falling score; K may be 0.
        """
        features = self.detector.extract_feat(self._prepared(images, sizes))
        rois = self._propose(features, sizes)
        logits = []
        for number, (extractor, head) in enumerate(self._stages):
            scores, deltas = head(_pool(extractor, features, rois))
            logits.append(scores)
            if number < len(self._stages) - 1:
                chosen = scores[:, :-1].argmax(dim=1)[:, None, None]
                boxes = self._decoded(head, rois, deltas, sizes)
                if not head.reg_class_agnostic:
                    boxes = boxes.gather(1, chosen.expand(-1, 1, 4))
                rois = torch.cat([rois[:, :1], boxes[:, 0]], dim=1)
        scores = (sum(logits) / len(logits)).softmax(dim=-1)[:, :-1]
        boxes = self._decoded(head, rois, deltas, sizes)
        boxes = boxes.expand(-1, scores.shape[1], -1)
        return self._suppressed(boxes, scores, rois[:, 0].long(), sizes)

    def _prepared(self, images: Tensor, sizes: Tensor) -> Tensor:
        """Normalise, and put zeros beyond each image up to a multiple of the network's stride."""
        preprocessor = self.detector.data_preprocessor
        images = in_order_of(preprocessor, images)
        images = (images - preprocessor.mean) / preprocessor.std
        rows = torch.arange(images.shape[2], device=images.device)[None, :] < sizes[:, :1]
        columns = torch.arange(images.shape[3], device=images.device)[None, :] < sizes[:, 1:]
        images = images * (rows[:, None, :, None] & columns[:, None, None, :])
        right, below = (-images.shape[axis] % self._divisor for axis in (3, 2))
        return nn.functional.pad(images, (0, right, 0, below))

    def _propose(self, features: Sequence[Tensor], sizes: Tensor) -> Tensor:
        """``(R, 5)`` RoIs: the image's index, then corners; by falling objectness."""
        head, cfg = self.detector.rpn_head, self.detector.test_cfg.rpn
        logits, deltas = head(features)
        grids = [level.shape[-2:] for level in logits]
        anchors = head.prior_generator.grid_priors(grids, device=logits[0].device)
        boxes, scores, levels = [], [], []
        for number, (level, shifts, priors) in enumerate(zip(logits, deltas, anchors, strict=True)):
            count = level.shape[0]
            objectness = level.permute(0, 2, 3, 1).reshape(count, -1).sigmoid()
            shifts = shifts.permute(0, 2, 3, 1).reshape(count, -1, 4)
            # Shorter where a level has fewer cells.
            objectness, order = objectness.sort(dim=1, descending=True)
            objectness, order = objectness[:, : cfg.nms_pre], order[:, : cfg.nms_pre]
            shifts = shifts.gather(1, order[..., None].expand(-1, -1, 4))
            decoded = head.bbox_coder.decode(
                priors[order].reshape(-1, 4), shifts.reshape(-1, 4), max_shape=None
            )
            boxes.append(decoded.reshape(count, -1, 4))
            scores.append(objectness)
            levels.append(torch.full_like(order, number))
        boxes, scores, levels = (torch.cat(part, dim=1) for part in (boxes, scores, levels))
        count = boxes.shape[0]
        image = torch.arange(count, device=boxes.device)[:, None].expand_as(levels)
        boxes = _clipped(boxes, sizes[:, None])
        wide, high = (boxes[..., 2:] - boxes[..., :2]).unbind(-1)
        likely = scores >= cfg.get("score_thr", 0.0)
        kept = (wide > cfg.min_bbox_size) & (high > cfg.min_bbox_size) & likely
        boxes, scores, levels, image = (part[kept] for part in (boxes, scores, levels, image))
        group = image * len(anchors) + levels
        chosen = _best(boxes, scores, group, image, sizes, cfg.nms.iou_threshold, cfg.max_per_img)
        return torch.cat([image[chosen, None].to(boxes), boxes[chosen]], dim=1)

    def _decoded(self, head: nn.Module, rois: Tensor, deltas: Tensor, sizes: Tensor) -> Tensor:
        """``(R, classes or 1, 4)`` boxes inside their images."""
        each = deltas.shape[1] // 4
        anchors = rois[:, None, 1:].expand(-1, each, -1).reshape(-1, 4)
        boxes = head.bbox_coder.decode(anchors, deltas.reshape(-1, 4), max_shape=None)
        return _clipped(boxes.reshape(-1, each, 4), sizes[rois[:, 0].long()][:, None])

    def _suppressed(
        self, boxes: Tensor, scores: Tensor, image: Tensor, sizes: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The best of ``(R, classes)`` boxes and scores, class by class or across classes."""
        cfg = self.detector.test_cfg.rcnn
        places, labels = (scores > cfg.score_thr).nonzero().unbind(1)
        boxes, scores, image = boxes[places, labels], scores[places, labels], image[places]
        apart = not cfg.nms.get("class_agnostic", False)
        group = image * self._stages[-1][1].num_classes + labels if apart else image
        chosen = _best(boxes, scores, group, image, sizes, cfg.nms.iou_threshold, cfg.max_per_img)
        return boxes[chosen], labels[chosen], scores[chosen], image[chosen]


def in_order_of(preprocessor: nn.Module, images: Tensor) -> Tensor:
    """Put RGB's colours into the order that a detector was trained with, or that one into RGB's.

    Args:
        preprocessor: The detector's ``ImgDataPreprocessor``.
        images: ``(N, 3, H, W)``.

    Returns:
        The same, reversed along its second axis for a network that takes images in BGR, as files
        are loaded.
    """
    return images if preprocessor._channel_conversion else images.flip(1)


def _best(
    boxes: Tensor,
    scores: Tensor,
    group: Tensor,
    image: Tensor,
    sizes: Tensor,
    iou_threshold: float,
    most: int,
) -> Tensor:
    """Indices of what suppression within groups leaves, the best of each image, by score."""
    apart = group.to(boxes) * (sizes.max() + 1)
    chosen = nms(boxes + apart[:, None], scores, iou_threshold)
    numbers = torch.arange(sizes.shape[0], device=image.device)
    own = image[chosen][:, None] == numbers
    rank = own.long().cumsum(dim=0).gather(1, image[chosen][:, None])[:, 0]
    return chosen[rank <= most]


def _clipped(boxes: Tensor, sizes: Tensor) -> Tensor:
    """Boxes cut at heights and widths; ``(..., 4)`` and ``(..., 2)``."""
    limits = sizes.flip(-1)
    limits = torch.cat([limits, limits], dim=-1)
    return torch.minimum(boxes.clamp(min=0), limits)


def _pool(extractor: SingleRoIExtractor, features: Sequence[Tensor], rois: Tensor) -> Tensor:
    """``(R, C, cells, cells)`` features of RoIs, each from the level of its size."""
    layers = extractor.roi_layers
    levels = extractor.map_roi_levels(rois, len(layers))
    places, parts = [], []
    for number, layer in enumerate(layers):
        (own,) = (levels == number).nonzero(as_tuple=True)
        places.append(own)
        parts.append(
            roi_align(
                features[number],
                rois[own],
                layer.output_size,
                layer.spatial_scale,
                layer.sampling_ratio,
                layer.aligned,
            )
        )
    return torch.cat(parts)[torch.cat(places).argsort()]


def _check(detector: nn.Module) -> None:
    roi_head = getattr(detector, "roi_head", None)
    parts = dict(
        model=isinstance(detector, FasterRCNN),
        rpn_head=type(getattr(detector, "rpn_head", None)) in (RPNHead, ScoreThresholdRPNHead),
        roi_head=type(roi_head) in (StandardRoIHead, CascadeRoIHead),
    )
    if all(parts.values()):
        test_cfg = detector.test_cfg
        limits = [test_cfg.rpn.nms_pre, test_cfg.rpn.max_per_img, test_cfg.rcnn.max_per_img]
        nms_cfgs = [test_cfg.rpn.nms, test_cfg.rcnn.nms]
        extractors = roi_head.bbox_roi_extractor
        extractors = extractors if isinstance(extractors, nn.ModuleList) else [extractors]
        heads = roi_head.bbox_head
        heads = heads if isinstance(heads, nn.ModuleList) else [heads]
        parts |= {
            "test_cfg (nms of another type than nms)": all(c.type == "nms" for c in nms_cfgs),
            "bbox_roi_extractor": all(isinstance(e, SingleRoIExtractor) for e in extractors),
            "loss_cls (its own activation)": not any(h.custom_activation for h in heads),
            "test_cfg (nms_pre or max_per_img below 1)": min(limits) >= 1,
        }
    wrong = [name for name, fits in parts.items() if not fits]
    if wrong:
        raise InputError(
            f"export: {type(detector).__name__} can't be exported because of its "
            f"{', '.join(wrong)}; Faster and Cascade R-CNN with RPNHead can"
        )
