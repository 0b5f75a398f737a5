"""Exact-match accuracy of whole numbers."""

from collections.abc import Sequence

from mmdet.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmdigits.analysis.strings import accuracy_interval, string_scores
from mmdigits.evaluation.metrics.truth import labelled
from mmdigits.evaluation.samples import detections_of
from mmdigits.models.postprocessors import ReadsStrings


@METRICS.register_module()
class SequenceAccuracy(ReadsStrings, BaseMetric):
    """How many numbers are read exactly right, and how far off the others are.

    The true string is all of an image's annotations in file order. A set without labels gives no
    numbers. See :func:`~mmdigits.analysis.strings.string_scores` for the results; with the
    default prefix ``save_best="digits/seq_acc"`` keeps the best reader.

    Args:
        reader: Config of the post-processor; by default the config's top-level ``reader``, which
            EvaluationContextHook hands over, or the post-processor's own defaults without it.
        collect_device: ``"cpu"`` or ``"gpu"``: where results of several processes are collected.
        prefix: Replaces ``digits`` in the names of the results.

    Raises:
        InputError: If only some of the images have labels.
    """

    default_prefix = "digits"

    def __init__(
        self,
        reader: dict | None = None,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.set_up_reader(reader)

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Read the strings of one batch.

        Args:
            data_batch: Unused; MMEngine passes it.
            data_samples: Dicts with ``pred_instances``, ``img_id``, ``ori_shape`` and, on a
                labelled set, ``truth``.
        """
        for data_sample in data_samples:
            truth = data_sample.get("truth")
            self.results.append(
                (
                    data_sample["img_id"],
                    self.reader(*detections_of(data_sample)),
                    None if truth is None else truth["string"],
                )
            )

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Score the strings.

        Args:
            results: Image id, string read and true string, or None for it, of every image.

        Returns:
            The scores of :func:`~mmdigits.analysis.strings.string_scores`; empty on a set
            without labels.
        """
        image_ids, predictions, truths = zip(*results, strict=True)
        if not labelled("SequenceAccuracy", image_ids, [truth is not None for truth in truths]):
            return {}
        scores = string_scores(predictions, truths)
        total = len(truths)
        right = round(scores["seq_acc"] * total)
        low, high = accuracy_interval(right, total)
        MMLogger.get_current_instance().info(
            f"SequenceAccuracy: {right} of {total} numbers read exactly: {right / total:.4f}, "
            f"95% interval {low:.4f} to {high:.4f}"
        )
        return scores
