"""The table of results: what the reports claim and what was measured, from one file of records."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mmdigits.analysis.strings import accuracy_interval
from mmdigits.errors import InputError

CLAIMS = ("valid", "test", "public", "private")
# Of a run, and the type of each; a score is a number from 0 to 1.
REQUIRED = dict(
    command=str,
    commit=str,
    seed=int,
    hardware=str,
    minutes=(int, float),
    data=str,
    cut=str,
    images=int,
    right=int,
    map=float,
)
OPTIONAL = dict(map_interval=list, note=str)


def read_records(path: str | os.PathLike) -> dict[str, Any]:
    """Read and check a metafile.

    Args:
        path: A YAML file with ``about``, a text; ``data``, a text by name; and ``configs``, for
            each config below ``configs/`` a dict of ``title``; ``claimed``, by split (``valid``,
            ``test``, ``public``, ``private``) ``accuracy`` and ``map`` as the report writes them,
            quoted, and ``note``, what it says without a number; and ``measured``, a list of runs.
            A run has ``command``, ``commit``, ``seed``, ``hardware``, ``minutes`` of training and
            evaluation, ``data`` (a name), ``cut`` (how far the recipe was cut, or ``none``),
            ``images`` that were read and how many of them ``right``, ``map`` and, if they are
            known, ``map_interval`` (lower and upper bound) and ``note``.

    Returns:
        The file's content.

    Raises:
        InputError: If the file is missing or no YAML, or a record lacks a key, has a strange one or
            a value of the wrong kind.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"results: can't read {path}: {' '.join(str(error).split())}") from error
    _check_keys("the file", content, dict(about=str, data=dict, configs=dict))
    for name, record in content["configs"].items():
        _check_keys(name, record, dict(title=str, claimed=dict, measured=list))
        splits = dict.fromkeys(CLAIMS, dict)
        _check_keys(f"claimed of {name}", record["claimed"], {}, splits | dict(note=str))
        for split in set(CLAIMS) & set(record["claimed"]):
            scores = record["claimed"][split]
            _check_keys(f"{split} of {name}", scores, {}, dict(accuracy=str, map=str))
            if not all(re.fullmatch(r"0?\.\d+", score) for score in scores.values()):
                raise _wrong(f"{split} of {name} is {scores}; a score is quoted, like '.81'")
        for run in record["measured"]:
            _check_run(name, run, content["data"])
    return content


def _check_run(name: str, run: Any, data: Mapping[str, str]) -> None:
    _check_keys(f"measured of {name}", run, REQUIRED, OPTIONAL)
    if run["data"] not in data:
        raise _wrong(f"{name} was measured on {run['data']!r}; allowed: {', '.join(data)}")
    if not 0 <= run["right"] <= run["images"] or not run["images"]:
        raise _wrong(f"{name} has {run['right']} of {run['images']} numbers right")
    bounds = run.get("map_interval", [run["map"], run["map"]])
    if len(bounds) != 2 or not 0 <= bounds[0] <= run["map"] <= bounds[1] <= 1:
        raise _wrong(f"{name} has map {run['map']} in {bounds}; allowed is 0 to 1, in its interval")


def _check_keys(
    what: str, given: Any, required: Mapping[str, Any], optional: Mapping[str, Any] | None = None
) -> None:
    if not isinstance(given, Mapping):
        raise _wrong(f"{what} is {given!r}; it must be a mapping")
    known = {**required, **(optional or {})}
    missing, strange = set(required) - set(given), set(given) - set(known)
    if missing or strange:
        raise _wrong(
            f"{what} lacks {sorted(missing)} and has unknown {sorted(strange)}; allowed: "
            f"{', '.join(known)}"
        )
    for key, value in given.items():
        if not isinstance(value, known[key]):
            kind = getattr(known[key], "__name__", "number")
            raise _wrong(f"{what} has {key}: {value!r}, which is no {kind}")


def _wrong(problem: str) -> InputError:
    return InputError(f"results: {problem}; mend the metafile")


def render(content: Mapping[str, Any]) -> str:
    """Write the table as Markdown.

    Args:
        content: What :func:`read_records` returns.

    Returns:
        The page: a row for each config and each of its runs, then the runs one by one.
    """
    lines = [
        "<!-- Made by tools/make_results_table.py from metafile.yml: change that file. -->",
        "",
        "# Results",
        "",
        content["about"].strip(),
        "",
        "| config | claimed in validation | claimed in test, or in words | measured |",
        "| --- | --- | --- | --- |",
    ]
    runs = []
    for name, record in content["configs"].items():
        measured = []
        for run in record["measured"]:
            runs.append((name, run))
            cut = "" if run["cut"] == "none" else f"; cut: {run['cut']}"
            measured.append(f"{_scores(run)}{cut} ([run {len(runs)}](#run-{len(runs)}))")
        claimed = record["claimed"]
        valid = _claim(claimed.get("valid"))
        tests = [
            ("" if split == "test" else f"{split} ") + _claim(claimed[split])
            for split in CLAIMS[1:]
            if split in claimed
        ]
        test = "; ".join([*tests, claimed["note"]] if "note" in claimed else tests)
        link = f"[{Path(name).stem}](../{name})"
        lines.append(f"| {link}: {record['title']} | {valid} | {test} | {'<br>'.join(measured)} |")
    lines += ["", "Each cell: string accuracy, mAP. An empty cell: not stated, or not measured."]
    for number, (name, run) in enumerate(runs, start=1):
        lines += ["", *_run(number, name, run, content["data"])]
    return "\n".join(lines) + "\n"


def _claim(scores: Mapping[str, float] | None) -> str:
    if not scores:
        return ""
    return ", ".join(scores.get(score, "-") for score in ("accuracy", "map"))


def _scores(run: Mapping[str, Any]) -> str:
    low, high = accuracy_interval(run["right"], run["images"])
    accuracy = f"{run['right'] / run['images']:.3f} ({low:.3f} to {high:.3f})"
    interval = run.get("map_interval")
    between = f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
    return f"{accuracy}, {run['map']:.3f}{between}"


def _run(number: int, name: str, run: Mapping[str, Any], data: Mapping[str, str]) -> list[str]:
    note = [run["note"].strip(), ""] if "note" in run else []
    return [
        f"### Run {number}",
        "",
        f"[{Path(name).stem}](../{name}): {run['right']} of {run['images']} numbers right; "
        f"{_scores(run)}.",
        "",
        *note,
        f"Data: {data[run['data']].strip()} Cut: {run['cut']}. {run['minutes']:g} minutes on "
        f"{run['hardware']}, seed {run['seed']}, commit {run['commit']}.",
        "",
        "```bash",
        run["command"].strip(),
        "```",
    ]
