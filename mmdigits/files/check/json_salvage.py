"""The entries of a JSON file that is broken somewhere."""

import json
import re
from bisect import bisect
from collections.abc import Sequence

from mmdigits.files.check.findings import counted, shown
from mmdigits.files.check.json_reader import JsonReader

_BETWEEN = re.compile(r"[\s,\[\]]*")
_NEXT = re.compile(r'\{\s*"')
_MOST_LOST = 20  # broken entries; each may take a search through the rest of the file


def salvage(
    text: str, error: json.JSONDecodeError, reader: JsonReader
) -> tuple[list[object], bool, str]:
    """Read one entry after the other, and go on after broken ones.

    Args:
        text: The content of the file.
        error: What Python's reader says about it.
        reader: Reads the parts.

    Returns:
        The entries, whether these are surely all, and what is wrong.
    """
    decoder = reader.decoder()
    entries: list[object] = []
    ends: list[int] = []
    lost = 0
    position = _start(text, decoder)
    while position < len(text):
        try:
            entry, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            lost += 1
            following = _NEXT.search(text, position + 1) if lost < _MOST_LOST else None
            if following is None:
                break
            position = following.start()
            continue
        entries.append(entry)
        ends.append(position)
        position = _BETWEEN.match(text, position).end()
    if not lost:
        return entries, *_loose(text, error, ends)
    if lost == 1 and position < len(text) and _is_cut(text[position:]):
        what = f"the file breaks off in the middle of entry {len(entries):,}, counted from 0"
        return entries, False, what
    around = shown(text[max(error.pos - 10, 0) : error.pos + 20])
    what = f"not JSON at {_place(error, ends)} ({error.msg}): {around}"
    if "'" in text[error.pos : error.pos + 2]:
        what += "; JSON has double quotes: this is what Python's str() or print writes"
    return entries, False, what


def _start(text: str, decoder: json.JSONDecoder) -> int:
    position = _BETWEEN.match(text).end()
    if text.lstrip()[:1] == "{":
        try:
            decoder.raw_decode(text, position)
        except (ValueError, RecursionError):  # cut inside an object around the list
            return max(text.find("[") + 1, position)
    return position


def _loose(text: str, error: json.JSONDecodeError, ends: Sequence[int]) -> tuple[bool, str]:
    number = counted(len(ends), "entry")
    if text.lstrip()[:1] == "{":
        return True, f"there are {number} one after another, but no list"
    if not text.rstrip().endswith("]"):
        return False, f"the file breaks off after {number}: the closing ] is missing"
    if error.msg == "Extra data":
        return True, f"at {_place(error, ends)} a second list begins"
    return True, f"at {_place(error, ends)} a comma is missing or is one too many"


def _place(error: json.JSONDecodeError, ends: Sequence[int]) -> str:
    before = counted(bisect(ends, error.pos), "entry")
    return f"line {error.lineno:,}, column {error.colno:,}, after {before},"


def _is_cut(rest: str) -> bool:
    return len(rest) < 10_000 and rest.count("{") > rest.count("}")
