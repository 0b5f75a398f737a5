"""Predictions as files, of any model: check, merge, read, score and sweep them."""

from mmdigits.evaluation.predictions.average_precision import AveragePrecision
from mmdigits.evaluation.predictions.ensemble import (
    Candidate,
    choose,
    make_candidates,
    write_ensemble,
)
from mmdigits.evaluation.predictions.ensemble_text import table, warnings_of
from mmdigits.evaluation.predictions.files import coverage_warnings, read_detections
from mmdigits.evaluation.predictions.image_set import ImageSet, read_image_set
from mmdigits.evaluation.predictions.labels_file import read_labels_file
from mmdigits.evaluation.predictions.merging import merge_detections
from mmdigits.evaluation.predictions.strings import (
    Reading,
    ensemble_readers,
    read_strings,
    reader_options,
    vote,
)
from mmdigits.evaluation.predictions.sweep import parse_thresholds, sweep
from mmdigits.evaluation.predictions.sweep_files import sweep_lines, write_sweep

__all__ = [
    "AveragePrecision",
    "Candidate",
    "ImageSet",
    "Reading",
    "choose",
    "coverage_warnings",
    "ensemble_readers",
    "make_candidates",
    "merge_detections",
    "parse_thresholds",
    "read_detections",
    "read_image_set",
    "read_labels_file",
    "read_strings",
    "reader_options",
    "sweep",
    "sweep_lines",
    "table",
    "vote",
    "warnings_of",
    "write_ensemble",
    "write_sweep",
]
