"""COCO mAP of detections, whole or cut at a score."""

import copy
import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmdigits.datasets.coco_annotations import ImageRecord, coco_annotation, coco_categories
from mmdigits.errors import InputError
from mmdigits.evaluation.functional import Detections


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
        ids = [record.image_id for record in records]
        truth = (
            (
                record.image_id,
                annotation.label,
                annotation.bbox,
                dict(iscrowd=int(annotation.ignore)),
            )
            for record in records
            for annotation in record.annotations
        )
        found = (
            (image_id, label, bbox, dict(score=score))
            for image_id, image in detections.items()
            for bbox, label, score in zip(*(part.tolist() for part in image), strict=True)
        )
        with redirect_stdout(io.StringIO()):
            self._evaluator = COCOeval(_coco(ids, truth), _coco(ids, found), "bbox")
            parameters = self._evaluator.params
            parameters.maxDets = [100]
            parameters.areaRng, parameters.areaRngLbl = parameters.areaRng[:1], ["all"]
            self._evaluator.evaluate()
        # As arrays: accumulate joins them, and it is called once a threshold.
        self._matches = [
            None if match is None else {**match, "dtScores": np.array(match["dtScores"])}
            for match in self._evaluator.evalImgs
        ]

    def at(self, score_thr: float = 0.0) -> float:
        """Score the detections at or above a threshold.

        Args:
            score_thr: The threshold, in [0, 1].

        Returns:
            mAP in [0, 1], unrounded: 0 without detections; -1 when there is no true box.
        """
        return self._mean([match and _cut(match, score_thr) for match in self._matches])

    def interval(
        self, resamples: int = 1000, seed: int = 0, confidence: float = 0.95
    ) -> tuple[float, float]:
        """Bootstrap the mAP of all detections over the images.

        mAP takes the best precision to the right of each recall, so it's the higher, the fewer
        different images it's made of: draws are too high on average. The basic bootstrap turns
        their distances round, which takes that off.

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
        images = len(self._evaluator.params.imgIds)
        digits = [
            self._matches[start : start + images] for start in range(0, len(self._matches), images)
        ]
        rng = np.random.default_rng(seed)
        values = []
        for _ in range(resamples):
            drawn = rng.integers(images, size=images)
            value = self._mean([of_digit[image] for of_digit in digits for image in drawn])
            if value >= 0:
                values.append(value)
        if not values:
            raise InputError(
                f"mAP: no true box in {resamples} draws of the images; draw more often"
            )
        bounds = np.quantile(values, [(1 + confidence) / 2, (1 - confidence) / 2])
        low, high = np.clip(2 * self.at() - bounds, 0, 1)
        return float(low), float(high)

    def _mean(self, matches: list[dict | None]) -> float:
        evaluator = copy.copy(self._evaluator)
        evaluator.evalImgs = matches
        with redirect_stdout(io.StringIO()):
            evaluator.accumulate()
        precision = evaluator.eval["precision"]
        scored = precision[precision > -1]
        return float(scored.mean()) if scored.size else -1.0


def _coco(image_ids: Sequence[int], boxes: Iterable[tuple[int, int, Sequence, dict]]) -> COCO:
    coco = COCO()
    annotations = [
        coco_annotation(number, image_id, label, [x1, y1, x2 - x1, y2 - y1]) | further
        for number, (image_id, label, (x1, y1, x2, y2), further) in enumerate(boxes, start=1)
    ]
    coco.dataset = dict(
        images=[dict(id=image_id) for image_id in image_ids],
        annotations=annotations,
        categories=coco_categories(),
    )
    coco.createIndex()
    return coco


def _cut(match: dict, score_thr: float) -> dict:
    kept = int((match["dtScores"] >= score_thr).sum())
    return {
        **match,
        "dtScores": match["dtScores"][:kept],
        "dtMatches": match["dtMatches"][:, :kept],
        "dtIgnore": match["dtIgnore"][:, :kept],
    }
