"""Two exported runs on the same images: their scores, the differences, and a verdict as text."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from mmdigits.analysis.average_precision import AveragePrecision
from mmdigits.analysis.paired_accuracy import PairedAccuracy, is_beyond_noise, paired_accuracy
from mmdigits.analysis.paired_mean_ap import PairedMeanAP, paired_mean_ap
from mmdigits.analysis.strings import accuracy_interval
from mmdigits.errors import InputError
from mmdigits.files.detections import Detections, read_detections
from mmdigits.files.image_set import ImageSet
from mmdigits.files.labels_file import read_labels_file

LEAST_RESAMPLES = 100


class ExportedRun(NamedTuple):
    """What a run says about a set of images.

    Attributes:
        name: For readers.
        detections: By image id.
        strings: By image id; ``""`` where nothing is read.
    """

    name: str
    detections: Mapping[int, Detections]
    strings: Mapping[int, str]


def read_run(folder: Path, images: ImageSet) -> ExportedRun:
    """Read a folder that holds an export.

    Args:
        folder: Holds ``pred.json`` and ``pred.csv``.
        images: The images that it's about.

    Returns:
        The run, named after the folder as it's given.

    Raises:
        InputError: If a file is missing or wrong, or is about other images.
    """
    return ExportedRun(
        str(folder),
        read_detections(folder / "pred.json", images),
        read_labels_file(folder / "pred.csv", images),
    )


def compare(
    images: ImageSet, a: ExportedRun, b: ExportedRun, resamples: int = 1000, seed: int = 0
) -> tuple[PairedAccuracy, PairedMeanAP]:
    """Compare strings and boxes of two runs.

    Args:
        images: All images, with labels.
        a: Run A, which B is compared with.
        b: Run B.
        resamples: How often the images are drawn for the intervals of mAP.
        seed: Of the draws.

    Returns:
        Both comparisons, B minus A, with 95% intervals.

    Raises:
        InputError: If ``resamples`` is below :data:`LEAST_RESAMPLES`.
    """
    if resamples < LEAST_RESAMPLES:
        raise InputError(
            f"resamples is {resamples}; an interval takes {LEAST_RESAMPLES} draws or more: mend "
            "--resamples"
        )
    right_a, right_b = (
        [run.strings[i] == truth for i, truth in zip(images.names, images.truths, strict=True)]
        for run in (a, b)
    )
    precision_a, precision_b = (AveragePrecision(images.records, run.detections) for run in (a, b))
    return (
        paired_accuracy(right_a, right_b),
        paired_mean_ap(precision_a, precision_b, resamples, seed),
    )


def verdict(accuracy: PairedAccuracy, mean_ap: PairedMeanAP) -> str:
    """Say in one sentence which run is better, or that neither is.

    Args:
        accuracy: The comparison of strings.
        mean_ap: The comparison of boxes.

    Returns:
        The sentence; a difference is within noise unless :func:`is_beyond_noise`. Differences and
        95% intervals are in points: hundredths of accuracy or mAP.
    """
    judged = [_judged("string accuracy", accuracy), _judged("mAP", mean_ap)]
    return f"On these {accuracy.images} images {', and '.join(judged)}."


def comparison_lines(
    a: ExportedRun, b: ExportedRun, accuracy: PairedAccuracy, mean_ap: PairedMeanAP
) -> list[str]:
    """Lay a comparison out as text.

    Args:
        a: Run A.
        b: Run B.
        accuracy: The comparison of strings.
        mean_ap: The comparison of boxes.

    Returns:
        Two lines a run, two of differences, one of images, and the :func:`verdict`; intervals are
        95% ones, in brackets.
    """
    lines = []
    for letter, run in (("a", a), ("b", b)):
        right = accuracy.both + getattr(accuracy, f"only_{letter}")
        low, high = accuracy_interval(right, accuracy.images)
        value, *bounds = (getattr(mean_ap, f"{letter}{end}") for end in ("", "_low", "_high"))
        lines += [
            f"{letter.upper()}: {run.name}",
            f"  string accuracy {right / accuracy.images:.4f} ({low:.4f} to {high:.4f}): "
            f"{right} of {accuracy.images}; mAP {value:.4f} ({bounds[0]:.4f} to {bounds[1]:.4f})",
        ]
    return [
        *lines,
        f"B - A: string accuracy {100 * accuracy.difference:+.1f} points "
        f"({_interval(accuracy)}), McNemar p {accuracy.p:.2g}",
        f"B - A: mAP {100 * mean_ap.difference:+.1f} points ({_interval(mean_ap)}), "
        f"bootstrap p {mean_ap.p:.2g}, {mean_ap.resamples} draws",
        f"images read right: only by A {accuracy.only_a}, only by B {accuracy.only_b}, by both "
        f"{accuracy.both}, by neither {accuracy.neither}",
        verdict(accuracy, mean_ap),
    ]


def _judged(name: str, result: PairedAccuracy | PairedMeanAP) -> str:
    if not is_beyond_noise(result):
        return (
            f"a difference of {100 * result.difference:+.1f} points of {name} (B - A, 95% interval "
            f"{_interval(result)}) is within noise"
        )
    better, worse = "BA" if result.difference > 0 else "AB"
    low, high = sorted((abs(result.low), abs(result.high)))
    return (
        f"{better} is better than {worse} by {100 * abs(result.difference):.1f} points of {name} "
        f"(95% interval {100 * low:.1f} to {100 * high:.1f})"
    )


def _interval(result: PairedAccuracy | PairedMeanAP) -> str:
    return f"{100 * result.low:+.1f} to {100 * result.high:+.1f}"
