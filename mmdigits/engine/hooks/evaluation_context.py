"""Tell evaluators and the visualizer what only the runner knows."""

from pathlib import Path

from mmdet.registry import HOOKS, TASK_UTILS
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmdigits.errors import InputError
from mmdigits.evaluation.metrics import SubmissionWriter
from mmdigits.models.postprocessors import ReadsStrings


@HOOKS.register_module()
class EvaluationContextHook(Hook):
    """Hand the config's reader and the run's folder to whatever reads strings or writes files.

    One top-level entry, ``reader``, configures how strings are read everywhere: in the accuracy,
    in the export and in the pictures. A metric or visualizer whose own config names a ``reader``,
    or an ``out_dir``, keeps it.

    Raises:
        InputError: Before a run starts, if the ``reader`` is not valid, or ``save_best`` names a
            result that no metric of the validation gives.
    """

    def before_run(self, runner: Runner) -> None:
        """Build the config's reader."""
        reader = runner.cfg.get("reader")
        self.reader = TASK_UTILS.build(reader) if reader else None

    def before_train(self, runner: Runner) -> None:
        """Check that what the best checkpoint is chosen by is measured."""
        if runner.val_loop is None:
            return
        prefixes = {metric.prefix for metric in runner.val_evaluator.metrics}
        for hook in runner.hooks:
            for key in getattr(hook, "key_indicators", None) or ():
                prefix, separator, _ = key.partition("/")
                if separator and prefix not in prefixes:
                    raise InputError(
                        f"EvaluationContextHook: save_best names {key!r}, but the metrics of "
                        f"val_evaluator give {sorted(map(str, prefixes))}/...; change "
                        "default_hooks.checkpoint.save_best or val_evaluator"
                    )

    def before_val(self, runner: Runner) -> None:
        """Configure the validation's metrics."""
        self._configure(runner, runner.val_evaluator)

    def before_test(self, runner: Runner) -> None:
        """Configure the test's metrics."""
        self._configure(runner, runner.test_evaluator)

    def _configure(self, runner: Runner, evaluator: Evaluator) -> None:
        for part in (*evaluator.metrics, runner.visualizer):
            shares = isinstance(part, ReadsStrings) and not part.has_own_reader
            if shares and self.reader is not None:
                part.reader = self.reader
            if isinstance(part, SubmissionWriter) and not part.has_own_out_dir:
                part.out_dir = Path(runner.work_dir) / "submission"
