"""Accuracy against time as a table and a picture."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

MARKERS = "osD^vP*X"


def pareto_lines(result: Mapping) -> list[str]:
    """Lay settings out as Markdown, the fastest first.

    Args:
        result: What :func:`~mmdigits.benchmark.pareto.measure_settings` returns.

    Returns:
        A line on the machine and the images, and a table: string accuracy and mAP with their 95%
        intervals, milliseconds an image (median and quartiles) and images a second. Settings that
        no other beats are bold.
    """
    machine = ", ".join(f"{key} {value}" for key, value in result["machine"].items())
    lines = [
        f"{machine}; {result['images']} images in batches of up to {result['batch_size']}, read "
        f"{result['repeats']} times in turn",
        "",
        "| setting | string accuracy | mAP | ms an image | images/s |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in sorted(result["rows"], key=lambda row: row["median"]):
        median, lower, upper = _milliseconds(row, result["images"])
        low, high = row["interval"]
        map_low, map_high = row["map_interval"]
        name = f"**{row['name']}**" if row["front"] else row["name"]
        lines.append(
            f"| {name} | {row['accuracy']:.3f} ({low:.3f} to {high:.3f}) | {row['map']:.3f} "
            f"({map_low:.3f} to {map_high:.3f}) | {median:.4g} ({lower:.4g} to {upper:.4g}) | "
            f"{1000 / median:.3g} |"
        )
    return lines


def pareto_figure(result: Mapping) -> Figure:
    """Draw string accuracy against the time of an image.

    Args:
        result: What :func:`~mmdigits.benchmark.pareto.measure_settings` returns.

    Returns:
        The figure: a point for each setting, a colour and marker for each network, the 95% interval
        of the accuracy, and a line through the settings that no other beats, which bear their
        names.
    """
    rows = sorted(result["rows"], key=lambda row: row["median"])
    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.subplots()
    models = list(dict.fromkeys(row["model"] for row in result["rows"]))
    for number, (model, marker) in enumerate(zip(models, cycle(MARKERS), strict=False)):
        of_model = [row for row in rows if row["model"] == model]
        accuracy = np.array([row["accuracy"] for row in of_model])
        # Wilson's bounds may miss a bound of 0 or 1 by a rounding error.
        below, above = (
            np.maximum(side, 0)
            for side in (
                accuracy - [row["interval"][0] for row in of_model],
                [row["interval"][1] for row in of_model] - accuracy,
            )
        )
        axes.errorbar(
            [_milliseconds(row, result["images"])[0] for row in of_model],
            accuracy,
            yerr=[below, above],
            fmt=marker,
            markersize=5,
            elinewidth=0.6,
            color=f"C{number}",
            ecolor=(f"C{number}", 0.35),
            label=model,
        )
    front = [row for row in rows if row["front"]]
    times = [_milliseconds(row, result["images"])[0] for row in front]
    axes.step(
        times, [row["accuracy"] for row in front], where="post", color="0.5", zorder=0, linewidth=1
    )
    for row, time in zip(front, times, strict=True):
        axes.annotate(
            row["name"],
            (time, row["accuracy"]),
            xytext=(-4, 5),
            textcoords="offset points",
            ha="right",
            fontsize="x-small",
        )
    axes.set(xscale="log", xlabel="milliseconds an image", ylabel="string accuracy")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.25)
    axes.grid(alpha=0.3, which="both")
    # Above the points: below any of them an interval may reach to the edge.
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize="small")
    return figure


def _milliseconds(row: Mapping, images: int) -> tuple[float, float, float]:
    return tuple(1000 * row[key] / images for key in ("median", "lower", "upper"))
