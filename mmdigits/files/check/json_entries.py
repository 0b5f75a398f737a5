"""From the text of a ``pred.json`` to its entries, whatever is around or wrong with them."""

import json
from typing import NamedTuple

from mmdigits.files.check.findings import Finding, counted, finding
from mmdigits.files.check.json_reader import JsonReader
from mmdigits.files.check.json_salvage import salvage
from mmdigits.files.check.json_shapes import flatten, unwrap


class Entries(NamedTuple):
    """What could be read.

    Attributes:
        entries: Whatever the list holds; objects where it is right.
        whole: Whether these are surely all.
        findings: What is wrong around them.
    """

    entries: list[object]
    whole: bool
    findings: list[Finding]


def read_entries(where: str, text: str) -> Entries:
    """Read the entries of a file that may be broken.

    Args:
        where: The file, for findings.
        text: Its content.

    Returns:
        Its entries: of broken JSON those that are whole, of other structures those found inside.
    """
    reader = JsonReader()
    whole, findings = True, []
    try:
        content = reader.loads(text)
    except json.JSONDecodeError as error:
        content, whole, what = salvage(text, error, reader)
        findings.append(finding("json-broken", where, what))
    except RecursionError:
        what = "lists or objects are nested too deeply to be read"
        return Entries([], False, [finding("json-broken", where, what)])
    if isinstance(content, str):
        findings.append(finding("json-text", where, "the file holds one text with JSON inside"))
        inner = read_entries(where, content)
        return Entries(inner.entries, inner.whole, findings + inner.findings)
    if not isinstance(content, list):
        content, what = unwrap(content)
        whole = content is not None
        findings.append(finding("json-object", where, what))
    entries, lists = flatten(content or [])
    if lists:
        what = f"the list holds {counted(lists, 'list')} of entries instead of entries"
        findings.append(finding("json-nested", where, what))
    if whole and not entries:
        findings.append(finding("json-empty", where, "there is no detection in the file"))
    return Entries(entries, whole, findings + reader.findings(where, entries))
