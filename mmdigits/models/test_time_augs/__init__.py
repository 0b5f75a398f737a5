from mmdigits.models.test_time_augs.fused_tta_model import FusedTTAModel

__all__ = ["FusedTTAModel"]
