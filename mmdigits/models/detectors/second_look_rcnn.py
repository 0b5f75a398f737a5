"""A Faster R-CNN that looks again at the number it found."""

from collections.abc import Mapping

from mmdet.models import FasterRCNN
from mmdet.registry import MODELS
from mmdet.structures import SampleList
from torch import Tensor

from mmdigits.models.detectors.second_look import build_second_look


@MODELS.register_module()
class SecondLookRCNN(FasterRCNN):
    """``FasterRCNN`` that detects twice: in the image, and in the number that it found there.

    For the second look the number is sheared until its digits stand on a level line, moved to the
    middle and scaled until they have a known height. Both looks' detections are fused by weighted
    boxes fusion: what one of them finds alone keeps half of its score, and where they name a digit
    differently the surer one has it. An image in which no number is read keeps what was found.

    Nothing but prediction differs: it trains as ``FasterRCNN``, has the same weights and takes its
    checkpoints. With ``CascadeRoIHead`` it is a Cascade R-CNN, as in MMDetection.

    Rectifying text before it is named is Shi et al.'s idea (ASTER, TPAMI 2018); there a network
    learns how, here the detections say it. The fusion is
    :func:`~mmdigits.models.utils.merge_detections`'s.

    Args:
        second_look: Arguments of :class:`SecondLook`; None to detect once.
        **options: Those of MMDetection's ``FasterRCNN``.

    Raises:
        InputError: If ``second_look`` is not as :class:`SecondLook` takes it.
    """

    def __init__(self, second_look: Mapping[str, object] | None = None, **options) -> None:
        super().__init__(**options)
        self.second_look = build_second_look(second_look)

    def predict(
        self, batch_inputs: Tensor, batch_data_samples: SampleList, rescale: bool = True
    ) -> SampleList:
        """Detect in images, then in their numbers.

        Args:
            batch_inputs: ``(N, 3, H, W)`` normalised images, padded to the right and below.
            batch_data_samples: One sample an image, with ``img_shape`` and, to rescale,
                ``scale_factor``.
            rescale: Whether to divide boxes by ``scale_factor``.

        Returns:
            The samples with ``pred_instances``: ``(K, 4)`` float32 ``bboxes`` in pixels of the
            stored image, or without ``rescale`` of the input, ``(K,)`` int64 ``labels`` and
            ``(K,)`` float32 ``scores`` in [0, 1]. K is at most ``test_cfg.rcnn.max_per_img``, and 0
            where nothing is found.
        """
        if self.second_look is None:
            return super().predict(batch_inputs, batch_data_samples, rescale)
        return self.second_look.detect(
            super().predict,
            batch_inputs,
            batch_data_samples,
            rescale,
            self.data_preprocessor.pad_size_divisor,
            self.test_cfg.rcnn.max_per_img,
        )
