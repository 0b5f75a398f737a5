"""Hooks, optimiser wrappers and schedulers, registered into MMDetection on import."""

from mmdigits.engine.hooks import (
    ChannelsLastHook,
    CheckpointFitHook,
    CurriculumHook,
    DigitVisualizationHook,
    EvaluationContextHook,
    MixedPrecisionTestHook,
    ProgressBarHook,
    RunSummaryHook,
    ValidationLossHook,
)
from mmdigits.engine.optimizers import AmpOnAcceleratorConstructor, BFloat16OptimWrapper
from mmdigits.engine.schedulers import LinearWarmupCosineLR

__all__ = [
    "AmpOnAcceleratorConstructor",
    "BFloat16OptimWrapper",
    "ChannelsLastHook",
    "CheckpointFitHook",
    "CurriculumHook",
    "DigitVisualizationHook",
    "EvaluationContextHook",
    "LinearWarmupCosineLR",
    "MixedPrecisionTestHook",
    "ProgressBarHook",
    "RunSummaryHook",
    "ValidationLossHook",
]
