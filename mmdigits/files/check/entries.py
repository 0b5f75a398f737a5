"""From the entries of a ``pred.json`` to numbers, with all that is wrong with single values."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from mmdigits.files.check.findings import Finding, finding, keyed, share, shown
from mmdigits.files.check.table import Table, as_image_id
from mmdigits.files.check.tally import Tally

KEYS = ("image_id", "bbox", "score", "category_id")

_PHRASES = {
    "entry-form": "not an object",
    "id-form": "image_id isn't an integer of 0 or more",
    "category-form": "category_id isn't an integer",
    "category-range": "category_id isn't 1 to 10",
    "category-digit": "category_id is 0",
    "score-form": "score isn't a number",
    "score-range": "score isn't 0 to 1",
    "box-form": "bbox isn't four finite numbers",
}


def read_table(where: str, entries: Sequence[object]) -> tuple[Table, list[Finding]]:
    """Read every entry as far as it can be understood.

    Args:
        where: The file, for findings.
        entries: What the file lists.

    Returns:
        The entries with a usable image id; values of a wrong type (``"7"``, ``7.0``, ``"7.png"``)
        are taken for what they must mean, so that further checks find other trouble.
    """
    tally = Tally(where, "entry")
    missing: Counter[str] = Counter()
    rows = []
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict):
            tally.add("entry-form", number, None, entry)
            continue
        for key in KEYS:
            if key not in entry:
                missing[key] += 1
        image_id = as_image_id(entry.get("image_id"))
        if "image_id" in entry and (image_id is None or type(entry["image_id"]) is not int):
            tally.add("id-form", number, None, entry["image_id"])

        def note(code: str, value: object, place: tuple = (number, image_id)) -> None:
            tally.add(code, *place, value)

        row = (_box(entry, note), _score(entry, note))
        category = _category(entry, note)
        if image_id is not None:
            rows.append((number, image_id, *row, category))
    categories = [row[4] for row in rows]
    _settle_zeros(tally, categories)
    objects = [entry for entry in entries if isinstance(entry, dict)]
    findings = _missing_keys(where, missing, objects)
    findings += tally.findings(len(entries), _PHRASES, _hint)
    table = Table(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows], dtype=np.float64).reshape(-1, 4),
        np.array([row[3] for row in rows], dtype=np.float64),
        np.array(categories, dtype=np.int64),
    )
    return table, findings


def _number(value: object) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value[:40])
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= 1e300 else None  # also None for NaN


def _box(entry: dict, note: Callable) -> list[float]:
    value = entry.get("bbox")
    box = [_number(part) for part in value[:4]] if isinstance(value, list) else []
    good = len(box) == 4 == len(value) and None not in box
    if "bbox" in entry and not (good and all(type(part) in (int, float) for part in value)):
        note("box-form", value)
    return box if len(box) == 4 and None not in box else [math.nan] * 4


def _score(entry: dict, note: Callable) -> float:
    value = entry.get("score")
    score = _number(value)
    if "score" in entry:
        if type(value) not in (int, float):
            note("score-form", value)
        elif score is None or not 0 <= score <= 1:
            note("score-range", value)
    return math.nan if score is None else score


def _category(entry: dict, note: Callable) -> int:
    value = entry.get("category_id")
    category = _number(value)
    if "category_id" in entry:
        if type(value) is not int:
            note("category-form", value)
        elif not 1 <= value <= 10:
            note("category-range", value)
    usable = category is not None and category == int(category) and 0 <= category <= 999
    return int(category) if usable else -1


def _settle_zeros(tally: Tally, categories: Sequence[int]) -> None:
    # Zeros in a file without any 10 are digits, if that is no accident of a small file.
    wrong = tally.places.get("category-range", [])
    zeros = [place for place in wrong if place[2] == 0]
    number = len(categories)
    many = number >= 50 or (number >= 20 and len(zeros) >= 2)
    if many and len(zeros) >= 0.02 * number and 10 not in categories:
        tally.places["category-digit"] = zeros
        tally.places["category-range"] = [place for place in wrong if place[2] != 0]


def _missing_keys(where: str, missing: Counter[str], objects: Sequence[dict]) -> list[Finding]:
    found = []
    for key, number in missing.items():
        first = next(entry for entry in objects if key not in entry)
        what = f"{share(number, len(objects), 'entry')}: no key {shown(key)}"
        others = [other for other in list(first)[:8] if other not in KEYS]
        if others:
            what += f"; there is {keyed(others)}"
        found.append(finding("key-missing", where, what))
    return found


def _hint(code: str, values: list[object]) -> str:
    if code in ("id-form", "category-form", "score-form") and all(
        isinstance(value, str) for value in values
    ):
        return "they are texts"
    if code == "category-digit":
        return "and none is 10, so these are the digits themselves"
    numbers = [value for value in values if isinstance(value, int | float)]
    if code == "score-range" and numbers and all(1 < value <= 100 for value in numbers):
        return "they look like per cent" if max(numbers) > 2 else ""
    if code == "score-range" and any(value < 0 for value in numbers) and max(numbers) > 1:
        return "they look like logits"
    lists = [value for value in values if isinstance(value, list)]
    if code == "box-form" and lists and len({len(value) for value in lists}) == 1:
        length = len(lists[0])
        if all(isinstance(part, str) for part in lists[0]) and length == 4:
            return "the numbers are texts"
        if length != 4:
            return f"{length} values each"
    return ""
