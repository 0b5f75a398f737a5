"""Several detectors as one: trained side by side, their detections merged by suppression."""

from collections.abc import Sequence

from mmcv.ops import batched_nms
from mmdet.models import BaseDetector
from mmdet.registry import MODELS
from mmdet.structures import SampleList
from mmengine.config import Config, ConfigDict
from mmengine.model import ModuleList
from mmengine.structures import InstanceData
from torch import Tensor

from mmdigits.errors import InputError


@MODELS.register_module()
class DetectorEnsemble(BaseDetector):
    """Independent detectors on the same images, merged by non-maximum suppression.

    The detectors share nothing but the preprocessed images. Their losses are added, so one
    optimiser trains each as it would alone: no parameter sees another detector's loss (clipping
    the gradient's norm would be the exception). Merging files of detections afterwards, with
    weights or box fusion, is ``tools/ensemble.py``'s.

    Args:
        detectors: Config files, of which ``model`` is taken, or models themselves; at least one.
        test_cfg: Just ``nms``, the config of ``mmcv.ops.batched_nms``, which keeps digits apart
            unless it says ``class_agnostic=True``, and ``max_per_img``, the most detections kept.
        data_preprocessor: By default that of the detectors, which must agree.
        init_cfg: MMEngine initialisation config.

    Raises:
        InputError: If there is no detector, a file has no model, their preprocessing differs, or
            ``test_cfg`` has other keys.
    """

    def __init__(
        self,
        detectors: Sequence[str | dict],
        test_cfg: dict,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        models = [_model_of(detector) for detector in detectors]
        if not models:
            raise InputError("DetectorEnsemble: there is no detector; name at least one config")
        if set(test_cfg) != {"nms", "max_per_img"}:
            raise InputError(
                f"DetectorEnsemble: test_cfg has {sorted(test_cfg)}; it takes nms and max_per_img"
            )
        wanted = data_preprocessor or models[0].get("data_preprocessor")
        for number, model in enumerate(models):
            if model.get("data_preprocessor") != wanted:
                raise InputError(
                    f"DetectorEnsemble: detector {number} prepares images otherwise than the "
                    "ensemble; give all of them one data_preprocessor"
                )
        super().__init__(data_preprocessor=wanted, init_cfg=init_cfg)
        self.detectors = ModuleList(MODELS.build(model) for model in models)
        self.test_cfg = ConfigDict(test_cfg)

    def loss(self, batch_inputs: Tensor, batch_data_samples: SampleList) -> dict:
        """Compute every detector's losses.

        Args:
            batch_inputs: ``(N, 3, H, W)`` normalised images.
            batch_data_samples: One sample an image with ``gt_instances``, boxes in its pixels.

        Returns:
            The detectors' losses, each name after its detector's: ``0.loss_cls`` and so on.
        """
        return {
            f"{number}.{name}": value
            for number, detector in enumerate(self.detectors)
            for name, value in detector.loss(batch_inputs, batch_data_samples).items()
        }

    def predict(
        self, batch_inputs: Tensor, batch_data_samples: SampleList, rescale: bool = True
    ) -> SampleList:
        """Detect with every detector and merge.

        Args:
            batch_inputs: ``(N, 3, H, W)`` normalised images.
            batch_data_samples: One sample an image.
            rescale: Whether boxes are in pixels of the stored image, or else of the input.

        Returns:
            The samples with ``pred_instances``, by falling score.
        """
        by_detector = [
            [
                sample.pred_instances
                for sample in detector.predict(batch_inputs, batch_data_samples, rescale)
            ]
            for detector in self.detectors
        ]
        merged = [self._merge(parts) for parts in zip(*by_detector, strict=True)]
        return self.add_pred_to_datasample(batch_data_samples, merged)

    def _merge(self, parts: Sequence[InstanceData]) -> InstanceData:
        union = InstanceData.cat(list(parts))
        if not len(union):
            return union
        detections, kept = batched_nms(union.bboxes, union.scores, union.labels, self.test_cfg.nms)
        merged = union[kept]
        merged.scores = detections[:, -1]  # soft suppression lowers them
        return merged[: self.test_cfg.max_per_img]

    def _forward(self, batch_inputs: Tensor, batch_data_samples: SampleList | None = None) -> tuple:
        return tuple(d._forward(batch_inputs, batch_data_samples) for d in self.detectors)

    def extract_feat(self, batch_inputs: Tensor) -> list[tuple[Tensor, ...]]:
        """Compute every detector's feature maps.

        Args:
            batch_inputs: ``(N, 3, H, W)`` normalised images.

        Returns:
            One tuple of ``(N, C, h, w)`` maps a detector, finest first.
        """
        return [detector.extract_feat(batch_inputs) for detector in self.detectors]


def _model_of(detector: str | dict) -> dict:
    if not isinstance(detector, str):
        return detector
    config = Config.fromfile(detector)
    if "model" not in config:
        raise InputError(f"DetectorEnsemble: {detector} has no `model`; name a detector's config")
    return config.model
