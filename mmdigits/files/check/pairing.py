"""How categories stand for digits, and strings for images, judged by the best box of each image."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from mmdigits.files.check.findings import Finding, counted, finding
from mmdigits.files.check.table import Table, best_of_images

_MAPS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "category_id - 1": lambda categories: categories - 1,
    "category_id itself": lambda categories: categories,
    "category_id, with 10 for 0": lambda categories: categories % 10,
    "category_id - 2": lambda categories: categories - 2,
}
_FEW = 10  # images with a string and a box


class Pairing(NamedTuple):
    """How the two files go together.

    Attributes:
        digits: ``(N,)`` int64, the digit of each entry as its category seems to be meant.
        comparable: Whether strings can be compared with the boxes of their images.
        findings: What is wrong for the whole file.
    """

    digits: np.ndarray
    comparable: bool
    findings: list[Finding]


def pair(json_name: str, csv_name: str, table: Table, strings: Mapping[int, str | None]) -> Pairing:
    """Find out what categories mean and whether strings belong to their images.

    The best box of an image is nearly always a digit of its number, so the share of images where
    it is tells right files from wrong ones, whatever else is detected.

    Args:
        json_name: The file with the boxes.
        csv_name: The file with the strings.
        table: The entries.
        strings: The string of each image, ``""`` for -1.

    Returns:
        The digits by whichever meaning fits, and what had to be assumed.
    """
    best = best_of_images(table, table.categories >= 0)
    images, categories = table.image_ids[best].tolist(), table.categories[best]
    usual = _MAPS["category_id - 1"]

    def hits(digits: np.ndarray, of_image: Mapping[int, str | None]) -> float:
        pairs = zip(images, digits.tolist(), strict=True)
        found = [0 <= d <= 9 and str(d) in of_image[i] for i, d in pairs if of_image.get(i)]
        return float(np.mean(found)) if found else 1.0

    number = sum(bool(strings.get(i)) for i in images)
    right = hits(usual(categories), strings)
    if number < 3 or right >= 0.6:
        return Pairing(usual(table.categories), True, [])
    of_map = {name: hits(digits(categories), strings) for name, digits in _MAPS.items()}
    name = max(of_map, key=of_map.get)
    if 10 in table.categories and of_map["category_id, with 10 for 0"] >= of_map[name]:
        name = "category_id, with 10 for 0"
    told = f"of {counted(number, 'image')} with a string the best box shows a digit of it in "
    if of_map[name] >= 0.8 and right < 0.5:
        what = f"{told}{right:.0%}; if the digit is {name}, in {of_map[name]:.0%}"
        found = [finding("category-shift", json_name, what)]
        return Pairing(_MAPS[name](table.categories), True, found)
    if number < _FEW:
        return Pairing(usual(table.categories), True, [])
    of_order = {how: hits(usual(categories), moved) for how, moved in _moved(strings).items()}
    how = max(of_order, key=of_order.get)
    if of_order[how] >= 0.8:
        what = f"{told}{right:.0%}; {how}, in {of_order[how]:.0%}"
        found = [finding("strings-moved", csv_name, what)]
        return Pairing(usual(table.categories), False, found)
    found = [finding("strings-other", csv_name, f"{told}{right:.0%}")] if right < 0.5 else []
    return Pairing(usual(table.categories), True, found)


def _moved(strings: Mapping[int, str | None]) -> dict[str, dict[int, str | None]]:
    numeric = sorted(strings)
    as_text = sorted(strings, key=str)
    return {
        how: {image_id: strings[other] for image_id, other in zip(to, of, strict=True)}
        for how, to, of in (
            ("if each row is moved up by one", numeric[:-1], numeric[1:]),
            ("if each row is moved down by one", numeric[1:], numeric[:-1]),
            ("if the images were sorted as text (1, 10, 100, ...)", as_text, numeric),
            ("if the strings were sorted as text (1, 10, 100, ...)", numeric, as_text),
        )
    }
