"""Weights that other projects trained, renamed for the models here.

Importing this package registers the checkpoint scheme ``torchvision-det://``.
"""

from mmdigits.models.weights.checkpoint_file import (
    check_checkpoint,
    read_state_dict,
    write_checkpoint,
)
from mmdigits.models.weights.detector_names import ARCHITECTURES
from mmdigits.models.weights.torchvision_detectors import (
    Conversion,
    mmdet_to_torchvision,
    torchvision_to_mmdet,
)
from mmdigits.models.weights.torchvision_scheme import load_from_torchvision_det

__all__ = [
    "ARCHITECTURES",
    "Conversion",
    "check_checkpoint",
    "load_from_torchvision_det",
    "mmdet_to_torchvision",
    "read_state_dict",
    "torchvision_to_mmdet",
    "write_checkpoint",
]
