"""An RPN that proposes nothing it holds for unlikely."""

from mmdet.models import RPNHead
from mmdet.registry import MODELS
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData

from mmdigits.errors import InputError


@MODELS.register_module()
class ScoreThresholdRPNHead(RPNHead):
    """MMDetection's ``RPNHead`` that drops proposals of low objectness.

    The arguments are those of ``RPNHead``. The threshold is ``score_thr``, a probability from 0
    (keep all) to 1, in ``model.test_cfg.rpn`` and, for training, ``model.train_cfg.rpn_proposal``.
    It acts before NMS, on the best ``nms_pre`` of each level; a score equal to it stays. An image
    may be left without proposals; when no image of a batch has a proposal or a box, the box head
    gets no gradient, and a run on several processes needs
    ``model_wrapper_cfg.find_unused_parameters=True``.

    Raises:
        InputError: On the first image, if ``score_thr`` is missing or out of range.

    Source: API of ``torchvision.models.detection.rpn.RegionProposalNetwork``, ``score_thresh``.
    """

    def _bbox_post_process(
        self,
        results: InstanceData,
        cfg: ConfigDict,
        rescale: bool = False,
        with_nms: bool = True,
        img_meta: dict | None = None,
    ) -> InstanceData:
        threshold = cfg.get("score_thr")
        if threshold is None or not 0 <= threshold <= 1:
            raise InputError(
                f"ScoreThresholdRPNHead: score_thr is {threshold}; set it from 0 to 1 in both "
                "model.test_cfg.rpn and model.train_cfg.rpn_proposal"
            )
        likely = results[results.scores >= threshold]
        return super()._bbox_post_process(likely, cfg, rescale, with_nms, img_meta)
