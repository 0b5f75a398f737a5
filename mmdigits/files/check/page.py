"""The page that tells what was found, as plain text."""

import textwrap
from collections import Counter

from mmdigits.files.check.check import Report
from mmdigits.files.check.findings import Finding, counted, printable
from mmdigits.files.check.rule import ERROR, LEVELS, WARNING

WIDTH = 100

_FULL = 48  # lines; findings after them are told in short


def page(report: Report) -> str:
    """Write a report, verdict last.

    Args:
        report: What was found.

    Returns:
        Lines of at most ``WIDTH`` printable characters, but for names of files, which stay whole.
        Findings that don't fit on a page get one line each.
    """
    lines = [printable(report.name)]
    for fact in report.facts:
        lines += _wrapped(fact, "  ", "    ")
    left = list(report.findings)
    while left and len(lines) < _FULL:
        lines += ["", *_block(left.pop(0))]
    if left:
        lines += ["", "and, in short:"]
        lines += [_line(found) for found in left]
    return "\n".join([*lines, "", verdict(report)])


def verdict(report: Report) -> str:
    """Sum a report up in one line: its name, how many findings of each level, what they mean."""
    counts = Counter(found.level for found in report.findings)
    numbers = ", ".join(counted(counts[level], level) for level in LEVELS)
    if counts[ERROR]:
        meaning = "it would not be scored as meant"
    elif counts[WARNING]:
        meaning = "it can be scored, but look at the warnings first"
    else:
        meaning = "nothing speaks against handing it in"
    return f"{printable(report.name)}: {numbers}: {meaning}"


def fails(report: Report, strict: bool = False) -> bool:
    """Tell whether a report has an error, or with ``strict`` a warning."""
    bad = (ERROR, WARNING) if strict else (ERROR,)
    return any(found.level in bad for found in report.findings)


def _head(found: Finding) -> str:
    return f"{found.level.upper()} {found.code}: {found.where}: {found.what}"


def _line(found: Finding) -> str:
    head = printable(_head(found))
    return head if len(head) <= WIDTH else head[: WIDTH - 3] + "..."


def _block(found: Finding) -> list[str]:
    return [
        *_wrapped(_head(found), "", "  "),
        *_wrapped(found.why, "  why: ", "       "),
        *_wrapped(found.mend, "  mend: ", "        "),
    ]


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        printable(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_on_hyphens=False,
    )
