"""Whether both files are about the same images, and about all of them."""

from collections.abc import Collection, Set

from mmdigits.files.check.findings import Finding, counted, finding, share, some
from mmdigits.files.check.known_images import KnownImages
from mmdigits.files.check.rule import WARNING


def check_listed(where: str, ids: Collection[int], known: KnownImages) -> list[Finding]:
    """Check the rows of a ``pred.csv`` against the list of images.

    Args:
        where: The file, for findings.
        ids: The images of its rows.
        known: All images.

    Returns:
        Images that are missing, unknown, or shifted by one.
    """
    given = set(ids)
    if given - known.ids and (shift := _shift(given, known.ids)):
        what = f"ids run from {min(given)} to {max(given)}, those of {known.source} from "
        what += f"{min(known.ids)} to {max(known.ids)}: each is {_by_one(shift)}"
        return [finding("ids-shifted", where, what)]
    findings = []
    missing = sorted(known.ids - given)
    if missing and given:
        what = f"no row for {share(len(missing), len(known.ids), 'image')} of {known.source}: "
        findings.append(finding("ids-missing", where, what + some(missing)))
    return findings + check_unknown(where, given, known)


def check_unknown(where: str, ids: Set[int], known: KnownImages) -> list[Finding]:
    """Check that all ids ``ids`` of a file are images of the list."""
    unknown = sorted(ids - known.ids)
    if not unknown:
        return []
    what = f"{share(len(unknown), len(ids), 'image')}: not in {known.source}: {some(unknown)}"
    return [finding("ids-unknown", where, what + _hint(ids, known.ids))]


def check_without(where: str, ids: Set[int], images: Set[int], source: str) -> list[Finding]:
    """Check how many images have no detection in a ``pred.json``.

    Args:
        where: The file, for findings.
        ids: The images that have one.
        images: All images.
        source: What lists these.

    Returns:
        A note, or a warning where they are more than a quarter.
    """
    without = sorted(images - ids)
    if not without or not ids:
        return []
    what = f"{share(len(without), len(images), 'image')} of {source} without a detection: "
    level = WARNING if len(without) > 0.25 * len(images) else None
    return [finding("images-without", where, what + some(without), level)]


def check_numbering(where: str, ids: Collection[int]) -> list[Finding]:
    """Check the rows of a ``pred.csv`` without a list: ids mostly run on without gaps.

    Args:
        where: The file, for findings.
        ids: The images of its rows.

    Returns:
        A warning about gaps or a start at 0, unless so much is missing that ids run otherwise.
    """
    given = set(ids)
    if len(given) < 3:
        return []
    if 0 in given:
        what = f"ids begin with 0 and go to {max(given)}"
        return [finding("ids-gap", where, what)]
    for start in (1, min(given)):
        missing = sorted(set(range(start, min(max(given), start + 2 * len(given)) + 1)) - given)
        if (
            missing
            and len(missing) <= max(0.1 * len(given), 1)
            and max(given) < 2 * len(given) + start
        ):
            what = f"ids run from {min(given)} to {max(given)} but for {some(missing)}"
            return [finding("ids-gap", where, what)]
    return []


def check_far(where: str, ids: Collection[int]) -> list[Finding]:
    """Find a few ids far above all others, in either file, without a list.

    Args:
        where: The file, for findings.
        ids: The images that it names.

    Returns:
        A warning, where the other ids lie close together and these are more than twice as large.
    """
    given = sorted(set(ids))
    others = given[: len(given) - max(1, len(given) // 50)]
    if len(others) < 9 or others[-1] - others[0] > 2 * len(others):
        return []
    far = [image_id for image_id in given if image_id > 2 * others[-1] + 10]
    if not far:
        return []
    what = f"ids run from {others[0]} to {others[-1]}, but far from them there is {some(far)}"
    return [finding("ids-far", where, what)]


def check_agreement(
    json_name: str, csv_name: str, json_ids: Set[int], csv_ids: Set[int]
) -> list[Finding]:
    """Check that detections lie in images that ``pred.csv`` lists.

    Args:
        json_name: The file with the boxes.
        csv_name: The file with the strings.
        json_ids: Images of the boxes.
        csv_ids: Images of the strings.

    Returns:
        The images that only the boxes know; where all ids differ by one, that alone.
    """
    extra = sorted(json_ids - csv_ids)
    if not extra or not csv_ids:
        return []
    what = (
        f"detections on {counted(len(extra), 'image')} that {csv_name} doesn't list: {some(extra)}"
    )
    return [finding("ids-disagree", json_name, what + _hint(json_ids, csv_ids))]


def shift_by_one(given: Set[int], known: Set[int]) -> int:
    """Tell whether ids are too small by 1 (1) or too large by 1 (-1); 0 where they fit or neither.

    Args:
        given: Ids, of which some are unknown.
        known: The ids that there are; ``given`` may lack some.

    Returns:
        What has to be added; 0 for fewer than three ids.
    """
    if len(given) < 3 or given <= known:
        return 0
    return next((s for s in (1, -1) if {i + s for i in given} <= known), 0)


def _shift(given: Set[int], known: Set[int]) -> int | None:
    return next((s for s in (1, -1) if {i + s for i in given} == known), None)


def _hint(given: Set[int], known: Set[int]) -> str:
    shift = shift_by_one(given, known)
    return f"; each id may be {_by_one(shift)}" if shift else ""


def _by_one(shift: int) -> str:
    return "too small by 1" if shift > 0 else "too large by 1"
