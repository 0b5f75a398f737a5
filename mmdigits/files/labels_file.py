"""Read a ``pred.csv`` of whoever made it."""

import csv
import os

from mmdigits.errors import InputError
from mmdigits.files.image_set import ImageSet
from mmdigits.files.submission import NOTHING_READ


def read_labels_file(path: str | os.PathLike, images: ImageSet) -> dict[int, str]:
    """Read the numbers of a ``pred.csv``.

    Args:
        path: Columns ``image_id`` and ``pred_label``, the number or -1 where nothing is read.
        images: The images that it must list, each once.

    Returns:
        The string of every image of ``images``, in its order; ``""`` for -1.

    Raises:
        InputError: If the file is missing, a label is neither digits nor -1, or an image is
            missing, unknown or listed twice.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:  # Excel marks its files
            rows = [(row["image_id"], row["pred_label"]) for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise InputError(
            f"predictions: can't read {path} as a CSV file of image_id and pred_label ({error!r}); "
            "tools/test.py writes one"
        ) from None
    strings: dict[int, str] = {}
    for number, (image_id, label) in enumerate(rows, start=2):
        if not (_digits(image_id) and int(image_id) in images.names):
            problem = f"has image_id {image_id!r}, which {images.source} does not list"
        elif int(image_id) in strings:
            problem = f"lists image {image_id} again"
        elif not (_digits(label) or label == NOTHING_READ):
            problem = f"has pred_label {label!r}; allowed are digits, or -1 where nothing is read"
        else:
            strings[int(image_id)] = "" if label == NOTHING_READ else label
            continue
        raise InputError(f"predictions: {path}: line {number} {problem}; mend it")
    missing = [image_id for image_id in images.names if image_id not in strings]
    if missing:
        raise InputError(
            f"predictions: {path} has no row for {len(missing)} images of {images.source}, such as "
            f"{', '.join(map(str, missing[:5]))}; every image needs one, -1 where nothing is read"
        )
    return {image_id: strings[image_id] for image_id in images.names}


def _digits(text: str | None) -> bool:
    # Python refuses to turn longer texts into a number.
    return text is not None and text.isascii() and text.isdigit() and len(text) < 4300
