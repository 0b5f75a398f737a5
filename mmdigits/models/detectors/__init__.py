from mmdigits.models.detectors.detector_ensemble import DetectorEnsemble
from mmdigits.models.detectors.second_look_rcnn import SecondLook, SecondLookRCNN

__all__ = ["DetectorEnsemble", "SecondLook", "SecondLookRCNN"]
