"""The files that a report is made from."""

from collections.abc import Sequence
from pathlib import Path

from mmdigits.errors import InputError


def find_photographs(labels: Path, given: Path | None) -> Path | None:
    """Find the folder of the photographs.

    Args:
        labels: The labels' file.
        given: The folder that was named, or None.

    Returns:
        The one that was named, else the one beside the labels that is named like them without the
        suffix; None if there is none.

    Raises:
        InputError: If the folder that was named doesn't exist.
    """
    if given is not None:
        if not given.is_dir():
            raise InputError(
                f"there is no folder {given}; name the photographs' folder, or leave --images out"
            )
        return given
    beside = labels.with_suffix("")
    return beside if beside.is_dir() else None


def find_runs(submission: Path, given: Sequence[Path] | None) -> list[Path]:
    """Find the work dirs whose curves are shown.

    Args:
        submission: The folder of the export.
        given: The work dirs that were named, or None.

    Returns:
        Those that were named, else the submission's parent if it has a training log; may be empty.
    """
    if given is not None:
        return list(given)
    parent = submission.resolve().parent
    return [parent] if any(parent.glob("*/vis_data/scalars.json")) else []
