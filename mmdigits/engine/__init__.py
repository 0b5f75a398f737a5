"""Hooks and optimiser constructors, registered into MMDetection's registries on import."""

from mmdigits.engine.hooks import (
    CheckpointFitHook,
    DigitVisualizationHook,
    EvaluationContextHook,
    ProgressBarHook,
    RunSummaryHook,
)
from mmdigits.engine.optimizers import AmpOnAcceleratorConstructor

__all__ = [
    "AmpOnAcceleratorConstructor",
    "CheckpointFitHook",
    "DigitVisualizationHook",
    "EvaluationContextHook",
    "ProgressBarHook",
    "RunSummaryHook",
]
