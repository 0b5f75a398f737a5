"""The table of results: what the reports claim and what was measured, from one file of records."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mmdigits.errors import InputError
from mmdigits.evaluation.functional import accuracy_interval

CLAIMS = ("valid", "test", "public", "private")
MEASURED = ("command", "commit", "seed", "hardware", "minutes", "data", "images", "right", "map")
OPTIONAL = ("map_interval", "note")


def read_records(path: str | os.PathLike) -> dict[str, Any]:
    """Read and check a metafile.

    Args:
        path: A YAML file with ``about``, a text; ``data``, a text by name; and ``configs``, for
            each config below ``configs/`` a dict of ``title``, ``claimed`` (``accuracy`` and
            ``map`` in [0, 1] by split) and ``measured``, a list of runs with the keys of
            ``MEASURED`` and, if they are known, of ``OPTIONAL``.

    Returns:
        The file's content.

    Raises:
        InputError: If the file is missing or no YAML, or a record lacks a key or has a strange one.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"results: can't read {path}: {' '.join(str(error).split())}") from error
    _check_keys("the file", content, {"about", "data", "configs"})
    _check_keys("configs", content["configs"], set(), set(content["configs"]))
    _check_keys("data", content["data"], set(), set(content["data"]))
    for name, record in content["configs"].items():
        _check_keys(name, record, {"title", "claimed", "measured"})
        _check_keys(f"claimed of {name}", record["claimed"], set(), set(CLAIMS))
        for split, scores in record["claimed"].items():
            _check_keys(f"{split} of {name}", scores, set(), {"accuracy", "map"})
        for run in record["measured"]:
            _check_keys(f"measured of {name}", run, set(MEASURED), set(OPTIONAL))
            if run["data"] not in content["data"]:
                raise InputError(
                    f"results: {name} was measured on {run['data']!r}; allowed: "
                    f"{', '.join(content['data'])}; add the data to the file"
                )
    return content


def _check_keys(
    what: str, given: Any, required: set[str], optional: set[str] | None = None
) -> None:
    if not isinstance(given, Mapping):
        raise InputError(f"results: {what} is {given!r}; it must be a mapping; mend the metafile")
    missing, strange = required - set(given), set(given) - required - (optional or set())
    if missing or strange:
        raise InputError(
            f"results: {what} lacks {sorted(missing)} and has unknown {sorted(strange)}; allowed: "
            f"{', '.join(sorted(required | (optional or set())))}; mend the metafile"
        )


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
        "| config | claimed in validation | claimed in test | measured |",
        "| --- | --- | --- | --- |",
    ]
    runs = []
    for name, record in content["configs"].items():
        measured = []
        for run in record["measured"]:
            runs.append((name, run))
            measured.append(f"{_scores(run)} [{len(runs)}](#run-{len(runs)})")
        claimed = record["claimed"]
        valid = _claim(claimed.get("valid"))
        test = "; ".join(
            ("" if split == "test" else f"{split} ") + _claim(claimed[split])
            for split in CLAIMS[1:]
            if split in claimed
        )
        link = f"[{Path(name).stem}](../{name})"
        lines.append(f"| {link}: {record['title']} | {valid} | {test} | {'<br>'.join(measured)} |")
    lines += ["", "Each cell: string accuracy, mAP. An empty cell: not stated, or not measured."]
    for number, (name, run) in enumerate(runs, start=1):
        lines += ["", *_run(number, name, run, content["data"])]
    return "\n".join(lines) + "\n"


def _claim(scores: Mapping[str, float] | None) -> str:
    if not scores:
        return ""
    return ", ".join(f"{scores[k]:.4g}" if k in scores else "-" for k in ("accuracy", "map"))


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
        f"Data: {data[run['data']].strip()} {run['minutes']:g} minutes on {run['hardware']}, seed "
        f"{run['seed']}, commit {run['commit']}.",
        "",
        "```bash",
        run["command"].strip(),
        "```",
    ]
