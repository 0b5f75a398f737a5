"""MMDetection's RoI extractor with exact RoIs."""

import torch
from mmdet.models.roi_heads.roi_extractors import SingleRoIExtractor
from mmdet.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class Float32RoIExtractor(SingleRoIExtractor):
    """``SingleRoIExtractor`` that samples in float32, whatever the features are.

    MMDetection's rounds RoIs to the features' type: under autocast to bfloat16, which has steps of
    4 px from 512 on, 8 px from 1024 on. Without autocast nothing differs, and no weight does, so
    this may take the other's place in any config and for any checkpoint.

    Arguments are those of MMDetection's ``SingleRoIExtractor``.
    """

    def forward(
        self, feats: tuple[Tensor, ...], rois: Tensor, roi_scale_factor: float | None = None
    ) -> Tensor:
        """Pool each RoI from the level that its size belongs to.

        Args:
            feats: One ``(B, C, H, W)`` for each level.
            rois: ``(K, 5)``: index of the image in the batch, then xyxy corners in image pixels.
            roi_scale_factor: Enlarges RoIs around their middles, if given.

        Returns:
            ``(K, C, cells high, cells wide)`` of the features' type; ``(0, C, ...)`` for no RoIs.
        """
        kind = feats[0].dtype
        wide = torch.promote_types(kind, torch.float32)
        with torch.autocast(rois.device.type, enabled=False):
            pooled = super().forward(
                tuple(level.to(wide) for level in feats), rois.to(wide), roi_scale_factor
            )
        return pooled.to(kind)
