from mmdigits.models.detectors.detector_ensemble import DetectorEnsemble
from mmdigits.models.detectors.second_look import SecondLook, build_second_look
from mmdigits.models.detectors.second_look_rcnn import SecondLookRCNN

__all__ = [
    "DetectorEnsemble",
    "SecondLook",
    "SecondLookRCNN",
    "build_second_look",
]
