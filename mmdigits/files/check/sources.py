"""Which files are given, and which of them belong together."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from mmdigits.errors import InputError
from mmdigits.files.check.archive import open_archive
from mmdigits.files.check.content import binary_format
from mmdigits.files.check.findings import Finding, finding
from mmdigits.files.check.member import LIMIT, NAMES, Member, place_member, too_large
from mmdigits.files.check.rule import WARNING


class Submission(NamedTuple):
    """Files that are judged together.

    Attributes:
        name: What the page calls them.
        members: By ``"json"`` and ``"csv"``; either may be missing.
        findings: About names and containers.
        remark: What else there is to say, or ``""``.
    """

    name: str
    members: dict[str, Member]
    findings: list[Finding]
    remark: str = ""


def open_submissions(paths: Sequence[str | os.PathLike]) -> list[Submission]:
    """Read everything that is to be checked.

    Args:
        paths: JSON and CSV files, zip archives, and folders that hold them.

    Returns:
        Folders and archives one by one; a JSON and a CSV that are given once each, or once each
        from one folder, together; other files one by one.

    Raises:
        InputError: If a path doesn't exist or the system refuses to read it.
    """
    submissions: list[Submission] = []
    loose: list[tuple[Path, Member, list[Finding]]] = []
    for path in map(Path, paths):
        if os.path.isdir(path):  # unlike Path.is_dir, False where it may not be looked at
            submissions.extend(_from_folder(path))
            continue
        data = _read(path)
        if isinstance(data, Finding):
            submissions.append(Submission(str(path), {}, [data]))
        elif _is_archive(path, data):
            submissions.append(Submission(str(path), *open_archive(path.name, data)))
        else:
            member, findings = place_member(path.name, data)
            loose.append((path, member, findings + _name_findings(path.name, member)))
    return [*_grouped(loose), *submissions]


def _read(path: Path) -> bytes | Finding:
    try:
        size = path.stat().st_size
        return too_large(path.name, size) if size > LIMIT else path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"there is no file {path}; give a pred.json, a pred.csv, a zip or a folder"
        ) from None
    except (OSError, ValueError) as error:  # a name with NUL is a ValueError
        raise InputError(f"can't read {path} ({error})") from None


def _is_archive(path: Path, data: bytes) -> bool:
    suffix = path.suffix.lower()
    if suffix in (".json", ".csv"):
        return False
    return suffix == ".zip" or bool(binary_format(data))


def _name_findings(name: str, member: Member) -> list[Finding]:
    wanted = NAMES[member.kind]
    if name in NAMES.values():  # of the other kind: its content was told of
        return []
    near = name.lower() == wanted or Path(name).suffix != Path(wanted).suffix
    what = f"the file is called {name}, not {wanted}"
    return [finding("file-name", name, what, WARNING if near else None)]


def _from_folder(folder: Path) -> list[Submission]:
    findings: list[Finding] = []
    members: dict[str, Member] = {}
    archive = folder / "submission.zip"
    try:
        there = sorted(os.listdir(folder))
    except OSError as error:
        raise InputError(f"can't read {folder} ({error})") from None
    packed = None
    if os.path.isfile(archive):
        data = _read(archive)
        if isinstance(data, Finding):
            packed = Submission(str(archive), {}, [data])
        else:
            packed = Submission(str(archive), *open_archive(archive.name, data))
    if packed and not any(name in there for name in NAMES.values()):
        return [packed]
    for kind, name in NAMES.items():
        if name not in there or not os.path.isfile(folder / name):
            others = [n for n in there if n.lower().endswith(f".{kind}")]
            hint = f"; there is {', '.join(others[:3])}" if others else ""
            what = f"the folder {folder} has no file {name}{hint}"
            findings.append(finding("file-missing", name, what))
            continue
        data = _read(folder / name)
        if isinstance(data, Finding):
            findings.append(data)
            continue
        member, more = place_member(name, data)
        findings += more
        members.setdefault(member.kind, member)
    both = Submission(str(folder), members, findings)
    if packed is None:
        return [both]
    packed = _beside(packed, both)
    if packed.remark and not packed.findings:
        return [both._replace(remark=f"{Path(packed.name).name} {packed.remark}")]
    return [both, packed]


def _beside(packed: Submission, loose: Submission) -> Submission:
    differing = [
        NAMES[kind]
        for kind, member in packed.members.items()
        if kind in loose.members and member.data != loose.members[kind].data
    ]
    if not packed.members or not loose.members:
        return packed
    if not differing and set(packed.members) == set(loose.members):
        remark = "holds the same pred.json and pred.csv"
        return Submission(packed.name, {}, packed.findings, remark)
    what = f"{' and '.join(differing) or 'the content'} in the zip and beside it differ"
    findings = [*packed.findings, finding("zip-stale", Path(packed.name).name, what)]
    return packed._replace(findings=findings)


def _grouped(loose: Sequence[tuple[Path, Member, list[Finding]]]) -> list[Submission]:
    groups: dict[object, list[tuple[Path, Member, list[Finding]]]] = {}
    kinds = sorted(member.kind for _, member, _ in loose)
    for path, member, findings in loose:
        key = None if kinds == ["csv", "json"] else path.resolve().parent
        groups.setdefault(key, []).append((path, member, findings))
    submissions = []
    for files in groups.values():
        if sorted(member.kind for _, member, _ in files) != ["csv", "json"]:
            submissions += [Submission(str(p), {m.kind: m}, f) for p, m, f in files]
            continue
        files = sorted(files, key=lambda file: file[1].kind != "json")
        name = " and ".join(str(path) for path, _, _ in files)
        members = {member.kind: member for _, member, _ in files}
        submissions.append(Submission(name, members, [f for _, _, more in files for f in more]))
    return submissions
