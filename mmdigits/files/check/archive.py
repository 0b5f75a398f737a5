"""What a zip holds, and whether its names are those that a grader looks for."""

import io
import lzma
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence

from mmdigits.files.check.content import binary_format
from mmdigits.files.check.findings import Finding, finding, printable, shown, some
from mmdigits.files.check.member import LIMIT, NAMES, Member, place_member, too_large

_JUNK = (".ds_store", "thumbs.db", "desktop.ini")
_UNREADABLE = (  # what zipfile raises on broken content, besides its own error
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)


def open_archive(
    where: str, data: bytes, within: bool = False
) -> tuple[dict[str, Member], list[Finding]]:
    """Read ``pred.json`` and ``pred.csv`` out of a zip, under whatever names they are there.

    Args:
        where: The zip, for findings.
        data: Its bytes.
        within: Whether it lies in another zip; one inside it is not opened then.

    Returns:
        The files by kind, as far as they can be read, and what is wrong with the zip.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_archive(where, archive, within)
    except _UNREADABLE as error:
        kind = binary_format(data) or ("empty" if not data else "no zip archive")
        if kind == "a zip archive":
            kind = "a damaged or cut zip archive"
        what = f"the file is {kind} ({_reason(error)})"
        return {}, [finding("zip-broken", where, what)]


def _read_archive(
    where: str, archive: zipfile.ZipFile, within: bool
) -> tuple[dict[str, Member], list[Finding]]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    names = [info.filename for info in infos]
    if any(name.startswith("xl/") for name in names):
        what = "the file is an Excel workbook"
        return {}, [finding("zip-broken", where, what)]
    junk = {name for name in names if _is_junk(name)}
    rest = list(dict.fromkeys(name for name in names if name not in junk))
    chosen = {kind: _choose(wanted, rest) for kind, wanted in NAMES.items()}
    inner = [name for name in rest if name.lower().endswith(".zip")]
    findings = _about_names(where, names, rest, junk, chosen, inner)
    members: dict[str, Member] = {}
    for name in filter(None, chosen.values()):
        content = _read_file(where, archive, archive.getinfo(name))
        if isinstance(content, Finding):
            findings.append(content)
            continue
        member, more = place_member(_base(name), content)
        findings += more
        members.setdefault(member.kind, member)
    if inner and not within and not any(chosen.values()):
        content = _read_file(where, archive, archive.getinfo(inner[0]))
        if isinstance(content, bytes):
            members, more = open_archive(_base(inner[0]), content, within=True)
            findings += more
    return members, findings


def _about_names(
    where: str,
    names: Sequence[str],
    rest: Sequence[str],
    junk: set[str],
    chosen: dict[str, str | None],
    inner: Sequence[str],
) -> list[Finding]:
    findings = []
    missing = [NAMES[kind] for kind, name in chosen.items() if name is None]
    if missing and not (inner and len(missing) == 2):
        holds = f"it holds {some([shown(name) for name in rest])}" if rest else "it is empty"
        findings.append(finding("zip-missing", where, f"no {' and no '.join(missing)}; {holds}"))
    used = {kind: name for kind, name in chosen.items() if name is not None}
    inside = [shown(name, 60) for name in used.values() if _base(name) != name]
    if inside:
        what = f"what must lie at the top lies in a folder: {' and '.join(inside)}"
        findings.append(finding("zip-folder", where, what))
    renamed = [
        f"instead of {NAMES[kind]} there is {shown(_base(name), 60)}"
        for kind, name in used.items()
        if _base(name) != NAMES[kind]
    ]
    if renamed:
        findings.append(finding("zip-name", where, ", ".join(renamed)))
    if inner:
        findings.append(finding("zip-nested", where, f"there is a zip in it: {shown(inner[0])}"))
    extra = [name for name in rest if name not in chosen.values() and name not in inner]
    if extra:
        what = f"besides the two files it holds {some([shown(name) for name in extra])}"
        findings.append(finding("zip-extra", where, what))
    if junk:
        what = f"it holds the system's own files: {some(sorted(map(shown, junk)))}"
        findings.append(finding("zip-junk", where, what))
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        what = f"more than one file is called {some([shown(name) for name in twice])}"
        findings.append(finding("zip-twice", where, what))
    return findings


def _read_file(where: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | Finding:
    if info.flag_bits & 1:
        return finding("zip-encrypted", where, f"{_base(info.filename)} needs a password")
    if info.file_size > LIMIT:
        return too_large(_base(info.filename), info.file_size)
    try:
        return archive.read(info)
    except _UNREADABLE as error:
        what = f"{_base(info.filename)} can't be unpacked ({_reason(error)})"
        return finding("zip-broken", where, what)


def _choose(wanted: str, names: Sequence[str]) -> str | None:
    suffix = wanted[wanted.rindex(".") :]
    tests = (
        lambda name: name == wanted,
        lambda name: _base(name) == wanted,
        lambda name: _base(name).lower() == wanted,
        lambda name: _base(name).lower().startswith("pred") and name.lower().endswith(suffix),
        lambda name: name.lower().endswith(suffix),
        lambda name: _base(name).lower().startswith(wanted),  # pred.json.txt
    )
    return next((name for test in tests for name in names if test(name)), None)


def _base(name: str) -> str:
    return printable(name.replace("\\", "/").rsplit("/", 1)[-1])


def _is_junk(name: str) -> bool:
    base = _base(name).lower()
    return name.startswith("__MACOSX/") or base in _JUNK or base.startswith("._")


def _reason(error: Exception) -> str:
    return printable(" ".join(str(error).split())[:80]) or type(error).__name__
