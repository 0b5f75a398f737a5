"""Which detections COCO counts as found, and the precision that they make on a draw of images."""

import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from typing import NamedTuple

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmdigits.digits import DIGITS
from mmdigits.files.annotations import ImageRecord, coco_annotation, coco_categories
from mmdigits.files.detections import Detections

RECALLS = np.linspace(0, 1, 101)


class DigitMatches(NamedTuple):
    """The detections of one digit in I images, and which of them are found.

    A detection that is neither true nor false doesn't count: it matches a true box that is ignored,
    or it matches none and isn't of the size that is asked for.

    Attributes:
        scores: ``(N,)`` float64, image by image, those of an image by falling score.
        true: ``(10, N)`` bool, whether it matches a true box at each IoU .50, .55 to .95.
        false: ``(10, N)`` bool, whether it matches none.
        starts: ``(I,)`` int64, where each image's detections start.
        counts: ``(I,)`` int64, how many each image has.
        truths: ``(I,)`` int64, how many true boxes of the digit each image has, without those that
            are ignored.
    """

    scores: np.ndarray
    true: np.ndarray
    false: np.ndarray
    starts: np.ndarray
    counts: np.ndarray
    truths: np.ndarray

    def precisions(
        self, images: np.ndarray | None = None, score_thr: float = 0.0
    ) -> np.ndarray | None:
        """Average the precision over recalls, as COCO does.

        pycocotools' own sum loops over detections and takes several times as long; a bootstrap
        needs a thousand of them.

        Source: ``COCOeval.accumulate`` of pycocotools, whose numbers these are.

        Args:
            images: Positions of the images that count, each as often as it's given; None for all.
            score_thr: Least score of a detection that counts.

        Returns:
            ``(10,)`` average precision at each IoU, in [0, 1]; None where the images have no true
            box of the digit.
        """
        truths = self.truths.sum() if images is None else self.truths[images].sum()
        if not truths:
            return None
        chosen = self._of(images)
        chosen = chosen[self.scores[chosen] >= score_thr]
        chosen = chosen[np.argsort(-self.scores[chosen], kind="stable")]
        true = np.cumsum(self.true[:, chosen], axis=1, dtype=np.float64)
        false = np.cumsum(self.false[:, chosen], axis=1, dtype=np.float64)
        precision = true / (true + false + np.spacing(1))
        # The best precision at this recall or a higher one; 0 where no recall is as high.
        best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        best = np.pad(best, ((0, 0), (0, 1)))
        recall = true / truths
        return np.array(
            [
                of_iou[np.searchsorted(recalls, RECALLS, side="left")].mean()
                for of_iou, recalls in zip(best, recall, strict=True)
            ]
        )

    def _of(self, images: np.ndarray | None) -> np.ndarray:
        if images is None:
            return np.arange(len(self.scores))
        counts = self.counts[images]
        before = np.cumsum(counts) - counts
        return np.repeat(self.starts[images] - before, counts) + np.arange(counts.sum())


def match_boxes(
    records: Sequence[ImageRecord],
    detections: Mapping[int, Detections],
    heights: Sequence[tuple[float, float]] = ((0, np.inf),),
) -> list[list[DigitMatches]]:
    """Match detections with the truth, each image and digit by itself, by falling score.

    Args:
        records: The labelled images.
        detections: By image id; images without an entry have none. At most 100 of a digit in an
            image count.
        heights: Ranges of box heights in pixels, both ends included. True boxes outside are
            ignored, and so are detections outside that match none: COCO's rule for areas.

    Returns:
        For each range, the matches of the ten digits. Images are in the order of their ids.
    """
    ids = [record.image_id for record in records]
    truth = (
        (record.image_id, annotation.label, annotation.bbox, dict(iscrowd=int(annotation.ignore)))
        for record in records
        for annotation in record.annotations
    )
    found = (
        (image_id, label, bbox, dict(score=score))
        for image_id, image in detections.items()
        for bbox, label, score in zip(*(part.tolist() for part in image), strict=True)
    )
    with redirect_stdout(io.StringIO()):
        evaluator = COCOeval(_coco(ids, truth), _coco(ids, found), "bbox")
        evaluator.params.maxDets = [100]
        evaluator.params.areaRng = [list(limits) for limits in heights]
        evaluator.params.areaRngLbl = [str(limits) for limits in heights]
        evaluator.evaluate()
    images, ranges = len(evaluator.params.imgIds), len(heights)
    # pycocotools counts through digits, then ranges, then images.
    parts = [
        evaluator.evalImgs[start : start + images]
        for start in range(0, len(evaluator.evalImgs), images)
    ]
    return [
        [_digit_matches(parts[digit * ranges + number]) for digit in range(len(DIGITS))]
        for number in range(ranges)
    ]


def mean_precisions(
    digits: Sequence[DigitMatches], images: np.ndarray | None = None, score_thr: float = 0.0
) -> np.ndarray | None:
    """Average over the digits.

    Args:
        digits: Of one range of heights.
        images: As in :meth:`DigitMatches.precisions`.
        score_thr: As in :meth:`DigitMatches.precisions`.

    Returns:
        ``(10,)`` at each IoU .50 to .95, in [0, 1]: the mean of all is COCO's mAP, the first is
        AP50; None where no digit has a true box.
    """
    scored = [of_digit.precisions(images, score_thr) for of_digit in digits]
    scored = [precisions for precisions in scored if precisions is not None]
    return np.mean(scored, axis=0) if scored else None


def _coco(image_ids: Sequence[int], boxes: Iterable[tuple[int, int, Sequence, dict]]) -> COCO:
    coco = COCO()
    # Heights stand where COCO has areas: what it does with them is the same. Rounded, because a
    # height of 16 in the file may be 15.999999999999996 between two corners.
    annotations = [
        coco_annotation(number, image_id, label, [x1, y1, x2 - x1, y2 - y1])
        | dict(area=round(y2 - y1, 6))
        | further
        for number, (image_id, label, (x1, y1, x2, y2), further) in enumerate(boxes, start=1)
    ]
    coco.dataset = dict(
        images=[dict(id=image_id) for image_id in image_ids],
        annotations=annotations,
        categories=coco_categories(),
    )
    coco.createIndex()
    return coco


def _digit_matches(images: Sequence[dict | None]) -> DigitMatches:
    nothing = dict(
        dtScores=[], dtMatches=np.zeros((10, 0)), dtIgnore=np.zeros((10, 0)), gtIgnore=np.zeros(0)
    )
    parts = [nothing if image is None else image for image in images]
    matched = np.concatenate([part["dtMatches"] for part in parts], axis=1) > 0
    counted = np.concatenate([part["dtIgnore"] for part in parts], axis=1) == 0
    counts = np.array([len(part["dtScores"]) for part in parts])
    return DigitMatches(
        np.concatenate([np.asarray(part["dtScores"], np.float64) for part in parts]),
        matched & counted,
        ~matched & counted,
        np.cumsum(counts) - counts,
        counts,
        np.array([np.count_nonzero(np.asarray(part["gtIgnore"]) == 0) for part in parts]),
    )
