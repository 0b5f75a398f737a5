"""How a detector looks again at the number it found."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import inf
from numbers import Integral, Real

import numpy as np
from mmdet.structures import DetDataSample, SampleList
from mmengine.model import stack_batch
from torch import Tensor

from mmdigits.errors import InputError
from mmdigits.files.detections import Detections
from mmdigits.models.postprocessors import DigitStringPostprocessor
from mmdigits.models.utils import merge_detections, to_detections, to_instances
from mmdigits.models.utils.rectification import rectify

# The most that a number is enlarged: a mistake of the first look must not become a huge image.
MOST_ENLARGED = 2.0

# Detects in ``(N, 3, H, W)`` images and leaves ``pred_instances`` in the samples: with a third
# argument of True in pixels of the stored images, with False in those of the input.
Detect = Callable[[Tensor, SampleList, bool], SampleList]


class SecondLook:
    """How a number is seen again.

    Args:
        height: What its digits' median height becomes, in pixels of the look. Best is a height
            that the detector saw often in training.
        canvas: Least width and height of the look in pixels; it grows with the number.
        margin: Around the number: at its ends, and above and below, in multiples of ``height``.
            Wider ones make larger looks, of more different shapes.
        reader: Options of :class:`~mmdigits.models.DigitStringPostprocessor`, which reads the
            number from what the first look found.
        iou_thr: Boxes of one digit are one when they overlap by more than this, in [0, 1].
        sure_score: A number isn't looked at again when the first look scores each of its digits
            with this or more, in [0, 1]; None to look at every one. Its detections become what
            they would be had the second look found its digits, and nothing else.

    Raises:
        InputError: If an argument is out of its range.
    """

    def __init__(
        self,
        height: float,
        canvas: tuple[int, int],
        margin: tuple[float, float] = (0.4, 0.15),
        reader: Mapping[str, object] | None = None,
        iou_thr: float = 0.55,
        sure_score: float | None = None,
    ) -> None:
        right = (
            isinstance(height, Real)
            and 0 < height < inf
            and isinstance(canvas, Sequence)
            and len(canvas) == 2
            and all(isinstance(side, Integral) and side >= 1 for side in canvas)
            and isinstance(margin, Sequence)
            and len(margin) == 2
            and all(isinstance(share, Real) and 0 <= share < inf for share in margin)
            and all(
                isinstance(value, Real) and 0 <= value <= 1
                for value in (iou_thr, 1 if sure_score is None else sure_score)
            )
        )
        if not right:
            raise InputError(
                f"second_look: height is {height!r}, canvas {canvas!r}, margin {margin!r}, iou_thr "
                f"{iou_thr!r}, sure_score {sure_score!r}; allowed are more than 0 pixels, a width "
                "and a height of 1 or more, two shares of 0 or more, 0 to 1, and 0 to 1 or None; "
                "mend the config's model.second_look"
            )
        self.height = height
        self.canvas = tuple(canvas)
        self.margin = tuple(margin)
        self.iou_thr = iou_thr
        self.sure_score = inf if sure_score is None else sure_score
        self.reader = DigitStringPostprocessor(**(reader or {}))

    def detect(
        self,
        detect: Detect,
        batch_inputs: Tensor,
        samples: SampleList,
        rescale: bool,
        divisor: int,
        most: int,
    ) -> SampleList:
        """Detect in images, then in their numbers.

        Args:
            detect: Detects once.
            batch_inputs: ``(N, 3, H, W)`` normalised images, padded to the right and below.
            samples: One sample an image, with ``img_shape`` and, to rescale, ``scale_factor``.
            rescale: Whether to divide boxes by ``scale_factor``.
            divisor: Heights and widths of looks are padded to a multiple of this.
            most: How many detections of an image are kept.

        Returns:
            The samples with ``pred_instances``: ``(K, 4)`` float32 ``bboxes`` in pixels of the
            stored image, or without ``rescale`` of the input, ``(K,)`` int64 ``labels`` and
            ``(K,)`` float32 ``scores`` in [0, 1]. K is 0 where nothing is found.
        """
        samples = detect(batch_inputs, samples, False)
        first = [to_detections(sample.pred_instances) for sample in samples]
        second = self._look_again(detect, batch_inputs, samples, first, divisor)
        for index, sample in enumerate(samples):
            found = first[index]
            if index in second:
                found = self.fuse(found, second[index])
            bboxes, labels, scores = (part[:most] for part in found)
            if rescale:
                bboxes = bboxes / np.tile(sample.scale_factor, 2)
            sample.pred_instances = to_instances(
                Detections(bboxes, labels, scores), batch_inputs.device
            )
        return samples

    def _look_again(
        self,
        detect: Detect,
        batch_inputs: Tensor,
        samples: SampleList,
        first: Sequence[Detections],
        divisor: int,
    ) -> dict[int, Detections]:
        """The second look's detections in pixels of the first, by the image's index."""
        sure, places, images = {}, {}, {}
        for index, found in enumerate(first):
            digits = self.reader.choose(found)
            if not len(digits):
                continue
            number = Detections(*(part[digits] for part in found))
            if number.scores.min() >= self.sure_score:
                sure[index] = number
                continue
            place = rectify(number.bboxes, self.height, self.canvas, self.margin, MOST_ENLARGED)
            high, wide = samples[index].img_shape[:2]
            places[index] = place
            images[index] = place.warp(batch_inputs[index, :, :high, :wide])
        looks, alike = {}, defaultdict(list)
        for index, image in images.items():
            shape = tuple(image.shape[1:])
            looks[index] = DetDataSample(metainfo=dict(img_shape=shape))
            alike[tuple(-(-side // divisor) for side in shape)].append(index)
        # A look is padded as it would be by itself, whatever the others are.
        for indices in alike.values():
            batch = stack_batch([images[index] for index in indices], divisor)
            detect(batch, [looks[index] for index in indices], False)
        seen = {
            index: place.undo(
                to_detections(looks[index].pred_instances), samples[index].img_shape[:2]
            )
            for index, place in places.items()
        }
        return sure | seen

    def fuse(self, *looks: Detections) -> Detections:
        """Fuse what the looks at an image found.

        Args:
            looks: Their detections, in pixels of that image.

        Returns:
            The image's, by falling score.
        """
        (fused,) = merge_detections(
            [{0: look} for look in looks], "wbf", iou_thr=self.iou_thr
        ).values()
        return fused


def build_second_look(arguments: Mapping[str, object] | None) -> SecondLook | None:
    """Build what a config's ``model.second_look`` says.

    Args:
        arguments: Those of :class:`SecondLook`; None for none.

    Returns:
        The second look; None for none.

    Raises:
        InputError: If they are not as :class:`SecondLook` takes them.
    """
    if arguments is None:
        return None
    try:
        if not isinstance(arguments, Mapping):
            raise TypeError(f"{arguments!r} is no dict")
        inspect.signature(SecondLook).bind(**arguments)
    except TypeError as error:
        raise InputError(
            f"second_look: {error}; it takes height and canvas, and may have margin, reader, "
            "iou_thr and sure_score; mend the config's model.second_look"
        ) from None
    return SecondLook(**arguments)
