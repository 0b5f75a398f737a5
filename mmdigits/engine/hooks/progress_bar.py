"""A progress bar with the time left."""

import atexit
import logging
import sys

from mmdet.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@HOOKS.register_module()
class ProgressBarHook(Hook):
    """Show how far training, validation and testing are and how long they will still take.

    A bar is drawn only by the first process and only on a terminal; a log file or a pipe gets the
    usual log lines alone. Log lines are printed above the bar.
    """

    priority = "VERY_LOW"

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._tasks: dict[str, int] = {}
        self._handlers: list[logging.StreamHandler] = []

    def before_train(self, runner: Runner) -> None:
        """Start the bar of the whole training."""
        self._start(runner, "training", runner.max_iters, runner.iter)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs=None
    ) -> None:
        """Move the training's bar."""
        self._advance("training")

    def after_train(self, runner: Runner) -> None:
        """Close the training's bar."""
        self._finish("training")

    def before_val_epoch(self, runner: Runner) -> None:
        """Start the bar of one validation."""
        self._start(runner, "validation", len(runner.val_dataloader))

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs=None
    ) -> None:
        """Move the validation's bar."""
        self._advance("validation")

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Close the validation's bar."""
        self._finish("validation")

    def before_test_epoch(self, runner: Runner) -> None:
        """Start the bar of the test."""
        self._start(runner, "test", len(runner.test_dataloader))

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs=None
    ) -> None:
        """Move the test's bar."""
        self._advance("test")

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Close the test's bar."""
        self._finish("test")

    def _start(self, runner: Runner, what: str, total: int, completed: int = 0) -> None:
        console = Console(soft_wrap=True)  # long log lines stay whole
        if runner.rank != 0 or not console.is_terminal:
            return
        if self._progress is None:
            self._progress = Progress(
                TextColumn("{task.description:>10}"),
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("left"),
                console=console,
                # The rate over minutes, so that a validation in between hardly shows.
                speed_estimate_period=300,
            )
            self._progress.start()
            # A run that ends with an exception must give the terminal its cursor back.
            atexit.register(self._progress.stop)
            # Rich puts printed lines above the bar; the logger holds the stream from before.
            for handler in runner.logger.handlers:
                if isinstance(handler, logging.StreamHandler) and handler.stream is sys.__stdout__:
                    handler.setStream(sys.stdout)
                    self._handlers.append(handler)
        self._tasks[what] = self._progress.add_task(what, total=total, completed=completed)

    def _advance(self, what: str) -> None:
        if what in self._tasks:
            self._progress.advance(self._tasks[what])

    def _finish(self, what: str) -> None:
        if what not in self._tasks:
            return
        self._progress.remove_task(self._tasks.pop(what))
        if not self._tasks:
            self._progress.stop()
            atexit.unregister(self._progress.stop)
            for handler in self._handlers:
                handler.setStream(sys.__stdout__)
            self._progress, self._handlers = None, []
