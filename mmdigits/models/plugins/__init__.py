from mmdigits.models.plugins.cbam import CBAM

__all__ = ["CBAM"]
