"""Whether the strings of a ``pred.csv`` can be made from the boxes of a ``pred.json``."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from mmdigits.files.check.findings import EXAMPLES, Finding, finding, share, some
from mmdigits.files.check.rule import ERROR, NOTE, WARNING
from mmdigits.files.check.spelling import (
    Boxes,
    lacking,
    read_above,
    spelled_along,
    spelled_by_x,
    spelled_otherwise,
    weakest,
)
from mmdigits.files.check.table import Table

_SURE = 0.9  # a score
_WEAK = 0.05  # a score
_FEW = 50  # strings


def check_strings(
    where: str,
    table: Table,
    digits: np.ndarray,
    corners: np.ndarray,
    strings: Mapping[int, str | None],
) -> list[Finding]:
    """Compare each string with the boxes of its image.

    Args:
        where: The file with the strings, for findings.
        table: The entries of the other file.
        digits: ``(N,)`` their digits.
        corners: ``(N, 4)`` their boxes as corners.
        strings: The string of each image, ``""`` for -1; images with None are passed over.

    Returns:
        Strings without boxes for them, in another order than their boxes, or that stand on weak
        boxes; and images with sure boxes and no string.
    """
    images = _by_image(table, digits, corners)
    nothing = Boxes(np.zeros(0, int), np.zeros((0, 4)), np.zeros(0))
    read = {i: string for i, string in strings.items() if string}
    unread = [i for i, string in strings.items() if string == ""]
    impossible, disordered, weak, zeros = [], [], [], []
    keeps_zeros = any(len(string) > 1 and string[0] == "0" for string in read.values())
    for image_id, string in read.items():
        boxes = images.get(image_id, nothing)
        lack = lacking(string, boxes)
        unknown = int(((boxes.digits < 0) | (boxes.digits > 9)).sum())
        if lack.total() > unknown:
            impossible.append((image_id, string, _lack(lack, boxes)))
        if lack or unknown:  # a box whose category is none may be any digit
            continue
        least = weakest(string, boxes)
        if least < _WEAK and not np.isnan(boxes.scores).any():
            weak.append((image_id, string, f"score {least:.3g}"))
        if np.isnan(boxes.corners).any():
            continue
        if not spelled_by_x(string, boxes):
            disordered.append((image_id, string, boxes))
        elif not keeps_zeros and 0 in boxes.digits[boxes.scores >= least]:
            plain = read_above(least, boxes)
            if plain != string and plain.lstrip("0") == string.lstrip("0"):
                zeros.append((image_id, string, f"the boxes give {plain}"))
    sure = [
        (i, "-1", f"score {images[i].scores.max():.3g}")
        for i in unread
        if i in images and images[i].scores.max() >= _SURE
    ]
    several = sum(len(set(string)) > 1 for string in read.values())
    return [
        *_told("string-impossible", where, impossible, len(read), "boxes lack a digit"),
        *_order(where, disordered, several),
        *_zeros(where, zeros, len(read)),
        *_told("string-weak", where, weak, len(read), f"a box below a score of {_WEAK} is needed"),
        *_told("unread-sure", where, sure, len(unread), "there is a sure box", "unread image"),
    ]


def _by_image(table: Table, digits: np.ndarray, corners: np.ndarray) -> dict[int, Boxes]:
    order = np.argsort(table.image_ids, kind="stable")
    ids, starts = np.unique(table.image_ids[order], return_index=True)
    parts = np.split(order, starts[1:])
    return {
        image_id: Boxes(digits[rows], corners[rows], table.scores[rows])
        for image_id, rows in zip(ids.tolist(), parts, strict=bool(len(ids)))
    }


def _lack(lack: Counter[str], boxes: Boxes) -> str:
    if not len(boxes.digits):
        return "no box at all"
    digit = min(lack)
    there = int((boxes.digits == int(digit)).sum())
    return f"only {there} of {digit}" if there else f"no box of {digit}"


def _told(
    code: str,
    where: str,
    cases: list[tuple[int, str, str]],
    total: int,
    phrase: str,
    thing: str = "string",
    level: str | None = None,
) -> list[Finding]:
    if not cases:
        return []
    examples = [f"image {image_id} ({s:.20}: {why})" for image_id, s, why in cases[:EXAMPLES]]
    what = f"{share(len(cases), total, thing)}: {phrase}: {some(examples, len(cases))}"
    return [finding(code, where, what, level)]


def _order(where: str, disordered: list[tuple[int, str, Boxes]], several: int) -> list[Finding]:
    mostly = len(disordered) >= 5 and len(disordered) > 0.5 * several
    in_rows, wrong, reverse, by_score = [], [], 0, 0
    for image_id, string, boxes in disordered:
        case = (image_id, string, _left_to_right(string, boxes))
        if not mostly and spelled_otherwise(string, boxes):
            in_rows.append(case)
            continue
        wrong.append(case)
        reverse += spelled_by_x(string[::-1], boxes)
        by_score += spelled_along(string, boxes, -boxes.scores)
    phrase = "digits aren't in the order of their boxes"
    if wrong and reverse > 0.9 * len(wrong) and len(wrong) > 2:
        phrase += " (backwards they are)"
    elif wrong and by_score > 0.9 * len(wrong) and len(wrong) > 2:
        phrase += " (by falling score they are)"
    level = ERROR if mostly else WARNING
    return [
        *_told("string-order", where, wrong, several, phrase, level=level),
        *_told("string-rows", where, in_rows, several, "not left to right", level=NOTE),
    ]


def _left_to_right(string: str, boxes: Boxes) -> str:
    # Of each digit as many boxes as the string has, the best.
    wanted = Counter(string)
    rows = []
    for row in np.argsort(-np.nan_to_num(boxes.scores, nan=-1.0), kind="stable").tolist():
        digit = str(boxes.digits[row])
        if wanted[digit] > 0:
            wanted[digit] -= 1
            rows.append(row)
    rows.sort(key=lambda row: boxes.corners[row, 0] + boxes.corners[row, 2])
    return f"boxes give {''.join(str(boxes.digits[row]) for row in rows)}"


def _zeros(where: str, zeros: list[tuple[int, str, str]], total: int) -> list[Finding]:
    level = NOTE if len(zeros) == 1 and total >= _FEW else None
    return _told("zeros-lost", where, zeros, total, "zeros in front are missing", level=level)
