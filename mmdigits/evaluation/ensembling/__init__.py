"""Several models' predictions as one."""

from mmdigits.evaluation.ensembling.ensemble import (
    Candidate,
    choose,
    make_candidates,
    write_ensemble,
)
from mmdigits.evaluation.ensembling.ensemble_text import table, warnings_of
from mmdigits.evaluation.ensembling.strings import ensemble_readers, read_strings, vote
from mmdigits.models.utils import merge_detections

__all__ = [
    "Candidate",
    "choose",
    "ensemble_readers",
    "make_candidates",
    "merge_detections",
    "read_strings",
    "table",
    "vote",
    "warnings_of",
    "write_ensemble",
]
