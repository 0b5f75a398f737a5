"""The curves of one or more runs in one picture."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mmdigits.analysis.comparison import QUANTITIES, best_index, common_unit, place, positions
from mmdigits.analysis.run_log import RunLog
from mmdigits.errors import InputError
from mmdigits.files.writing import written_together

SUFFIXES = (".png", ".pdf", ".svg")
# Source: Okabe and Ito, Color Universal Design, 2008; without black and the pale yellow. Markers
# tell runs apart where there is no colour, line styles where there are more runs than colours.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P")
LINE_STYLES = ("-", "--", ":")
MAX_RUNS = len(COLOURS) * len(LINE_STYLES)
SMOOTHED = 0.05  # of a run's logged values go into a point of the thick line
ROWS = {1: (1,), 2: (2,), 3: (3,), 4: (2, 2), 5: (2, 3)}  # panels in each row
LEGEND_WIDTH = 130  # characters


def draw_curves(runs: Mapping[str, RunLog]) -> Figure:
    """Draw a panel for each quantity that at least one run logged.

    Args:
        runs: By the name that the legend shows; 1 to 18.

    Returns:
        A figure 10 inches wide. All panels share the x-axis: epochs, or iterations when a run
        counts these or has not logged two epochs.

    Raises:
        InputError: If there are more runs than can be told apart.
    """
    if len(runs) > MAX_RUNS:
        raise InputError(f"{len(runs)} runs in one picture; at most {MAX_RUNS} can be told apart")
    unit = common_unit(runs)
    names = [name for name in QUANTITIES if any(name in run.curves for run in runs.values())]
    words = [*_legend(runs, unit), _caption(runs, names)]
    words = [textwrap.fill(text, LEGEND_WIDTH) for text in words]
    rows = ROWS[len(names)]
    height = 3.0 * len(rows) + 0.2 * (1 + sum(1 + text.count("\n") for text in words))
    figure = Figure(figsize=(10, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    grid = figure.add_gridspec(len(rows), 6)
    cells = [
        grid[row, column * 6 // count : (column + 1) * 6 // count]
        for row, count in enumerate(rows)
        for column in range(count)
    ]
    for name, cell in zip(names, cells, strict=True):
        panel = figure.add_subplot(cell)
        for style, run in zip(_styles(len(runs)), runs.values(), strict=True):
            if name in run.curves:
                _draw_curve(panel, name, positions(run, name, unit), run, style)
        _dress_panel(panel, name, unit)
    _add_legend(figure, words)
    return figure


def save_figure(figure: Figure, path: Path) -> None:
    """Write a picture, whole or not at all.

    Args:
        figure: What to write.
        path: Where, as :func:`check_picture_path` wants it.
    """
    with written_together(path.parent) as folder:
        figure.savefig(folder / path.name, format=path.suffix[1:].lower(), dpi=150)


def check_picture_path(path: Path) -> None:
    """Refuse a path that no picture can be written to.

    Raises:
        InputError: If the suffix is not .png, .pdf or .svg, the folder is missing, or the path is
            a folder.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"can't write {path}: the name must end in {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise InputError(f"can't write {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise InputError(f"can't write {path}: it is a folder")


def smooth(values: np.ndarray) -> np.ndarray:
    """Average each value with its neighbours: 5% of all, as many on either side.

    Near the ends fewer are taken, so that the first and the last value stay what they are.

    Args:
        values: ``(N,)`` float64; NaN counts for nothing.

    Returns:
        ``(N,)`` float64, NaN where ``values`` is.
    """
    index = np.arange(len(values))
    reach = np.minimum(round(SMOOTHED * len(values) / 2), np.minimum(index, index[::-1]))
    sums = np.concatenate([[0.0], np.cumsum(np.nan_to_num(values))])
    counts = np.concatenate([[0], np.cumsum(~np.isnan(values))])
    first, last = index - reach, index + reach + 1
    # Where the value itself is there, at least one is counted.
    means = (sums[last] - sums[first]) / np.maximum(counts[last] - counts[first], 1)
    return np.where(np.isnan(values), np.nan, means)


def _styles(count: int) -> list[dict]:
    looks = [
        dict(color=colour, marker=marker, linestyle=line)
        for line in LINE_STYLES
        for colour, marker in zip(COLOURS, MARKERS, strict=True)
    ]
    return looks[:count]


def _draw_curve(panel: Axes, name: str, x: np.ndarray, run: RunLog, style: dict) -> None:
    curve = run.curves[name]
    # A line of one point can't be seen, a marker on each of hundreds hides the line.
    bare = style if len(x) == 1 else dict(style, marker=None)
    if name == "train_loss":
        panel.plot(x, curve.values, **bare, linewidth=0.7, alpha=0.6)
        panel.plot(x, smooth(curve.values), **bare, linewidth=1.8)
    elif name == "lr":
        # Runs that are compared often have one schedule: the first is widest, so each one shows.
        panel.plot(x, curve.values, **bare, linewidth=max(3.5 - len(panel.lines), 1.2))
    else:
        panel.plot(x, curve.values, **style, markersize=4)
    best = best_index(name, curve)
    if best is not None:
        star = dict(marker="*", markersize=15, markerfacecolor="none", markeredgewidth=1.3)
        panel.plot(x[best], curve.values[best], **star, markeredgecolor=style["color"])


def _dress_panel(panel: Axes, name: str, unit: str) -> None:
    panel.set_title(QUANTITIES[name].title, loc="left", fontsize=11, fontweight="bold")
    panel.set_xlabel(unit)
    panel.set_xlim(left=0)
    panel.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    panel.grid(color="0.9")
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
    if name == "lr":
        panel.set_ylim(bottom=0)


def _legend(runs: Mapping[str, RunLog], unit: str) -> list[str]:
    texts = []
    for label, run in runs.items():
        bests = []
        for name in QUANTITIES:
            if name in run.curves and (best := best_index(name, run.curves[name])) is not None:
                value, x = run.curves[name].values[best], positions(run, name, unit)[best]
                bests.append(f"{QUANTITIES[name].title} {value:.3f} at {unit} {place(x)}")
        texts.append(f"{label}: best {', '.join(bests)}" if bests else label)
    return texts


def _caption(runs: Mapping[str, RunLog], names: list[str]) -> str:
    sentences = [
        f"Training loss: thin as logged, thick the mean over {SMOOTHED:.0%} of the logged values "
        "around each.",
        "Stars: best values.",
    ]
    for name, quantity in QUANTITIES.items():
        without = [label for label, run in runs.items() if name not in run.curves]
        if without:
            whose = f" of {', '.join(without)}" if name in names else ""
            sentences.append(f"No {quantity.title} in the log{whose}.")
    for label, run in runs.items():
        for name, curve in run.curves.items():
            count = np.isnan(curve.values).sum()
            if count:
                title = QUANTITIES[name].title
                sentences.append(
                    f"{label}: {title} is not finite at {count} of {len(curve.values)} points."
                )
    return " ".join(sentences)


def _add_legend(figure: Figure, words: list[str]) -> None:
    handles = [Line2D([], [], **style, linewidth=1.8) for style in _styles(len(words) - 1)]
    handles.append(Line2D([], [], linestyle="none"))  # of the caption, which comes last
    legend = figure.legend(
        handles, ["x"] * len(handles), loc="outside lower left", fontsize=9, frameon=False
    )
    # Set afterwards: as labels, names that begin with an underscore would be left out.
    for text, line in zip(legend.get_texts(), words, strict=True):
        text.set(text=line, parse_math=False)
    legend.get_texts()[-1].set_color("0.35")
