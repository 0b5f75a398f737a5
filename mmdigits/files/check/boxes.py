"""Whether the boxes of a ``pred.json`` can be boxes of digits in their images."""

from collections.abc import Sequence

import numpy as np

from mmdigits.files.check.findings import Finding, finding, share, some
from mmdigits.files.check.known_images import KnownImages
from mmdigits.files.check.layouts import (
    AS_ASKED,
    CORNERS,
    CORNERS_Y_FIRST,
    as_corners,
    guess_layout,
    inside,
    truth_overlap,
)
from mmdigits.files.check.rule import ERROR, NOTE, WARNING
from mmdigits.files.check.table import Table, best_of_images

_FEW = 20  # boxes; below this their places are no statistics


def check_boxes(
    where: str, table: Table, known: KnownImages | None
) -> tuple[np.ndarray, list[Finding]]:
    """Check what the four numbers are, and where they put the boxes.

    Args:
        where: The file, for findings.
        table: Its entries.
        known: Sizes and true boxes of images, as far as they are known.

    Returns:
        ``(N, 4)`` corners x_min, y_min, x_max, y_max of all entries, read as what they seem to be,
        NaN where there are none; and what is wrong with them.
    """
    boxes = table.boxes
    usable = ~np.isnan(boxes).any(axis=1)
    corners = as_corners(boxes, AS_ASKED)
    if not usable.any():
        return corners, []
    sizes = _sizes(table.image_ids, known)
    if np.abs(boxes[usable]).max() <= 1.5:
        what = f"no number is above {np.abs(boxes[usable]).max():.3g}: {_examples(table, usable)}"
        return corners * np.tile(sizes, 2), [finding("box-normalised", where, what)]
    truths = known.truths if known else {}
    # Weak boxes may lie anywhere; the best of an image is nearly always a digit.
    best = np.isin(np.arange(len(boxes)), best_of_images(table, usable))
    judged = np.where(best[:, None], sizes, np.nan)
    guess = guess_layout(boxes[usable], table.image_ids[usable], judged[usable], truths)
    if guess.layout != AS_ASKED:
        code = "corners" if guess.layout in (CORNERS, CORNERS_Y_FIRST) else "box-layout"
        what = f"the boxes look like {guess.layout} instead of {AS_ASKED}: {guess.reason}; "
        what += f"such as {_examples(table, usable)}"
        level = ERROR if guess.certain else WARNING
        return as_corners(boxes, guess.layout), [finding(code, where, what, level)]
    findings = _sides(where, table, usable)
    framed = _frame(where, table, corners, sizes, truths, usable)
    return corners, findings + (framed or _outside(where, table, corners, sizes, usable))


def _sizes(image_ids: np.ndarray, known: KnownImages | None) -> np.ndarray:
    sizes = known.sizes if known else {}
    unknown = (np.nan, np.nan)
    found = [sizes.get(image_id, unknown) for image_id in image_ids.tolist()]
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _sides(where: str, table: Table, usable: np.ndarray) -> list[Finding]:
    sides = table.boxes[:, 2:]
    negative = usable & (sides < 0).any(axis=1)
    empty = usable & ~negative & (sides == 0).any(axis=1)
    findings = []
    for code, wrong, phrase in (
        ("box-negative", negative, "width or height is negative"),
        ("box-empty", empty, "width or height is 0"),
    ):
        if wrong.any():
            part = share(int(wrong.sum()), int(usable.sum()), "box")
            what = f"{part}: {phrase}: {_examples(table, wrong)}"
            findings.append(finding(code, where, what))
    return findings


def _frame(
    where: str,
    table: Table,
    corners: np.ndarray,
    sizes: np.ndarray,
    truths: dict[int, np.ndarray],
    usable: np.ndarray,
) -> list[Finding]:
    sized = usable & ~np.isnan(sizes[:, 0])
    overlap = truth_overlap(corners[usable], table.image_ids[usable], truths)
    if overlap is not None and overlap < 0.2:
        what = f"the best box for a true one overlaps it by {overlap:.2f} in the median (IoU): "
        what += "the boxes seem to be of resized or of other images"
        level = ERROR if usable.sum() >= _FEW else WARNING
        return [finding("box-frame", where, what, level)]
    if not sized.any() or overlap is not None:
        return []
    best = best_of_images(table, sized & (table.boxes[:, 2:] > 0).all(axis=1))
    beyond = best[~inside(corners[best], sizes[best])]
    if len(beyond) >= 3 and len(beyond) > 0.2 * len(best):
        what = f"{share(len(beyond), len(best), 'image')}: the best box reaches out of the image: "
        which = np.isin(np.arange(len(sizes)), beyond)
        return [finding("box-frame", where, what + _examples(table, which, sizes))]
    middles = np.median(((corners[:, :2] + corners[:, 2:]) / 2 / sizes)[best], axis=0)
    if len(best) >= _FEW and (np.abs(middles - 0.5) > 0.25).any():
        what = f"the middle of an image's best box lies at {middles[0]:.0%} of the width and "
        what += f"{middles[1]:.0%} of the height in the median, that of numbers at about half: "
        what += _examples(table, np.isin(np.arange(len(sizes)), best), sizes)
        return [finding("box-frame", where, what, WARNING)]
    return []


def _outside(
    where: str, table: Table, corners: np.ndarray, sizes: np.ndarray, usable: np.ndarray
) -> list[Finding]:
    sized = ~np.isnan(sizes[:, 0])
    limits = np.where(np.isnan(sizes), np.inf, sizes)
    gone = usable & ((corners[:, 2:] < 0) | (corners[:, :2] > limits)).any(axis=1)
    partly = usable & ~gone & sized & ~inside(corners, sizes)
    partly &= (table.boxes[:, 2:] > 0).all(axis=1)
    findings = []
    for wrong, phrase, level in (
        (gone, "wholly outside the image", WARNING),
        (partly, "partly outside the image", NOTE),
    ):
        if wrong.any():
            part = share(int(wrong.sum()), int(usable.sum()), "box")
            what = f"{part}: {phrase}: {_examples(table, wrong, sizes)}"
            findings.append(finding("box-outside", where, what, level))
    return findings


def _examples(table: Table, which: np.ndarray, sizes: np.ndarray | None = None) -> str:
    rows = np.nonzero(which)[0]
    told: Sequence[str] = [_example(table, row, sizes) for row in rows[:3]]
    return some(told) + (f" and {len(rows) - 3:,} more" if len(rows) > 3 else "")


def _example(table: Table, row: int, sizes: np.ndarray | None) -> str:
    box = ", ".join(f"{value:.6g}" for value in table.boxes[row])
    size = ""
    if sizes is not None and not np.isnan(sizes[row, 0]):
        size = f", {sizes[row, 0]:.0f} x {sizes[row, 1]:.0f} px,"
    return f"entry {table.numbers[row]:,} of image {table.image_ids[row]}{size} ([{box}])"
