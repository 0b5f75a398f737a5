"""Say at the end of a training what came out and what to type next."""

import os
import shlex

from mmdet.registry import HOOKS
from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import Runner

LABELS = {"digits/seq_acc": "string accuracy", "coco/bbox_mAP": "mAP"}


@HOOKS.register_module()
class RunSummaryHook(Hook):
    """End a training with its best results, the checkpoint and the next command.

    The results are those that ``CheckpointHook`` watches with ``save_best``; the checkpoint is the
    best one by the first of them that is above 0, or the last one without such a result. The next
    command takes the config as it was run, ``--cfg-options`` and all, from the run's folder.
    """

    # After CheckpointHook has written the best and the last checkpoint.
    priority = "LOWEST"

    def after_train(self, runner: Runner) -> None:
        """Log the summary, on the first process alone."""
        if runner.rank != 0:
            return
        known = runner.message_hub.runtime_info
        watched = [
            key
            for hook in runner.hooks
            if isinstance(hook, CheckpointHook) and hook.save_best
            for key in hook.key_indicators
        ]
        # CheckpointHook leaves the key out of these names when there is only one.
        suffixes = [f"_{key}" if len(watched) > 1 else "" for key in watched]
        lines = [
            f"best {LABELS.get(key, key)} in validation: {known[f'best_score{suffix}']:.4f}"
            for key, suffix in zip(watched, suffixes, strict=True)
            if f"best_score{suffix}" in known
        ]
        # At 0 the first checkpoint is the best one, and stays it.
        best = [known[f"best_ckpt{s}"] for s in suffixes if known.get(f"best_score{s}", 0) > 0]
        checkpoint = (best or [known.get("last_ckpt")])[0]
        if checkpoint is not None:
            lines.append(f"checkpoint: {_short(checkpoint)}")
            # A config that was built in a script has no file.
            if runner.cfg.filename is not None:
                config = os.path.join(runner.work_dir, os.path.basename(runner.cfg.filename))
                tool = f"python tools/test.py {_short(config)} {_short(checkpoint)}"
                lines.append(f"next: {tool} --show-dir pictures")
        if lines:
            runner.logger.info("\n".join(["Training is done.", *lines]))


def _short(path: str) -> str:
    """Quote a path for a shell, relative to the current folder where it lies below it."""
    relative = os.path.relpath(path)
    return shlex.quote(os.path.abspath(path) if relative.startswith(os.pardir) else relative)
