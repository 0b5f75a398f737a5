"""From the detections of one image to the number they spell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmdigits.files.detections import Detections
from mmdigits.reading import options
from mmdigits.reading.candidates import Candidates, find_candidates
from mmdigits.reading.chain_model import ChainModel
from mmdigits.reading.confidence_model import ConfidenceModel
from mmdigits.reading.examination import Examination, spell
from mmdigits.reading.lattice import Lattice
from mmdigits.reading.order import order_by_x, reading_order
from mmdigits.reading.reading import Reading
from mmdigits.reading.sizes import fitting_sizes
from mmdigits.reading.suppression import by_score, overlaps, suppress


@dataclass(frozen=True)
class DigitReader:
    """Choose the digits of one image, put them in reading order, and say how sure that is.

    Needs nothing but boxes, digits and scores, so it reads any detector's output.

    ``method="threshold"`` takes the detections above a score, of those in one place the best, and
    leaves out what doesn't fit. ``"best_set"`` starts from there, then weighs all detections above
    ``candidate_thr`` together, and takes the most probable set of them
    (:mod:`mmdigits.reading.chain_model`).

    Args:
        score_thr: Least score of a digit, in [0, 1].
        fallback_thrs: Lower levels, falling: where no detection reaches one level, the next counts.
        iou_thr: Of two boxes with a higher intersection over union the better stays, whatever
            their digits, in [0, 1]; 1 turns this off.
        containment_thr: The same for the intersection over the smaller box's area.
        height_range: Least and largest height of a digit over the median of the others; None for
            no limit.
        width_range: The same for widths.
        max_digits: The most digits of a number, the best-scored; None for no limit.
        order: ``"layout"`` survives tilt, arcs, rows and columns
            (:func:`~mmdigits.reading.order.reading_order`); ``"x"`` goes by the centres' x alone.
        method: ``"threshold"`` or ``"best_set"``.
        candidate_thr: Least score of a candidate for the best set, for alternatives and for the
            confidence, in [0, 1].
        chain: A chain model, or a mapping of its parts; None for the package's own.
        confidence: A confidence model, or a mapping of its parts. Without one (None) the
            confidence is what the chain model says, which is not calibrated.

    Raises:
        InputError: If an option is out of its range.
    """

    score_thr: float = 0.5
    fallback_thrs: Sequence[float] = ()
    iou_thr: float = 0.4
    containment_thr: float = 1.0
    height_range: Sequence[float] | None = None
    width_range: Sequence[float] | None = None
    max_digits: int | None = None
    order: str = "layout"
    method: str = "threshold"
    candidate_thr: float = 0.02
    chain: ChainModel | Mapping | None = None
    confidence: ConfidenceModel | Mapping | None = None

    def __post_init__(self) -> None:
        checks = dict(
            score_thr=options.fraction,
            fallback_thrs=options.levels,
            iou_thr=options.fraction,
            containment_thr=options.fraction,
            height_range=options.span,
            width_range=options.span,
            max_digits=options.count,
            order=lambda name, value: options.one_of(name, value, options.ORDERS),
            method=lambda name, value: options.one_of(name, value, options.METHODS),
            candidate_thr=options.fraction,
            chain=options.chain_model,
            confidence=options.confidence_model,
        )
        for name, check in checks.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))

    def __call__(self, bboxes: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> str:
        """Read one image.

        Args:
            bboxes: ``(K, 4)`` x_min, y_min, x_max, y_max; any one pixel frame.
            labels: ``(K,)`` int64, the digits 0 to 9.
            scores: ``(K,)`` confidences in [0, 1].

        Returns:
            The digits in reading order; ``""`` when nothing is read.
        """
        return spell(labels, self.choose(Detections(bboxes, labels, scores)))

    def choose(self, detections: Detections) -> np.ndarray:
        """Choose the detections that are read and put them in reading order.

        Args:
            detections: All of one image.

        Returns:
            ``(M,)`` int64 indices into them; M is 0 when none is read.
        """
        numbers = self.numbers(detections)
        if self.method == "threshold":
            return numbers[0]
        return self.best_set(self.candidates(detections, numbers), detections)

    def read(self, detections: Detections) -> Reading:
        """Read one image and say how sure that is.

        Args:
            detections: All of one image.

        Returns:
            The reading.
        """
        return self.examine(detections).reading(self.confidence)

    def examine(self, detections: Detections) -> Examination:
        """Read one image and keep what the confidence is made from.

        Args:
            detections: All of one image.

        Returns:
            The digits and what is known about them.
        """
        main, *beside = self.numbers(detections)
        candidates = self.candidates(detections, [main, *beside])
        lattice = Lattice(candidates, *self.chain.weigh(candidates))
        digits = main
        if self.method == "best_set":
            digits = self._chosen(lattice, detections)
        return Examination(
            spell(detections.labels, digits),
            digits,
            [spell(detections.labels, number) for number in beside],
            lattice,
        )

    def numbers(self, detections: Detections) -> list[np.ndarray]:
        """Find the numbers of one image by thresholds alone, whatever the method.

        Args:
            detections: All of one image.

        Returns:
            Int64 indices of each number's digits in reading order: the main number, empty when
            none is read, then those that stand beside it.
        """
        bboxes, labels, scores = detections
        for level in (self.score_thr, *self.fallback_thrs):
            kept = np.nonzero(scores >= level)[0]
            if len(kept):
                break
        else:
            return [np.zeros(0, dtype=np.int64)]
        kept = kept[
            suppress(bboxes[kept], labels[kept], scores[kept], self.iou_thr, self.containment_thr)
        ]
        kept = kept[fitting_sizes(bboxes[kept], self.height_range, self.width_range)]
        arrange = reading_order if self.order == "layout" else order_by_x
        main, *beside = [kept[number] for number in arrange(bboxes[kept])]
        return [self._best_scored(main, scores), *beside]

    def candidates(self, detections: Detections, numbers: Sequence[np.ndarray]) -> Candidates:
        """Collect what may be a digit of the main number.

        Args:
            detections: All of one image.
            numbers: What :meth:`numbers` finds in it. Where it finds nothing, the candidates are
                put in order along a line through the best-scored one.

        Returns:
            The candidates; digits of numbers that stand beside are none, nor are detections that
            lie in one of these by more than half.
        """
        main, *beside = numbers
        scores = detections.scores.copy()
        if beside:
            others = np.concatenate(beside)
            _, covered = overlaps(detections.bboxes, detections.bboxes[others])
            elsewhere = (covered > 0.5).any(axis=1)
            elsewhere[others] = True
            elsewhere[main] = False
            scores[elsewhere] = -1
        if not len(main) and scores.max(initial=-1) >= self.candidate_thr:
            main = by_score(detections.bboxes, detections.labels, scores)[:1]
        return find_candidates(detections._replace(scores=scores), main, self.candidate_thr)

    def best_set(self, candidates: Candidates, detections: Detections) -> np.ndarray:
        """Take the most probable set of candidates, whatever the method.

        Args:
            candidates: What :meth:`candidates` collects of the image; it depends on all options but
                ``method``, ``chain`` and ``confidence``.
            detections: All of the image.

        Returns:
            ``(M,)`` int64 indices into the detections in reading order.
        """
        return self._chosen(Lattice(candidates, *self.chain.weigh(candidates)), detections)

    def _chosen(self, lattice: Lattice, detections: Detections) -> np.ndarray:
        chosen = lattice.candidates.indices[lattice.best_chain()]
        return self._best_scored(chosen, detections.scores)

    def _best_scored(self, digits: np.ndarray, scores: np.ndarray) -> np.ndarray:
        if self.max_digits is None or len(digits) <= self.max_digits:
            return digits
        best = np.argsort(-scores[digits], kind="stable")[: self.max_digits]
        return digits[np.sort(best)]
