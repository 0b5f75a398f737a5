"""Runs side by side: their names, their common x-axis, and their last and best values."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich import box
from rich.markup import escape
from rich.table import Table

from mmdigits.analysis.run_log import Curve, RunLog
from mmdigits.errors import InputError


class Quantity(NamedTuple):
    """How a curve is called and judged.

    Attributes:
        title: Its name for readers.
        best: Finds the index of the best value; None where no value is called best.
    """

    title: str
    best: Callable[[np.ndarray], np.intp] | None = None


QUANTITIES = {
    "train_loss": Quantity("training loss"),
    "val_loss": Quantity("validation loss", np.nanargmin),
    "seq_acc": Quantity("string accuracy", np.nanargmax),
    "bbox_mAP": Quantity("mAP", np.nanargmax),
    "lr": Quantity("learning rate"),
}


def name_runs(folders: Sequence[Path], labels: Sequence[str] | None = None) -> dict[str, Path]:
    """Give each run a name of its own.

    Args:
        folders: Work dirs.
        labels: A name for each; None takes the folders' names, or their paths where two have the
            same name.

    Returns:
        The folders by name, in the order given.

    Raises:
        InputError: If a run or a label is given twice, or there are not as many of each.
    """
    resolved = [folder.resolve() for folder in folders]
    twice = [str(f) for f, r in zip(folders, resolved, strict=True) if resolved.count(r) > 1]
    if twice:
        raise InputError(f"the same run is given more than once: {', '.join(twice)}")
    if labels is None:
        labels = [folder.name for folder in resolved]
        if len(set(labels)) < len(labels):
            labels = [str(folder) for folder in folders]
    if len(labels) != len(folders) or len(set(labels)) < len(labels):
        raise InputError(
            f"labels {', '.join(labels)} for {len(folders)} runs; give one for each, all different"
        )
    return dict(zip(labels, folders, strict=True))


def common_unit(runs: Mapping[str, RunLog]) -> str:
    """Choose what the x-axis counts: ``"epoch"``, or ``"iteration"`` when a run has no epochs."""
    return "epoch" if all(run.epoch_length for run in runs.values()) else "iteration"


def positions(run: RunLog, name: str, unit: str) -> np.ndarray:
    """Place a curve on the x-axis.

    Args:
        run: A run that has the curve.
        name: Of the curve.
        unit: What the axis counts, as :func:`common_unit` says.

    Returns:
        ``(N,)`` float64 or int64, how many epochs or iterations were done.
    """
    iterations = run.curves[name].iterations
    return iterations / run.epoch_length if unit == "epoch" else iterations


def place(x: float) -> str:
    """Write a position as readers want it: ``3.95`` epochs, ``20000`` iterations."""
    return f"{round(float(x), 2):.10g}"


def best_index(name: str, curve: Curve) -> int | None:
    """Find the best value of a curve, the first where several are equal.

    Returns:
        Its index; None for a quantity without a best, or when no value is finite.
    """
    best = QUANTITIES[name].best
    return None if best is None or np.isnan(curve.values).all() else int(best(curve.values))


def value_table(runs: Mapping[str, RunLog]) -> Table:
    """Tabulate the last and the best value of each curve, as logged.

    Args:
        runs: By the name that the table shows.

    Returns:
        One row for each run and quantity.
    """
    unit = common_unit(runs)
    table = Table("run", "", box=box.SIMPLE)
    for title in ("last", f"at {unit}", "best", f"at {unit}"):
        table.add_column(title, justify="right")
    for label, run in runs.items():
        shown = escape(label)
        for name in [name for name in QUANTITIES if name in run.curves]:
            curve, x = run.curves[name], positions(run, name, unit)
            chosen = [-1, best_index(name, curve)]
            cells = [
                text
                for index in chosen
                if index is not None
                for text in (f"{curve.values[index]:.4g}", place(x[index]))
            ]
            table.add_row(shown, QUANTITIES[name].title, *cells)
            shown = ""
        table.add_section()
    return table
