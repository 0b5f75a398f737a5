from mmdigits.models.detectors.detector_ensemble import DetectorEnsemble

__all__ = ["DetectorEnsemble"]
