from mmdigits.datasets.transforms.color_jitter import ColorJitter

__all__ = ["ColorJitter"]
