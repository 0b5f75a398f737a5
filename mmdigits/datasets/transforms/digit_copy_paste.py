"""Digits that change places between photographs, in the colours of where they come to."""

from collections.abc import Sized

import numpy as np
from mmcv.transforms.utils import cache_randomness
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import autocast_box_type

from mmdigits.datasets.transforms.ink_and_paper import InkAndPaper, find_ink_and_paper
from mmdigits.datasets.transforms.paste_digit import paste_digit
from mmdigits.datasets.transforms.photograph import PhotographTransform, check_photograph
from mmdigits.errors import InputError


@TRANSFORMS.register_module()
class DigitCopyPaste(PhotographTransform):
    """Replace digits of a photograph by digits of others, with their labels.

    A digit's box keeps its place and takes the shape of another photograph's digit: what is ink
    there becomes this digit's ink, what is paper becomes its paper, and so light digits may come
    to stand as dark ones. Nothing is turned or mirrored. The edge of the box is blended in.

    Donors are refused where the result would be hard to read or to believe: another aspect ratio,
    too small, too faint, or a frame that isn't clean paper. A digit that finds no donor stays.

    It stands in the pipeline of MMDetection's ``MultiImageMixDataset``, after the loading steps
    and before any resizing, like ``Mosaic`` and ``CopyPaste``. Unlike the latter, from which the
    idea is, it adds no box and hides none.

    Source: Ghiasi et al., CVPR 2021, https://arxiv.org/abs/2012.07177, for pasting between images.

    Args:
        prob: Probability for each digit that a donor is looked for.
        num_donors: Number of photographs to look for donors in.
        max_stretch: Largest factor by which a donor's aspect ratio may change.
        max_enlarge: Largest factor by which a donor's height may grow.
        min_contrast: Smallest distance of ink and paper of a donor, and of the digit replaced, in
            levels of 255.
        max_gain: Largest factor by which a donor's contrast may grow.
        min_clean: Smallest share of paper in the frame of the digit replaced, and of a donor.
        min_clarity: Smallest share of the variance of grey that ink and paper explain, of both.
        min_span: Smallest share of its box's height that the digit's ink reaches over, of both.
        feather: Width of the blended edge, outside the box, as a fraction of the box's shorter
            side; at least one pixel.

    Required keys: ``img``, ``(H, W, 3)`` uint8 BGR; ``gt_bboxes`` (HorizontalBoxes, pixels; may
    reach outside the image); ``gt_bboxes_labels``; ``mix_results``, a list of dicts with these.
    ``gt_ignore_flags`` is optional: ignored boxes neither give nor take. Modified keys: ``img``
    and ``gt_bboxes_labels``, both new arrays. ``truth`` and ``instances``, which describe the
    file, are removed where a digit was replaced. Without boxes nothing happens.

    Raises:
        InputError: If an argument is out of its range, or, when the transform is applied, if there
            is no ``mix_results`` or an image is of another kind.
    """

    def __init__(
        self,
        prob: float = 0.5,
        num_donors: int = 4,
        max_stretch: float = 1.3,
        max_enlarge: float = 1.5,
        min_contrast: float = 40.0,
        max_gain: float = 2.0,
        min_clean: tuple[float, float] = (0.65, 0.8),
        min_clarity: float = 0.7,
        min_span: float = 0.75,
        feather: float = 0.12,
    ) -> None:
        right = {
            "prob": 0 <= prob <= 1,
            "num_donors": num_donors >= 1,
            "max_stretch": max_stretch >= 1,
            "max_enlarge": max_enlarge > 0,
            "min_contrast": min_contrast > 0,
            "max_gain": max_gain > 0,
            "min_clean": all(0 <= share <= 1 for share in min_clean),
            "min_clarity": 0 <= min_clarity <= 1,
            "min_span": 0 <= min_span <= 1,
            "feather": feather >= 0,
        }
        self._check(
            locals(),
            right,
            "prob, min_clean, min_clarity and min_span are from 0 to 1, num_donors and max_stretch "
            "at least 1, feather is not negative and the others are positive",
        )
        self.prob = prob
        self.num_donors = num_donors
        self.max_stretch = max_stretch
        self.max_enlarge = max_enlarge
        self.min_contrast = min_contrast
        self.max_gain = max_gain
        self.min_clean = min_clean
        self.min_clarity = min_clarity
        self.min_span = min_span
        self.feather = feather

    def get_indexes(self, dataset: Sized) -> list[int]:
        """Choose the photographs to take digits from; MultiImageMixDataset asks.

        Args:
            dataset: The data set that is mixed.

        Returns:
            ``num_donors`` positions, from NumPy's global generator; some may be equal.
        """
        return np.random.randint(0, len(dataset), self.num_donors).tolist()

    @autocast_box_type()
    def transform(self, results: dict) -> dict:
        """Replace digits.

        Args:
            results: The pipeline's dict with ``mix_results``; its arrays are not modified.

        Returns:
            The same dict.
        """
        if "mix_results" not in results:
            raise InputError(
                "DigitCopyPaste: there are no photographs to take digits from; put this step into "
                "the pipeline of a MultiImageMixDataset around the data set"
            )
        image = results["img"]
        for mixed in (results, *results["mix_results"]):
            check_photograph("DigitCopyPaste", mixed["img"])
        digits = _digits(results)
        donors = [
            (mixed["img"], box, label)
            for mixed in results["mix_results"]
            for box, label, ignored in _digits(mixed)
            if not ignored
        ]
        changed, labels = image.copy(), np.array(results["gt_bboxes_labels"])
        replaced = False
        wanted, orders = self._draw(len(digits), len(donors))
        for i, (box, _, ignored) in enumerate(digits):
            if ignored or not wanted[i]:
                continue
            colours = self._colours(image, box, self.min_clean[0])
            if colours is None:
                continue
            for donor, its_box, label in (donors[k] for k in orders[i]):
                its_colours = self._fitting(box, colours, donor, its_box)
                if its_colours is not None:
                    paste_digit(changed, box, colours, donor, its_box, its_colours, self.feather)
                    labels[i], replaced = label, True
                    break
        if replaced:
            results["img"], results["gt_bboxes_labels"] = changed, labels
            results.pop("truth", None)
            results.pop("instances", None)
        return results

    @cache_randomness
    def _draw(self, count: int, donors: int) -> tuple[np.ndarray, np.ndarray]:
        """Which digits to replace, ``(count,)``, and each one's order of donors."""
        wanted = np.random.random(count) < self.prob
        return wanted, np.random.random((count, donors)).argsort(axis=1)

    def _colours(self, image: np.ndarray, box: np.ndarray, clean: float) -> InkAndPaper | None:
        """A digit's colours; None where it can't be told from what is around it."""
        if (box[2:] - box[:2]).min() < 3:
            return None
        found = find_ink_and_paper(image, box)
        good = (
            found is not None
            and found.contrast >= self.min_contrast
            and found.frame >= clean
            and found.clarity >= self.min_clarity
            and found.span >= self.min_span
        )
        return found if good else None

    def _fitting(
        self, box: np.ndarray, colours: InkAndPaper, donor: np.ndarray, its_box: np.ndarray
    ) -> InkAndPaper | None:
        """The colours of a donor; None if it doesn't fit or is cut by its photograph's edge."""
        height, width = donor.shape[:2]
        if its_box.min() < 0 or (its_box[2:] > (width, height)).any():
            return None
        zoom = (box[2:] - box[:2]) / np.maximum(its_box[2:] - its_box[:2], 1e-6)
        stretch = max(zoom[0] / zoom[1], zoom[1] / zoom[0])
        if stretch > self.max_stretch or zoom[1] > self.max_enlarge:
            return None
        found = self._colours(donor, its_box, self.min_clean[1])
        too_faint = found is None or colours.contrast > self.max_gain * found.contrast
        return None if too_faint else found


def _digits(results: dict) -> list[tuple[np.ndarray, int, bool]]:
    """Box, label and whether to be ignored, of every digit."""
    boxes = results["gt_bboxes"].tensor.numpy().astype(float)
    labels = results["gt_bboxes_labels"]
    ignored = results.get("gt_ignore_flags", np.zeros(len(labels), bool))
    return list(zip(boxes, labels, ignored, strict=True))
