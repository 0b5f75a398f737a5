"""Several views of a photograph as one: the detections in them fused."""

from collections.abc import Sequence

import numpy as np
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample, SampleList
from mmdet.structures.bbox import bbox_project
from mmengine.model import BaseTTAModel
from torch import nn

from mmdigits.errors import InputError
from mmdigits.files.detections import Detections
from mmdigits.models.utils import merge_detections, to_detections, to_instances


@MODELS.register_module()
class FusedTTAModel(BaseTTAModel):
    """Detect in several views of each photograph and fuse the boxes of one digit in one place.

    ``DetTTAModel`` keeps the best box of those that overlap. This one averages them by score, and
    scores the result by how many views found it: of three views, what two find with .9 and .7 ends
    with .8 * 2 / 3. Strings read from fused boxes therefore need a threshold of their own.

    A view may be made by any transforms that record what they do in ``homography_matrix``, such as
    MMDetection's ``Resize``, ``TranslateX`` and ``Rotate`` (but not its ``RandomAffine``) and this
    package's ``PadTopLeft``: a stretch, then a size, then a shift. The whole map is undone, where
    MMDetection alone undoes the last ``scale_factor`` and a flip. What a turned or slanted view
    found becomes the box around its corners, which is larger.

    Source: Solovyev et al., Image and Vision Computing 2021, https://arxiv.org/abs/1910.13302, as
    :func:`~mmdigits.models.utils.merge_detections` has it; the interface is ``DetTTAModel``'s.

    Args:
        module: The detector, or its config; ``tools/test.py --tta`` fills it in.
        iou_thr: Boxes of one digit are one when they overlap by more than this, in [0, 1].
        skip_score: Detections with a lower score are left out before, in [0, 1].
        weights: One positive number a view, in the order of ``TestTimeAug``; equal by default.
        max_per_img: The most fused detections of an image, at least 1.
        data_preprocessor: As in MMEngine's ``BaseTTAModel``.

    Raises:
        InputError: If ``max_per_img`` is out of its range; when the first image is merged, for the
            other options or if a view has no ``homography_matrix`` among its meta information.
    """

    def __init__(
        self,
        module: dict | nn.Module,
        iou_thr: float = 0.55,
        skip_score: float = 0.0,
        weights: Sequence[float] | None = None,
        max_per_img: int = 100,
        data_preprocessor: dict | nn.Module | None = None,
    ) -> None:
        if max_per_img < 1:
            raise InputError(
                f"FusedTTAModel: max_per_img is {max_per_img}; allowed is 1 or more; mend it in "
                "the config's tta_model"
            )
        super().__init__(module, data_preprocessor)
        self.iou_thr = iou_thr
        self.skip_score = skip_score
        self.weights = weights
        self.max_per_img = max_per_img

    def merge_preds(self, data_samples_list: Sequence[Sequence[DetDataSample]]) -> SampleList:
        """Merge what was found in the views of each image.

        Args:
            data_samples_list: For each image its views' samples, in which ``pred_instances`` has
                boxes as MMDetection rescales them: pixels of the view over its ``scale_factor``.

        Returns:
            For each image the sample of its first view with new ``pred_instances``: ``(K, 4)``
            float32 boxes in pixels of the stored image, clipped to it, ``(K,)`` int64 labels and
            ``(K,)`` float32 scores in [0, 1], by falling score. K is 0 where no view has any.

        Raises:
            InputError: See the class.
        """
        return [self._merge(views) for views in data_samples_list]

    def _merge(self, views: Sequence[DetDataSample]) -> DetDataSample:
        (merged,) = merge_detections(
            [{0: _in_photograph(view)} for view in views],
            "wbf",
            self.weights,
            self.iou_thr,
            self.skip_score,
        ).values()
        sample = views[0]
        device = sample.pred_instances.scores.device
        kept = Detections(*(part[: self.max_per_img] for part in merged))
        sample.pred_instances = to_instances(kept, device)
        return sample


def _in_photograph(view: DetDataSample) -> Detections:
    if "homography_matrix" not in view:
        raise InputError(
            "FusedTTAModel: a view does not say how it was made; add homography_matrix to the "
            "meta_keys of PackDetInputs in the config's tta_pipeline"
        )
    found = to_detections(view.pred_instances)
    seen = found.bboxes * np.tile(view.scale_factor, 2)
    undo = np.linalg.inv(np.asarray(view.homography_matrix, np.float64))
    return found._replace(bboxes=bbox_project(seen, undo, view.ori_shape[:2]))
