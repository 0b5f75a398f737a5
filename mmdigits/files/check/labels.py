"""From the rows of a ``pred.csv`` to strings, with all that is wrong with single values."""

import re
from collections import Counter
from collections.abc import Sequence

from mmdigits.files.check.csv_rows import Row
from mmdigits.files.check.findings import Finding, finding, share, some
from mmdigits.files.check.table import as_image_id
from mmdigits.files.check.tally import Tally
from mmdigits.files.submission import NOTHING_READ

_MISSING = {"nan", "none", "null", "na", "n/a", "<na>", "nil", "undefined", "[]", "{}", "''", '""'}
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]*|-?[0-9.]+[eE][+-]?[0-9]+")
_LIST = re.compile(r"[\[(]?['\"]?[0-9](['\"]?[\s,;|_-]+['\"]?[0-9])*['\"]?[\])]?")
_SOME = 20  # rows; fewer tell nothing about a model
_LONG = 6  # digits
_PHRASES = {
    "id-form": "image_id isn't an integer of 0 or more",
    "label-empty": "pred_label is empty, not -1",
    "label-none": "pred_label says that there is no value, but isn't -1",
    "label-float": "pred_label is a decimal number",
    "label-spaces": "pred_label has spaces",
    "label-list": "pred_label is a list of digits or has separators",
    "label-text": "pred_label is neither digits nor -1",
}


def read_strings(
    where: str, rows: Sequence[Row]
) -> tuple[dict[int, str | None], list[int], list[Finding]]:
    """Read every row as far as it can be understood.

    Args:
        where: The file, for findings.
        rows: The lines of its table.

    Returns:
        The string of each image, ``""`` where nothing is read, None where it can't be told; the
        images of all rows in file order, those listed twice included; and what is wrong.
    """
    tally = Tally(where, "line")
    strings: dict[int, str | None] = {}
    first: dict[int, Row] = {}
    ids, again = [], []
    for row in rows:
        image_id = as_image_id(row.image_id)
        if not (row.image_id.isascii() and row.image_id.isdigit()) or image_id is None:
            tally.add("id-form", row.line, None, row.image_id)
        code, string = _read(row.label)
        if code:
            tally.add(code, row.line, image_id, row.label)
        if image_id is None:
            continue
        ids.append(image_id)
        if image_id in first:
            again.append((row, first[image_id]))
        else:
            first[image_id] = row
            strings[image_id] = string
    findings = tally.findings(len(rows), _PHRASES, _hint)
    return strings, ids, findings + _twice(where, again) + _unusual(where, strings)


def _read(label: str) -> tuple[str | None, str | None]:
    bare = label.strip()
    if len(label) > 1000:
        return "label-text", None
    if not bare:
        return "label-empty", ""
    if bare.lower() in _MISSING:
        return "label-none", ""
    plain = bare.isascii() and bare.isdigit()
    if plain or bare == NOTHING_READ:
        string = bare if plain else ""
        return ("label-spaces" if label != bare else None), string
    if _DECIMAL.fullmatch(bare):
        whole, _, rest = bare.partition(".")
        if rest.strip("0"):
            return "label-float", None
        nothing = whole == NOTHING_READ
        return "label-float", "" if nothing else (whole if whole.isdigit() else None)
    digits = re.sub(r"[^0-9]", "", bare)
    if _LIST.fullmatch(bare):
        spaced = re.fullmatch(r"[0-9 ]+", bare)
        return ("label-spaces" if spaced else "label-list"), digits
    quoted = re.fullmatch(r"""[='"]+([0-9]+)['"]*""", bare)
    return "label-text", quoted[1] if quoted else None


def _twice(where: str, again: Sequence[tuple[Row, Row]]) -> list[Finding]:
    if not again:
        return []
    examples = [
        f"image {int(as_image_id(row.image_id))} in lines {other.line:,} and {row.line:,}"
        + ("" if row.label == other.label else f" ({other.label:.12} and {row.label:.12})")
        for row, other in again[:5]
    ]
    what = f"images are listed again in {len(again):,} lines: " if len(again) > 1 else ""
    return [finding("ids-twice", where, what + some(examples, len(again)))]


def _unusual(where: str, strings: dict[int, str | None]) -> list[Finding]:
    findings = []
    long = [(i, s) for i, s in strings.items() if s and len(s) > _LONG]
    if long:
        examples = [f"image {image_id} ({string:.20})" for image_id, string in long[:5]]
        what = f"{share(len(long), len(strings), 'string')}: more than {_LONG} digits: "
        findings.append(finding("label-long", where, what + some(examples, len(long))))
    if len(strings) >= _SOME:
        string, number = Counter(strings.values()).most_common(1)[0]
        if string is not None and number > 0.5 * len(strings):
            what = f"{share(number, len(strings), 'string')} are {string or NOTHING_READ}"
            findings.append(finding("labels-same", where, what))
    return findings


def _hint(code: str, values: list[object]) -> str:
    if code == "label-float" and any("e" in str(value).lower() for value in values):
        return "Excel shortened large numbers"
    if code == "label-text" and all(re.fullmatch("-[0-9]+", str(value)) for value in values):
        return "they are negative"
    if code == "id-form" and all(str(value).strip() != value for value in values):
        return "there are spaces"
    return ""
