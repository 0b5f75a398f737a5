"""COCO mAP of detections, whole or cut at a score."""

from collections.abc import Mapping, Sequence

import numpy as np

from mmdigits.analysis.bootstrap import basic_interval, draws
from mmdigits.analysis.box_matches import match_boxes, mean_precisions
from mmdigits.errors import InputError
from mmdigits.files.annotations import ImageRecord
from mmdigits.files.detections import Detections


class AveragePrecision:
    """mAP at any score threshold from one matching of detections with the truth.

    COCO's matching goes through the detections by falling score, so leaving out the lower ones
    changes no match of the others: :meth:`at` gives exactly what pycocotools gives for a file
    without the detections below the threshold. The truth and the number are those of
    :class:`~mmdigits.evaluation.DigitCocoMetric`, which rounds it to three decimals: IoU .50 to
    .95, at most 100 detections of a digit in an image.

    Args:
        records: The labelled images.
        detections: By image id; images without an entry have none.
    """

    def __init__(
        self, records: Sequence[ImageRecord], detections: Mapping[int, Detections]
    ) -> None:
        self.image_ids = sorted(record.image_id for record in records)
        (self._digits,) = match_boxes(records, detections)

    def at(self, score_thr: float = 0.0) -> float:
        """Score the detections at or above a threshold.

        Args:
            score_thr: The threshold, in [0, 1].

        Returns:
            mAP in [0, 1], unrounded: 0 without detections; -1 when there is no true box.
        """
        return self._mean(None, score_thr)

    def of(self, images: np.ndarray) -> float:
        """Score all detections on some of the images, or on some more than once.

        Args:
            images: ``(M,)`` positions in ``image_ids``; a position given twice is two images.

        Returns:
            mAP in [0, 1] as :meth:`at` would give it for a set of just these images; -1 when they
            have no true box.
        """
        return self._mean(images, 0.0)

    def interval(
        self, resamples: int = 1000, seed: int = 0, confidence: float = 0.95
    ) -> tuple[float, float]:
        """Bootstrap the mAP of all detections over the images.

        mAP takes the best precision to the right of each recall, so it's the higher, the fewer
        different images it's made of: draws are too high on average. The basic bootstrap turns
        their distances round, which takes most of that off; on a few hundred images the interval
        is still a little narrow.

        Source: Davison and Hinkley, Bootstrap Methods and their Application, 1997, eq. 5.6.

        Args:
            resamples: How often as many images are drawn, with replacement.
            seed: Of the draws.
            confidence: Coverage of the interval, in (0, 1).

        Returns:
            Lower and upper bound, in [0, 1]; draws without a true box have no mAP and don't count.

        Raises:
            InputError: If no draw has a true box.
        """
        drawn = (self.of(images) for images in draws(len(self.image_ids), resamples, seed))
        values = [value for value in drawn if value >= 0]
        if not values:
            raise InputError(
                f"mAP: no true box in {resamples} draws of the images; draw more often"
            )
        low, high = np.clip(basic_interval(self.at(), values, confidence), 0, 1)
        return float(low), float(high)

    def _mean(self, images: np.ndarray | None, score_thr: float) -> float:
        precisions = mean_precisions(self._digits, images, score_thr)
        return -1.0 if precisions is None else float(precisions.mean())
