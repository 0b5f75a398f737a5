"""From the bytes of a file to its text, whatever program wrote them."""

import codecs
import re

from mmdigits.files.check.findings import Finding, counted, finding, shown
from mmdigits.files.check.rule import WARNING

_FORMATS = {
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "an empty zip archive",
    b"PK\x07\x08": "a part of a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x93NUMPY": "a NumPy array",
    b"\x80\x02": "a Python pickle",
    b"\x80\x03": "a Python pickle",
    b"\x80\x04": "a Python pickle",
    b"\x80\x05": "a Python pickle",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a Parquet table",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document",
}
_NUMBER = re.compile(r"""["' ]*-?\d*[.]?\d*["' ]*""")
_MARKS = (  # UTF-32 begins as UTF-16 does
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def binary_format(data: bytes) -> str | None:
    """Name the format of bytes that are no text, such as ``a zip archive``; None if unknown."""
    if data[257:262] == b"ustar":
        return "a tar archive"
    return next((name for mark, name in _FORMATS.items() if data.startswith(mark)), None)


def as_text(where: str, data: bytes, is_json: bool) -> tuple[str | None, list[Finding]]:
    """Decode a file.

    Args:
        where: The file, for findings.
        data: Its bytes.
        is_json: Whether it is to be JSON; a byte order mark stops JSON readers, not all others.

    Returns:
        The text without byte order mark and NUL, or None when there is none, and what is wrong.
    """
    if not data.strip():
        size = counted(len(data), "byte")
        return None, [finding("file-empty", where, f"the file has no content ({size})")]
    name = binary_format(data)
    if name:
        return None, [finding("file-binary", where, f"the file is {name}, not text")]
    text, findings = _decode(where, data, is_json)
    nul = text.count("\0")
    if nul:
        text = text.replace("\0", "")
        findings.append(finding("file-binary", where, f"the file holds {counted(nul, 'NUL byte')}"))
    odd = sum(not (c.isprintable() or c.isspace()) for c in text[:4096])
    if odd > 0.15 * len(text[:4096]) or not text.strip():
        what = f"the file isn't text; it begins with {shown(data[:12])}"
        return None, [finding("file-binary", where, what)]
    return text, findings


def looks_like(text: str) -> str | None:
    """Tell from a text whether it is ``"json"``, ``"csv"`` or a web ``"page"``; None if unclear."""
    start = text.lstrip()[:2000]
    if start[:1] in ("[", "{") or start[:2] in ('"[', '"{'):
        return "json"
    if start[:1] == "<":
        return "page"
    first = start.splitlines()[0] if start else ""
    if "image_id" in first or "pred_label" in first:
        return "csv"
    cells = first.replace(";", ",").replace("\t", ",").split(",")
    return "csv" if len(cells) > 1 and all(_NUMBER.fullmatch(cell) for cell in cells) else None


def _decode(where: str, data: bytes, is_json: bool) -> tuple[str, list[Finding]]:
    if data.startswith(codecs.BOM_UTF8):
        what = "the file begins with a byte order mark (EF BB BF)"
        level = None if is_json else WARNING
        text, findings = _decode(where, data[3:], is_json)
        return text, [finding("file-bom", where, what, level), *findings]
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None and len(data) >= 4 and 0 in data[:2] and data[:4].count(0) == 2:
        encoding = "utf-16-le" if data[1] == 0 else "utf-16-be"
    if encoding:
        what = f"the file is in {encoding.upper()[:6]}, not in UTF-8"
        return data.decode(encoding, "replace"), [finding("file-encoding", where, what)]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"byte {error.start:,} (line {line:,}) isn't UTF-8: {shown(data[error.start :][:1])}"
        return data.decode("latin-1"), [finding("file-encoding", where, what)]
