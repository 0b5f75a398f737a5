"""Say at the end of a training what came out and what to type next."""

import os
import shlex

from mmdet.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module()
class RunSummaryHook(Hook):
    """End a training with its best accuracy, the checkpoint and the next command.

    Args:
        metric: The result to report; ``CheckpointHook`` must watch it with ``save_best``.
        label: What the metric is called in the summary.
    """

    # After CheckpointHook has written the best and the last checkpoint.
    priority = "LOWEST"

    def __init__(
        self, metric: str = "digits/seq_acc", label: str = "best string accuracy in validation"
    ) -> None:
        self.metric = metric
        self.label = label

    def after_train(self, runner: Runner) -> None:
        """Log the summary, on the first process alone."""
        if runner.rank != 0:
            return
        known = runner.message_hub.runtime_info
        score = known.get(f"best_score_{self.metric}", known.get("best_score"))
        checkpoint = known.get(f"best_ckpt_{self.metric}", known.get("best_ckpt"))
        checkpoint = checkpoint or known.get("last_ckpt")
        lines = [] if score is None else [f"{self.label}: {score:.4f}"]
        if checkpoint is not None:
            config, checkpoint = _short(runner.cfg.filename), _short(checkpoint)
            lines += [
                f"checkpoint: {checkpoint}",
                f"next: python tools/test.py {config} {checkpoint} --show-dir pictures",
            ]
        if lines:
            runner.logger.info("\n".join(["Training is done.", *lines]))


def _short(path: str) -> str:
    """Quote a path for a shell, relative to the current folder where it lies below it."""
    relative = os.path.relpath(path)
    return shlex.quote(os.path.abspath(path) if relative.startswith(os.pardir) else relative)
