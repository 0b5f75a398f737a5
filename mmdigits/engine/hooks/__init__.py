from mmdigits.engine.hooks.channels_last import ChannelsLastHook
from mmdigits.engine.hooks.checkpoint_fit import CheckpointFitHook
from mmdigits.engine.hooks.curriculum import CurriculumHook
from mmdigits.engine.hooks.digit_visualization import DigitVisualizationHook
from mmdigits.engine.hooks.evaluation_context import EvaluationContextHook
from mmdigits.engine.hooks.mixed_precision_test import MixedPrecisionTestHook
from mmdigits.engine.hooks.progress_bar import ProgressBarHook
from mmdigits.engine.hooks.run_summary import RunSummaryHook
from mmdigits.engine.hooks.validation_loss import ValidationLossHook

__all__ = [
    "ChannelsLastHook",
    "CheckpointFitHook",
    "CurriculumHook",
    "DigitVisualizationHook",
    "EvaluationContextHook",
    "MixedPrecisionTestHook",
    "ProgressBarHook",
    "RunSummaryHook",
    "ValidationLossHook",
]
