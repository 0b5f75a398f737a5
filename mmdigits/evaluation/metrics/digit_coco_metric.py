"""COCO mAP against the annotations as their file states them."""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from mmdet.evaluation import CocoMetric
from mmdet.registry import METRICS

from mmdigits.evaluation.metrics.truth import labelled
from mmdigits.evaluation.samples import detections_of


@METRICS.register_module()
class DigitCocoMetric(CocoMetric):
    """MMDetection's CocoMetric with the truth taken from the samples.

    The truth is what the annotation file says, before boxes were clipped or dropped for training,
    and the detections are clipped to their image as in an exported ``pred.json``: pycocotools run
    by hand on that file and the annotation file gives the same mAP, which CocoMetric rounds to
    three decimals. A set without labels gives no numbers. A run that detects nothing at all scores
    0 instead of stopping the training.

    Args:
        classwise: Whether to report the AP of each digit too.
        collect_device: ``"cpu"`` or ``"gpu"``: where results of several processes are collected.
        prefix: Replaces ``coco`` in the names of the results.

    Raises:
        InputError: If only some of the images have labels.
    """

    def __init__(
        self, classwise: bool = False, collect_device: str = "cpu", prefix: str | None = None
    ) -> None:
        super().__init__(classwise=classwise, collect_device=collect_device, prefix=prefix)

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Store detections and truth of one batch.

        Args:
            data_batch: Unused; MMEngine passes it.
            data_samples: Dicts with ``pred_instances``, ``img_id``, ``ori_shape`` and, on a
                labelled set, ``truth`` (see :class:`~mmdigits.datasets.DigitCocoDataset`).
        """
        for data_sample in data_samples:
            truth = data_sample.get("truth")
            boxes = truth or dict(bboxes=(), labels=(), ignore_flags=())
            instances = [
                dict(bbox=bbox, bbox_label=label, ignore_flag=ignore)
                for bbox, label, ignore in zip(
                    boxes["bboxes"], boxes["labels"], boxes["ignore_flags"], strict=True
                )
            ]
            detections = detections_of(data_sample)
            tensors = {name: torch.from_numpy(p) for name, p in detections._asdict().items()}
            super().process(
                data_batch,
                [
                    dict(
                        pred_instances=tensors,
                        img_id=data_sample["img_id"],
                        ori_shape=data_sample["ori_shape"],
                        instances=instances,
                    )
                ],
            )
            # The stock metric keeps the boxes themselves of its first evaluation alone.
            self.results[-1][0].update(labelled=truth is not None, num_boxes=len(instances))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Score the collected results.

        Args:
            results: What :meth:`process` stored, of all processes.

        Returns:
            ``bbox_mAP`` and its companions, as CocoMetric names them; -1 where pycocotools has no
            box of that kind to score; empty on a set without labels.
        """
        truths = [truth for truth, _ in results]
        if not labelled(
            "DigitCocoMetric", [t["img_id"] for t in truths], [t["labelled"] for t in truths]
        ):
            return {}
        detected = any(len(detections["scores"]) for _, detections in results)
        if not detected:
            score = 0.0 if any(truth["num_boxes"] for truth in truths) else -1.0
            names = ("mAP", "mAP_50", "mAP_75", "mAP_s", "mAP_m", "mAP_l")
            return OrderedDict((f"bbox_{name}", score) for name in names)
        return super().compute_metrics(results)
