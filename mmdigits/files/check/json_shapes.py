"""Find the list of detections inside other structures that programs write."""

from mmdigits.files.check.findings import shown

_LISTS = ("annotations", "predictions", "detections", "results")
_ENTRY_KEYS = {"image_id", "bbox", "score", "category_id"}


def unwrap(content: object) -> tuple[list[object] | None, str]:
    """Look for the list of entries in something that isn't one.

    Args:
        content: What a JSON file holds, other than a list.

    Returns:
        The list inside, or None where there is none, and what the file holds instead of a list.
    """
    if not isinstance(content, dict):
        return None, f"the file holds {shown(content)} instead of a list"
    keys = ", ".join(shown(key) for key in list(content)[:5]) or "no key"
    what = f"the file holds an object with {keys} instead of a list"
    if _ENTRY_KEYS & set(content):
        columns = [value for key, value in content.items() if key in _ENTRY_KEYS]
        columns = [list(c.values()) if isinstance(c, dict) else c for c in columns]
        if any(not isinstance(column, list) for column in columns) or "bbox" not in content:
            return [content], f"the file holds one entry without a list around it: {keys}"
        names = [key for key in content if key in _ENTRY_KEYS]
        if len({len(column) for column in columns}) == 1 and len(names) > 1:
            rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
            return rows, f"{what}: one list for each column (DataFrame.to_json without orient)"
    lists = {key: value for key, value in content.items() if isinstance(value, list)}
    if len(lists) == len(content) > 1 and all(key.isdigit() for key in lists):
        return [entry for value in lists.values() for entry in value], f"{what}: one for each image"
    best = next(
        (k for k in _LISTS if k in lists), max(lists, key=lambda k: len(lists[k]), default="")
    )
    if best:
        return lists[best], f"{what}; the list under {shown(best)} is judged here"
    return None, what


def flatten(entries: list[object]) -> tuple[list[object], int]:
    """Make one list of a list of lists of entries, such as one for each image.

    Args:
        entries: What a JSON file lists.

    Returns:
        The entries, and how many lists they came from: 0 where they were one list already.
    """
    nested = [entry for entry in entries if isinstance(entry, list)]
    if not nested or not any(isinstance(part, dict) for inner in nested for part in inner):
        return entries, 0
    flat = []
    for entry in entries:
        flat.extend(entry if isinstance(entry, list) else [entry])
    return flat, len(nested)
