"""From the text of a ``pred.csv`` to its rows, whatever is wrong with the table."""

import csv
import io
import re
from collections.abc import Sequence, Set
from typing import NamedTuple

from mmdigits.files.check.findings import Finding, counted, finding, shown, some
from mmdigits.files.check.table import as_image_id

COLUMNS = ("image_id", "pred_label")

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
_ALIASES = (
    {"imageid", "id", "image", "imgid", "img", "filename", "file", "name", "imagename"},
    {"predlabel", "label", "pred", "prediction", "predlabels", "string", "number", "digits"},
)


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        line: Its number in the file, from 1.
        image_id: The text in the column of ids.
        label: The text in the column of strings.
    """

    line: int
    image_id: str
    label: str


def read_rows(where: str, text: str, ids: Set[int]) -> tuple[list[Row], list[Finding]]:
    """Read a table that may be broken.

    Args:
        where: The file, for findings.
        text: Its content.
        ids: The images that are known from elsewhere; may be empty. They tell swapped columns.

    Returns:
        The rows below the header, as far as they have two values, and what is wrong with them.
    """
    lines, findings = _split(where, text)
    if not lines:
        return [], [*findings, finding("csv-empty", where, "the file has no line")]
    first = lines[0][1]
    if len(first) < 2:
        what = f"line 1 is {shown(first[0])}: one column, not {','.join(COLUMNS)}"
        return [], [*findings, finding("csv-columns", where, what)]
    columns, has_header, more = _columns(where, first)
    findings += more
    rows, ragged = [], []
    for line, cells in lines[1 if has_header else 0 :]:
        if len(cells) != len(first):
            ragged.append((line, cells))
        if len(cells) > max(columns):
            rows.append(Row(line, cells[columns[0]], cells[columns[1]]))
    if ragged:
        examples = [f"line {line:,} ({shown(','.join(cells))})" for line, cells in ragged[:5]]
        what = f"{counted(len(ragged), 'line')} with another number of values than the "
        what += f"{len(first)} of the first line: {some(examples, len(ragged))}"
        findings.append(finding("csv-row", where, what))
    if not rows and not ragged:
        what = "there is a header and no row"
        findings.append(finding("csv-empty", where, what))
    if _swapped(rows, ids):
        first_row = f"line {rows[0].line:,}: {shown(rows[0].image_id)}, {shown(rows[0].label)}"
        what = f"the values of image_id and pred_label are swapped: {first_row}"
        findings.append(finding("csv-swapped", where, what))
        rows = [Row(row.line, row.label, row.image_id) for row in rows]
    return rows, findings


def _split(where: str, text: str) -> tuple[list[tuple[int, list[str]]], list[Finding]]:
    findings = []
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = first.replace('"', "")
    separator = next((s for s in _SEPARATORS if s in bare.strip()), ",")
    if separator != ",":
        what = f"values are separated by {_SEPARATORS[separator]}, not commas: {shown(first)}"
        findings.append(finding("csv-delimiter", where, what))
    quoting = csv.QUOTE_MINIMAL
    if re.fullmatch(r'\s*"[^"]*,[^"]*"\s*', first):
        what = f"whole lines stand in quotation marks: {shown(first)}"
        findings.append(finding("csv-quote", where, what))
        text, quoting = text.replace('"', ""), csv.QUOTE_NONE
    lines, trouble = _parse(text, separator, quoting)
    if trouble:
        findings.append(finding("csv-quote", where, trouble))
        lines, _ = _parse(text.replace('"', ""), separator, csv.QUOTE_NONE)
    return lines, findings


def _parse(
    text: str, separator: str, quoting: int
) -> tuple[list[tuple[int, list[str]]], str | None]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting)
    lines: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for cells in reader:
            if any("\n" in cell or "\r" in cell for cell in cells):
                return lines, f"a quotation mark in line {before + 1:,} isn't closed in that line"
            if cells:
                lines.append((reader.line_num, cells))
            before = reader.line_num
    except csv.Error as error:  # a value of more than 131,072 characters
        return lines, f"line {before + 1:,} can't be split into values ({error})"
    return lines, None


def _columns(where: str, first: Sequence[str]) -> tuple[tuple[int, int], bool, list[Finding]]:
    names = list(first)
    if all(names.count(column) == 1 for column in COLUMNS):
        extra = [name for name in names if name not in COLUMNS]
        found = []
        if extra:
            index = any(name.strip() in ("", "Unnamed: 0", "index") for name in extra)
            what = f"besides the two there is the column {some([shown(name) for name in extra])}"
            what += ": the row numbers that pandas adds" if index else ""
            found = [finding("csv-extra", where, what)]
        return (names.index(COLUMNS[0]), names.index(COLUMNS[1])), True, found
    if as_image_id(first[0]) is not None or not any(c.isalpha() for c in "".join(first)):
        what = f"there is no header: line 1 is {shown(','.join(first))}"
        return (0, 1), False, [finding("csv-header", where, what)]
    what = f"the columns are called {some([shown(name) for name in names])}, "
    what += f"not {' and '.join(COLUMNS)}"
    plain = [re.sub(r"[^a-z]", "", name.lower()) for name in names]
    guess = [next((i for i, n in enumerate(plain) if n in known), None) for known in _ALIASES]
    if None in guess or guess[0] == guess[1]:
        guess = [0, 1]
    return (guess[0], guess[1]), True, [finding("csv-columns", where, what)]


def _swapped(rows: Sequence[Row], ids: Set[int]) -> bool:
    named = [as_image_id(row.image_id) for row in rows]
    labels = [as_image_id(row.label) for row in rows]
    if len(rows) < 3 or None in labels or len(set(labels)) < len(labels):
        return False
    if ids:
        return sum(i in ids for i in labels) > 0.9 * len(rows) > 1.5 * sum(i in ids for i in named)
    spread = max(labels) - min(labels) + 1
    return len(rows) >= 10 and spread < 1.1 * len(rows) and len(set(named)) < len(named)
