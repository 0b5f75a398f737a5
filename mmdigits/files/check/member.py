"""One file of a submission, and whether it is boxes or strings."""

from pathlib import PurePosixPath
from typing import NamedTuple

from mmdigits.files.check.content import as_text, looks_like
from mmdigits.files.check.findings import Finding, counted, finding, shown

NAMES = {"json": "pred.json", "csv": "pred.csv"}
LIMIT = 1 << 29  # bytes of one file, unpacked

_CONTENT = {"json": "JSON", "csv": "a CSV table", "page": "a web page"}


class Member(NamedTuple):
    """A file that holds boxes or strings.

    Attributes:
        name: What findings call it.
        kind: ``"json"`` or ``"csv"``, by its content where that is clear.
        data: Its bytes.
        text: What they say, or None where that isn't text.
    """

    name: str
    kind: str
    data: bytes
    text: str | None


def place_member(name: str, data: bytes) -> tuple[Member, list[Finding]]:
    """Decide what a file is.

    Args:
        name: Its name, without a folder.
        data: Its bytes.

    Returns:
        The file, and what is wrong with its encoding or with content that its name doesn't fit.
    """
    suffix = PurePosixPath(name).suffix.lower()
    named = suffix[1:] if suffix in (".json", ".csv") else None
    is_json = named == "json" or (named is None and data.lstrip(b"\xef\xbb\xbf \n")[:1] in b"[{")
    text, findings = as_text(name, data, is_json)
    content = None if text is None else looks_like(text)
    kind = named or ("json" if is_json else "csv")
    if content == "page" or (named and content and content != named):
        start = shown(text.lstrip()[:30])
        what = f"the file holds {_CONTENT[content]}: it begins with {start}"
        findings.append(finding("file-content", name, what))
    if content == "page":
        text = None
    elif content:
        kind = content
    return Member(name, kind, data, text), findings


def too_large(where: str, size: int) -> Finding:
    """Say that a file is larger than ``LIMIT`` bytes and wasn't read."""
    what = f"the file has {counted(size, 'byte')}; read are at most {LIMIT:,}"
    return finding("file-large", where, what)
