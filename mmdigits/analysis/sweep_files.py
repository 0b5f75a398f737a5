"""A threshold sweep as text, table, picture and choice."""

import json
from dataclasses import replace
from pathlib import Path

from matplotlib.figure import Figure

from mmdigits.analysis.strings import accuracy_interval
from mmdigits.analysis.sweep import Sweep, SweepRow, best_for_strings, plateau
from mmdigits.files.submission import write_csv
from mmdigits.files.writing import written_together
from mmdigits.reading import DigitReader
from mmdigits.reading.reader_file import changed_options

COLUMNS = ("score_thr", "detections", "mAP", "accuracy", "low", "high", "unread")


def sweep_lines(result: Sweep, reader: DigitReader) -> list[str]:
    """Lay a sweep out as text.

    Args:
        result: The sweep.
        reader: What its strings were read with.

    Returns:
        A header, a line a threshold with the best one for strings marked by a star, and what to
        conclude.
    """
    values = best_values(result, reader)
    best, chosen = values["strings"], best_for_strings(result.rows)
    lines = [f"  {'score_thr':>9}  {'boxes':>8}     mAP  accuracy  95% interval      unread"]
    for row in result.rows:
        threshold, boxes, mean_ap, accuracy, low, high, unread = _values(row, result.images)
        lines.append(
            f"{'*' if row is chosen else ' '} {threshold:9g}  {boxes:8}  {mean_ap:.4f}  "
            f"{accuracy:8.4f}  {low:.4f} to {high:.4f}  {unread:6}"
        )
    low, high = best["interval"]
    alike = [row.score_thr for row in result.rows if row.right / result.images >= low]
    cut = values["mAP"]
    options = ", ".join(f"{name}={value!r}" for name, value in values["reader"].items())
    first, last = best["plateau"]
    middle = f", the middle of {first:g} to {last:g}" if first < last else ""
    return [
        *lines,
        f"strings: {best['accuracy']:.4f} at {best['score_thr']:g}{middle}; 95% interval {low:.4f} "
        f"to {high:.4f}, {result.images} images; {len(alike)} of {len(result.rows)} thresholds lie "
        f"in it, from {alike[0]:g} to {alike[-1]:g}",
        f"mAP: {cut['uncut']:.4f} of the whole file; {cut['cut']:.4f} at best when it is cut, at "
        f"{cut['score_thr']:g}",
        f"for the config: reader = dict({options})",
    ]


def best_values(result: Sweep, reader: DigitReader) -> dict:
    """Sum a sweep up.

    Args:
        result: The sweep.
        reader: What its strings were read with.

    Returns:
        What ``best_threshold.json`` holds: ``strings`` with the best threshold, its accuracy, 95%
        interval and plateau; ``mAP`` of the whole file and at the best threshold, the lowest of
        equals; the ``reader``'s options; the number of ``images``.
    """
    best, best_run = best_for_strings(result.rows), plateau(result.rows)
    cut = max(result.rows, key=lambda row: row.mean_ap)
    return dict(
        images=result.images,
        strings=dict(
            score_thr=best.score_thr,
            accuracy=best.right / result.images,
            interval=list(accuracy_interval(best.right, result.images)),
            plateau=[best_run[0].score_thr, best_run[-1].score_thr],
        ),
        mAP=dict(uncut=result.uncut, score_thr=cut.score_thr, cut=cut.mean_ap),
        reader=dict(score_thr=best.score_thr)
        | changed_options(replace(reader, score_thr=best.score_thr)),
    )


def write_sweep(out_dir: Path, result: Sweep, reader: DigitReader) -> None:
    """Write ``sweep.csv``, ``sweep.png`` and ``best_threshold.json``.

    Args:
        out_dir: Folder to write to, made if missing.
        result: The sweep.
        reader: What its strings were read with.
    """
    best = best_values(result, reader)
    with written_together(out_dir) as made:
        write_csv(made / "sweep.csv", COLUMNS, [_values(row, result.images) for row in result.rows])
        (made / "best_threshold.json").write_text(json.dumps(best, indent=2), encoding="utf-8")
        plot_sweep(result, best["strings"]).savefig(made / "sweep.png", dpi=120)


def plot_sweep(result: Sweep, best: dict) -> Figure:
    """Draw mAP and accuracy over the thresholds.

    Args:
        result: The sweep.
        best: The ``strings`` of :func:`best_values`.

    Returns:
        The figure: two curves, the accuracy's 95% interval as a band, the best threshold marked.
    """
    thresholds, _, mean_aps, accuracies, lows, highs, _ = zip(
        *(_values(row, result.images) for row in result.rows), strict=True
    )
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(thresholds, accuracies, marker=".", color="tab:blue", label="string accuracy")
    axes.fill_between(
        thresholds, lows, highs, color="tab:blue", alpha=0.15, linewidth=0, label="95% interval"
    )
    axes.plot(thresholds, mean_aps, marker=".", color="tab:orange", label="mAP of the cut file")
    axes.axhline(result.uncut, color="tab:orange", linestyle=":", label="mAP of the whole file")
    point = (best["score_thr"], best["accuracy"])
    axes.axvline(point[0], color="0.4", linestyle="--", linewidth=1)
    axes.plot(*point, marker="o", color="tab:blue")
    axes.annotate(
        f"{point[1]:.4f} at {point[0]:g}", point, xytext=(6, 8), textcoords="offset points"
    )
    axes.set(xlabel="score threshold", ylabel="fraction", ylim=(0, 1), xlim=(0, 1))
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _values(row: SweepRow, total: int) -> tuple:
    low, high = accuracy_interval(row.right, total)
    accuracy = row.right / total
    return row.score_thr, row.detections, row.mean_ap, accuracy, low, high, row.unread
