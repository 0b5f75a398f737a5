"""A report from a run's files."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from mmdigits import __version__
from mmdigits.analysis.average_precision import AveragePrecision
from mmdigits.analysis.comparison import name_runs
from mmdigits.analysis.errors import KINDS, classify_all
from mmdigits.analysis.run_log import RunLog, read_run
from mmdigits.errors import InputError
from mmdigits.files.export import Submission, read_submission
from mmdigits.files.image_set import ImageSet, read_image_set
from mmdigits.report import tables
from mmdigits.report.image_columns import image_columns, other_columns
from mmdigits.report.output import Output, photographs_folder, report_output
from mmdigits.report.page import render_page
from mmdigits.report.photographs import Photographs, place_photographs
from mmdigits.report.sources import find_photographs, find_runs
from mmdigits.report.training import training_curves

MOST_EMBEDDED = 2000  # images


class Options(NamedTuple):
    """What a report is made of.

    Attributes:
        submission: Folder of ``pred.json``, ``pred.csv`` and maybe ``readings.json``.
        labels: COCO labels of the images.
        photographs: Their folder; None looks beside the labels.
        runs: Work dirs with training logs; None looks beside the submission.
        against: Folder of another submission on the same images, or None.
        title: Of the page; None makes one.
        resamples: Draws of the images for the intervals of mAP; 0 leaves them out.
        embed: The most images whose photographs the page itself holds.
    """

    submission: Path
    labels: Path
    photographs: Path | None = None
    runs: Sequence[Path] | None = None
    against: Path | None = None
    title: str | None = None
    resamples: int = 1000
    embed: int = MOST_EMBEDDED


class _Inputs(NamedTuple):
    images: ImageSet
    submission: Submission
    other: Submission | None
    runs: dict[str, RunLog]


def write_report(page: Path, options: Options) -> list[str]:
    """Write a report.

    Args:
        page: The file; photographs that it can't hold go into a folder beside it.
        options: What it's made of.

    Returns:
        Lines for whoever ordered it: what was written, and what is missing in it.

    Raises:
        InputError: If an input is missing or wrong, or the report can't be written there.
    """
    with report_output(page) as output:
        source = find_photographs(options.labels, options.photographs)
        inputs = _read(options)
        photographs = _place(output, source, inputs.images, options)
        data = _data(inputs, photographs, options)
        folder = photographs_folder(page).name if photographs.in_folder else None
        data["photographs"] = dict(folder=folder, missing=photographs.missing)
        title = options.title or f"{inputs.submission.name} on {options.labels.stem}"
        text = render_page(title, data, photographs.inside)
        # Line ends stay as they are: the hashes of style and script are those of this text.
        output.page.write_bytes(text.encode("utf-8", errors="xmlcharrefreplace"))
    summary, beside = data["summary"], f" beside {folder}/" if folder else ""
    return [
        f"{page}: {summary['images']} images, {summary['right']} read right "
        f"({summary['accuracy']:.4f}); {len(text) / 1e6:.1f} MB{beside}",
        *_what_is_missing(source, photographs, inputs),
    ]


def _read(options: Options) -> _Inputs:
    if options.resamples < 0:
        raise InputError(
            f"resamples is {options.resamples}; allowed is 0 (no interval of mAP) or more"
        )
    images = read_image_set(labels=options.labels)
    submission = read_submission(options.submission, images)
    other = None if options.against is None else read_submission(options.against, images)
    folders = find_runs(options.submission, options.runs)
    try:
        runs = {name: read_run(folder) for name, folder in name_runs(folders).items()}
    except InputError:
        # The submission's parent was a guess.
        if options.runs is not None:
            raise
        runs = {}
    return _Inputs(images, submission, other, runs)


def _place(output: Output, source: Path | None, images: ImageSet, options: Options) -> Photographs:
    photographs = place_photographs(source, images.names, output.photographs, options.embed)
    if options.photographs is not None and len(photographs.missing) == len(images.names):
        raise InputError(
            f"none of the {len(images.names)} photographs of {options.labels} is in "
            f"{source}; name the folder that their file names start from"
        )
    return photographs


def _data(inputs: _Inputs, photographs: Photographs, options: Options) -> dict[str, object]:
    records, submission, other = inputs.images.records, inputs.submission, inputs.other
    outcomes = classify_all(records, submission.detections, submission.answers)
    precision = AveragePrecision(records, submission.detections)
    data = dict(
        version=__version__,
        submission=submission.name,
        labels=options.labels.name,
        kinds=KINDS,
        summary=tables.summary(outcomes, precision, options.resamples),
        tables=tables.error_tables(records, submission, outcomes),
        confidence=tables.confidence_tables(outcomes, submission.confidences),
        training=training_curves(inputs.runs),
        comparison=None,
        images=image_columns(records, submission, outcomes, photographs.sizes),
    )
    if other is not None:
        other_outcomes = classify_all(records, other.detections, other.answers)
        other_precision = AveragePrecision(records, other.detections)
        pairs = (outcomes, other_outcomes, precision, other_precision)
        data["comparison"] = tables.comparison(other.name, *pairs, options.resamples)
        data["images"] |= other_columns(other_outcomes, other.confidences)
    return data


def _what_is_missing(source: Path | None, photographs: Photographs, inputs: _Inputs) -> list[str]:
    lines = []
    if source is None:
        lines.append("no photographs: --images names their folder")
    elif photographs.missing:
        lines.append(f"{len(photographs.missing)} photographs are missing in {source}, or broken")
    if inputs.submission.readings is None:
        lines.append("no confidences: the submission has no readings.json")
    if not inputs.runs:
        lines.append("no training curves: --run names the work dir of a training")
    return lines
