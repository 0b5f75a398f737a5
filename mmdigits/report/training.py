"""Training curves, packed for a page."""

from collections.abc import Mapping

import numpy as np

from mmdigits.analysis.comparison import QUANTITIES, best_index, common_unit, positions
from mmdigits.analysis.curves import smooth
from mmdigits.analysis.run_log import RunLog

MOST_POINTS = 1500  # more than a panel has pixels


def training_curves(runs: Mapping[str, RunLog]) -> dict[str, object] | None:
    """Lay the curves of runs out.

    Args:
        runs: By the name that the legend shows; may be empty.

    Returns:
        ``unit``, what the x-axis counts; ``runs``, their names; ``panels``, one for each quantity
        that is logged: ``name``, ``title`` and ``curves``, each with the number of its ``run``, its
        ``x`` and ``y``, null where a value isn't finite, ``smooth`` for the training loss, and
        ``best``, the index of the best value, null without. None without runs.
    """
    if not runs:
        return None
    unit = common_unit(runs)
    panels = []
    for name, quantity in QUANTITIES.items():
        curves = [
            _curve(number, name, run, unit)
            for number, run in enumerate(runs.values())
            if name in run.curves
        ]
        if curves:
            panels.append(dict(name=name, title=quantity.title, curves=curves))
    return dict(unit=unit, runs=list(runs), panels=panels)


def _curve(number: int, name: str, run: RunLog, unit: str) -> dict[str, object]:
    curve, x = run.curves[name], positions(run, name, unit)
    best = best_index(name, curve)
    steps = np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).round().astype(int)
    steps = np.unique(steps if best is None else [*steps, best])
    return dict(
        run=number,
        x=[_short(position) for position in x[steps]],
        y=[_short(y) for y in curve.values[steps]],
        smooth=[_short(y) for y in smooth(curve.values)[steps]] if name == "train_loss" else None,
        best=None if best is None else int(np.searchsorted(steps, best)),
    )


def _short(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None
