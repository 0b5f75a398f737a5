"""MMDetection's RoI extractor on matrix products."""

from collections.abc import Sequence

from mmdet.models.roi_heads.roi_extractors import SingleRoIExtractor
from mmdet.registry import MODELS
from torch import Tensor, nn

from mmdigits.errors import InputError
from mmdigits.ops.separable_roi_align import SeparableRoIAlign, pool_levels


@MODELS.register_module()
class SeparableRoIExtractor(SingleRoIExtractor):
    """``SingleRoIExtractor`` with :class:`~mmdigits.ops.separable_roi_align.SeparableRoIAlign`.

    It has no parameters and gives the same features, so it may take the other's place in any
    config and for any checkpoint. RoIs stay float32 under autocast: MMDetection's own rounds them
    to the features' type, and a bfloat16 coordinate above 128 is a whole number of pixels.

    Args:
        roi_layer: ``type="RoIAlign"`` with ``output_size``, ``sampling_ratio`` (at least 1) and
            ``aligned``. ``use_torchvision`` is accepted and means nothing here.
        out_channels: See ``SingleRoIExtractor``, like the others.
        featmap_strides: See there.
        finest_scale: See there.
        init_cfg: See there.

    Raises:
        InputError: If ``roi_layer`` is of another type, or see ``SeparableRoIAlign``.
    """

    def build_roi_layers(self, layer_cfg: dict, featmap_strides: Sequence[int]) -> nn.ModuleList:
        """Build one layer for each level; arguments as in ``SingleRoIExtractor``."""
        cfg = dict(layer_cfg)
        kind = cfg.pop("type")
        if kind != "RoIAlign":
            raise InputError(
                f"SeparableRoIExtractor: roi_layer.type={kind!r} is not RoIAlign, the only one "
                "that separates; use SingleRoIExtractor"
            )
        cfg.pop("use_torchvision", None)
        cfg.setdefault("sampling_ratio", 0)
        return nn.ModuleList(
            SeparableRoIAlign(spatial_scale=1 / stride, **cfg) for stride in featmap_strides
        )

    def forward(
        self, feats: tuple[Tensor, ...], rois: Tensor, roi_scale_factor: float | None = None
    ) -> Tensor:
        """Pool each RoI from the level that its size belongs to.

        Args:
            feats: One ``(B, C, H, W)`` for each level; fastest where they are channels_last.
            rois: ``(K, 5)``: index of the image in the batch, then xyxy corners in image pixels.
            roi_scale_factor: Enlarges RoIs around their middles, if given.

        Returns:
            ``(K, C, cells high, cells wide)`` of the features' type; ``(0, C, ...)`` for no RoIs.
        """
        # A box of a network that diverged is not a number, and has no level.
        levels = self.map_roi_levels(rois, len(feats)).clamp(min=0)
        if roi_scale_factor is not None:
            rois = self.roi_rescale(rois, roi_scale_factor)
        return pool_levels(feats, rois, levels, self.roi_layers[: len(feats)])
