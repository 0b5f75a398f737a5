"""Weights that other projects trained, renamed for the models here.

Importing this package registers the checkpoint scheme ``torchvision-det://``.
"""

from mmdigits.models.weights.checkpoint_file import (
    check_checkpoint,
    read_checkpoint,
    read_state_dict,
    write_checkpoint,
)
from mmdigits.models.weights.detector_names import ARCHITECTURES
from mmdigits.models.weights.keras_resnet50 import (
    keras_resnet50_to_torchvision,
    read_tfjs_weights,
)
from mmdigits.models.weights.torchvision_detectors import (
    Conversion,
    mmdet_to_torchvision,
    torchvision_to_mmdet,
)
from mmdigits.models.weights.torchvision_scheme import load_from_torchvision_det
from mmdigits.models.weights.trained_config import changed_options

__all__ = [
    "ARCHITECTURES",
    "Conversion",
    "changed_options",
    "check_checkpoint",
    "keras_resnet50_to_torchvision",
    "load_from_torchvision_det",
    "mmdet_to_torchvision",
    "read_checkpoint",
    "read_state_dict",
    "read_tfjs_weights",
    "torchvision_to_mmdet",
    "write_checkpoint",
]
