"""The log that training leaves in a work dir, as curves over iterations."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdigits.errors import InputError

# The end of a scalar's name on lines of training and of validation, the first choice first. What
# stands before it is a metric's prefix, or the phase when MMEngine logs with hierarchy. base_lr is
# there when parameter groups have rates of their own.
TRAIN_SCALARS = {"train_loss": ("loss",), "lr": ("base_lr", "lr")}
VAL_SCALARS = {"val_loss": ("loss",), "seq_acc": ("seq_acc",), "bbox_mAP": ("bbox_mAP",)}


class Curve(NamedTuple):
    """One logged quantity of one run.

    Attributes:
        iterations: ``(N,)`` int64, how many training steps were done; rising, N is at least 1.
        values: ``(N,)`` float64; NaN where the logged value is not finite.
    """

    iterations: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class RunLog:
    """What one run logged.

    Attributes:
        curves: By name, those that were logged: ``train_loss``, ``val_loss``, ``seq_acc``,
            ``bbox_mAP`` and ``lr``. ``train_loss`` is always there.
        epoch_length: Training steps an epoch; None when the run counts iterations, or has not
            logged two epochs.
        unreadable: Number of lines that were skipped, such as one half written at a kill.
    """

    curves: dict[str, Curve]
    epoch_length: int | None
    unreadable: int


class _Validation(NamedTuple):
    line: dict
    after: dict  # the last line of training before it


def read_run(folder: Path) -> RunLog:
    """Read the log of a run, however often it was resumed.

    MMEngine's ``LocalVisBackend`` writes JSON lines to ``TIMESTAMP/vis_data/scalars.json``, into a
    new folder whenever training starts. A later start replaces what earlier ones logged from its
    own first line of training on.

    Args:
        folder: The work dir, or one of its time-stamped folders to see that start alone.

    Returns:
        The curves of the run.

    Raises:
        InputError: If the folder or its log is missing, or training stopped before it logged
            anything.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; give the work dir of a run")
    # Names are times, so their order is that of the starts.
    files = sorted(folder.glob("*/vis_data/scalars.json")) or sorted(
        folder.glob("vis_data/scalars.json")
    )
    if not files:
        raise InputError(
            f"no training log (TIMESTAMP/vis_data/scalars.json) in {folder}; give the work dir of "
            "a run"
        )
    train: list[dict] = []
    validations: list[_Validation] = []
    lines, unreadable = _read_lines(files)
    for line in lines:
        if "iter" not in line:
            if train:
                validations.append(_Validation(line, train[-1]))
            continue
        while train and train[-1]["iter"] >= line["iter"]:
            train.pop()
        while validations and validations[-1].after["iter"] >= line["iter"]:
            validations.pop()
        train.append(line)
    if not train:
        raise InputError(
            f"the log in {folder} has no line of training; the run was stopped before its first "
            "(default_hooks.logger.interval)"
        )
    epoch_length = _epoch_length(train)
    points = [(line["iter"], line) for line in train]
    curves = {name: _curve(points, endings) for name, endings in TRAIN_SCALARS.items()}
    points = [(_iteration(validation, epoch_length), validation.line) for validation in validations]
    curves |= {name: _curve(points, endings) for name, endings in VAL_SCALARS.items()}
    if curves["train_loss"] is None:
        raise InputError(f"the log in {folder} has no training loss")
    return RunLog({k: v for k, v in curves.items() if v is not None}, epoch_length, unreadable)


def _read_lines(files: Iterable[Path]) -> tuple[list[dict], int]:
    lines, skipped = [], 0
    for file in files:
        for text in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                line = None
            if isinstance(line, dict) and "step" in line and _counts(line):
                lines.append(line)
            else:
                skipped += 1
    return lines, skipped


def _counts(line: dict) -> bool:
    present = [line[key] for key in ("step", "iter", "epoch") if key in line]
    return all(type(value) is int and abs(value) < 2**53 for value in present)


def _epoch_length(train: list[dict]) -> int | None:
    # Every epoch logs its first line after as many steps, so these lines are an epoch apart.
    first: dict[int, int] = {}
    for line in train:
        if "epoch" in line:
            first.setdefault(line["epoch"], line["iter"])
    epochs = sorted(first)
    lengths = [(first[b] - first[a]) / (b - a) for a, b in pairwise(epochs)]
    # The median: a run may have been resumed with another logging interval.
    return round(float(np.median(lengths))) if lengths else None


def _iteration(validation: _Validation, epoch_length: int | None) -> int:
    step, after = validation.line["step"], validation.after
    if epoch_length is not None and step == after.get("epoch"):
        return step * epoch_length
    # An iteration, unless the logger counts epochs: then it is behind what was last trained.
    return max(step, after["iter"])


def _curve(points: list[tuple[int, dict]], endings: tuple[str, ...]) -> Curve | None:
    found = [
        (iteration, line[key])
        for iteration, line in points
        if (key := _key(line, endings)) is not None
    ]
    if not found:
        return None
    iterations, values = zip(*found, strict=True)
    array = np.array(values, dtype=np.float64)
    array[~np.isfinite(array)] = np.nan
    return Curve(np.array(iterations, dtype=np.int64), array)


def _key(line: dict, endings: tuple[str, ...]) -> str | None:
    for ending in endings:
        # The shortest is the total: mmdet's heads and metrics lengthen names.
        keys = [
            key
            for key, value in line.items()
            if key.endswith(ending) and isinstance(value, int | float)
        ]
        if keys:
            return min(keys, key=len)
    return None
