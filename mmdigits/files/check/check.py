"""Everything that can be said about one submission."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmdigits.files.check import ids
from mmdigits.files.check.boxes import check_boxes
from mmdigits.files.check.csv_rows import read_rows
from mmdigits.files.check.distribution import check_distribution
from mmdigits.files.check.entries import read_table
from mmdigits.files.check.findings import Finding, counted, finding
from mmdigits.files.check.json_entries import read_entries
from mmdigits.files.check.known_images import KnownImages
from mmdigits.files.check.labels import read_strings
from mmdigits.files.check.member import Member
from mmdigits.files.check.pairing import pair
from mmdigits.files.check.rule import LEVELS
from mmdigits.files.check.sources import Submission
from mmdigits.files.check.strings import check_strings
from mmdigits.files.check.table import Table


class Report(NamedTuple):
    """What is to be said about one submission.

    Attributes:
        name: Its name.
        facts: One line for each thing that was read.
        findings: Errors first; of one level in the order of the checks.
    """

    name: str
    facts: list[str]
    findings: list[Finding]


class _Detections(NamedTuple):
    name: str
    table: Table
    corners: np.ndarray
    whole: bool


class _Strings(NamedTuple):
    name: str
    of_image: dict[int, str | None]


def check_submission(submission: Submission, known: KnownImages | None = None) -> Report:
    """Check the files of a submission, one by one, against each other and against the images.

    Args:
        submission: The files.
        known: What is known about the images from elsewhere.

    Returns:
        All that is wrong. A value that isn't as it must be is taken for what it must mean, so that
        one mistake doesn't hide the next.
    """
    findings = list(submission.findings)
    facts = [submission.remark] if submission.remark else []
    detections = strings = None
    if "json" in submission.members:
        detections = _check_json(submission.members["json"], known, facts, findings)
    if "csv" in submission.members:
        others = known.ids if known else frozenset()
        if not others and detections:
            others = frozenset(detections.table.image_ids.tolist())
        strings = _check_csv(submission.members["csv"], known, others, facts, findings)
    if detections and strings:
        _compare(detections, strings, known, findings)
    elif len(submission.members) == 1:
        (member,) = submission.members.values()
        findings.append(finding("file-alone", member.name, f"{member.name} was checked alone"))
    if submission.members and known is None:
        what = "without a list of the images neither completeness nor their sizes were checked"
        findings.append(finding("list-unknown", "images", what))
    elif submission.members:
        sizes = "all" if len(known.sizes) == len(known.ids) else f"{len(known.sizes):,}"
        told = f"{counted(len(known.ids), 'image')}, sizes known of {sizes}"
        facts.append(f"{known.source}: {told}")
    return Report(submission.name, facts, _sorted(findings))


def _check_json(
    member: Member, known: KnownImages | None, facts: list[str], findings: list[Finding]
) -> _Detections | None:
    if member.text is None:
        return None
    entries, whole, found = read_entries(member.name, member.text)
    findings += found
    if not entries and not whole:
        return None
    table, found = read_table(member.name, entries)
    findings += found
    corners, found = check_boxes(member.name, table, known)
    findings += found + check_distribution(member.name, table)
    images = set(table.image_ids.tolist())
    if known and whole:
        findings += ids.check_unknown(member.name, images, known)
        findings += ids.check_without(member.name, images, known.ids, known.source)
    elif whole:
        findings += ids.check_far(member.name, images)
    part = "" if whole else " (not all could be read)"
    ranges = _range("category", table.categories[table.categories >= 0])
    ranges += _range("score", table.scores[~np.isnan(table.scores)])
    facts.append(
        f"{member.name}: {counted(len(entries), 'detection')} in {counted(len(images), 'image')}"
        f"{part}{ranges}"
    )
    return _Detections(member.name, table, corners, whole)


def _range(name: str, values: np.ndarray) -> str:
    if not len(values):
        return ""
    return f", {name} {values.min():.4g} to {values.max():.4g}"


def _check_csv(
    member: Member,
    known: KnownImages | None,
    others: frozenset[int],
    facts: list[str],
    findings: list[Finding],
) -> _Strings | None:
    if member.text is None:
        return None
    rows, found = read_rows(member.name, member.text, others)
    findings += found
    strings, listed, found = read_strings(member.name, rows)
    findings += found
    if known:
        findings += ids.check_listed(member.name, listed, known)
    else:
        findings += ids.check_numbering(member.name, listed)
        findings += ids.check_far(member.name, listed)
    unread = sum(string == "" for string in strings.values())
    longest = max((len(string) for string in strings.values() if string), default=0)
    facts.append(
        f"{member.name}: {counted(len(rows), 'row')}, {unread:,} without a number, the longest "
        f"number has {counted(longest, 'digit')}"
    )
    return _Strings(member.name, strings) if strings else None


def _compare(
    detections: _Detections,
    strings: _Strings,
    known: KnownImages | None,
    findings: list[Finding],
) -> None:
    table = detections.table
    of_image = strings.of_image
    images = frozenset(table.image_ids.tolist())
    if known is None:
        findings += ids.check_agreement(detections.name, strings.name, images, frozenset(of_image))
    shift = ids.shift_by_one(images, frozenset(of_image))
    if shift:  # was told of; compared is what must be meant
        of_image = {image_id - shift: string for image_id, string in of_image.items()}
    elif known is None and detections.whole:
        listed = frozenset(of_image)
        findings += ids.check_without(detections.name, images, listed, strings.name)
    pairing = pair(detections.name, strings.name, table, of_image)
    told = {found.code for found in findings}
    findings += [
        found
        for found in pairing.findings
        if not (found.code == "category-shift" and "category-digit" in told)
    ]
    # Of a file that broke off the boxes of most images are missing.
    if pairing.comparable and detections.whole:
        findings += check_strings(strings.name, table, pairing.digits, detections.corners, of_image)


def _sorted(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda found: LEVELS.index(found.level))
