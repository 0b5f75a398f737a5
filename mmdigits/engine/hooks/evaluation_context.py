"""Tell evaluators and the visualizer what only the runner knows."""

from pathlib import Path

from mmdet.registry import HOOKS, TASK_UTILS
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmdigits.evaluation.metrics import SequenceAccuracy, SubmissionWriter
from mmdigits.visualization import DigitVisualizer


@HOOKS.register_module()
class EvaluationContextHook(Hook):
    """Hand the config's reader and the run's folder to whatever reads strings or writes files.

    One top-level entry, ``reader``, configures how strings are read everywhere: in the accuracy,
    in the export and in the pictures. A metric or visualizer whose own config names a ``reader``,
    or an ``out_dir``, keeps it.
    """

    def before_val(self, runner: Runner) -> None:
        """Configure the validation's metrics."""
        self._configure(runner, runner.val_evaluator)

    def before_test(self, runner: Runner) -> None:
        """Configure the test's metrics."""
        self._configure(runner, runner.test_evaluator)

    def _configure(self, runner: Runner, evaluator: Evaluator) -> None:
        for part in (*evaluator.metrics, runner.visualizer):
            reads = isinstance(part, SequenceAccuracy | SubmissionWriter | DigitVisualizer)
            if reads and not part.has_own_reader and runner.cfg.get("reader"):
                part.reader = TASK_UTILS.build(runner.cfg.reader)
            if isinstance(part, SubmissionWriter) and not part.has_own_out_dir:
                part.out_dir = Path(runner.work_dir) / "submission"
