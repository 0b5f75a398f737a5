"""Read a COCO JSON whose categories are digits, say clearly what is wrong with it, or write one."""

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from mmdigits.digits import DIGITS
from mmdigits.errors import InputError


class Annotation(NamedTuple):
    """One labelled digit as the file gives it.

    Attributes:
        bbox: x_min, y_min, x_max, y_max in pixels of the stored image; may reach outside it.
        label: The digit, 0 to 9.
        ignore: Whether the file marks it ``iscrowd``.
    """

    bbox: tuple[float, float, float, float]
    label: int
    ignore: bool


class ImageRecord(NamedTuple):
    """One image of the file.

    Attributes:
        image_id: The file's integer id.
        file_name: Path below the image folder.
        size: Width and height in pixels, or None where the file does not say.
        annotations: In file order, which in the homework's data is reading order.
    """

    image_id: int
    file_name: str
    size: tuple[int, int] | None
    annotations: list[Annotation]


def read_annotations(path: str | os.PathLike) -> list[ImageRecord]:
    """Read an annotation file of the homework's layout.

    Args:
        path: COCO JSON with ``images``, ``annotations`` and ``categories``.

    Returns:
        The images in file order; one without boxes has an empty annotation list.

    Raises:
        InputError: If the file is missing, is not JSON, lacks a part, names an id twice, points
            to an unknown image or category, or has a box that is not four finite numbers.
    """
    content = _load(path)
    labels = digit_of_category(content["categories"], path)
    records: dict[int, ImageRecord] = {}
    for image in content["images"]:
        record = _image_record(image, path)
        if record.image_id in records:
            raise InputError(
                f"annotations: {path} has two images with id {record.image_id}: "
                f"{records[record.image_id].file_name} and {record.file_name}; ids must differ"
            )
        records[record.image_id] = record
    for annotation in content["annotations"]:
        image_id, digit = _annotation(annotation, labels, path)
        if not isinstance(image_id, int) or image_id not in records:
            raise InputError(
                f"annotations: {path} has a box on image {image_id!r}, which its 'images' do not "
                "list; add the image or remove the box"
            )
        records[image_id].annotations.append(digit)
    return list(records.values())


def digit_of_category(categories: Sequence[dict], path: str | os.PathLike) -> dict[int, int]:
    """Map the category ids of a file to digits.

    By name where every name is a digit; by id (digit = id - 1) where no name is and the ids are
    exactly 1 to 10, as in the homework.

    Args:
        categories: The file's ``categories``: dicts with ``id`` and ``name``.
        path: The file, for the message.

    Returns:
        The digit, 0 to 9, of each category id.

    Raises:
        InputError: If neither rule fits; the message shows the categories that were found.
    """
    names = {
        category["id"]: str(category["name"]).strip()
        for category in categories
        if isinstance(category.get("id"), int) and "name" in category
    }
    named_digits = [name for name in names.values() if name in DIGITS]
    if len(names) == len(categories) and names:
        if len(named_digits) == len(set(named_digits)) == len(names):
            return {category: int(name) for category, name in names.items()}
        if not named_digits and sorted(names) == list(range(1, 11)):
            return {category: category - 1 for category in names}
    found = ", ".join(f"{c.get('id')}: {c.get('name')!r}" for c in categories[:12]) or "none"
    more = f" and {len(categories) - 12} more" if len(categories) > 12 else ""
    raise InputError(
        f"annotations: the categories of {path} are not the ten digits; found {found}{more}; "
        "allowed are names '0' to '9', each once, or ids 1 to 10 (digit = id - 1); mend the "
        "'categories' of that file"
    )


def coco_annotation(number: int, image_id: int, label: int, bbox: Sequence[float]) -> dict:
    """Describe one box as COCO does.

    Args:
        number: Of the annotation in its file, from 1.
        image_id: Of its image.
        label: Digit, 0 to 9.
        bbox: x_min, y_min, width and height in pixels.

    Returns:
        An entry of a file's ``annotations``, with ``category_id`` digit + 1.
    """
    return dict(
        id=number,
        image_id=image_id,
        category_id=label + 1,
        bbox=list(bbox),
        area=bbox[2] * bbox[3],
        iscrowd=0,
    )


def coco_categories() -> list[dict]:
    """List the ten digits as COCO's ``categories``: id is digit + 1."""
    return [dict(id=label + 1, name=digit) for label, digit in enumerate(DIGITS)]


def write_annotations(
    path: Path, description: str, images: Sequence[dict], annotations: Sequence[dict]
) -> None:
    """Write labels in the homework's layout, which :func:`read_annotations` reads.

    Args:
        path: The file.
        description: Where the data come from, and what wrote the file.
        images: Dicts of ``id``, ``file_name``, ``width`` and ``height``.
        annotations: What :func:`coco_annotation` makes.
    """
    content = dict(
        info=dict(description=description),
        images=images,
        annotations=annotations,
        categories=coco_categories(),
    )
    path.write_text(json.dumps(content), encoding="utf-8")


def _load(path: str | os.PathLike) -> dict:
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except FileNotFoundError:
        raise InputError(
            f"annotations: there is no file {path}; put the data there (train.json and valid.json "
            "beside train/, valid/ and test/), or set DIGITS_DATA to the folder that holds them"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"annotations: {path} is not a JSON file ({error}); fetch or write it again"
        ) from None
    for part in ("images", "annotations", "categories"):
        entries = content.get(part) if isinstance(content, dict) else None
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise InputError(
                f"annotations: {path} has no list of objects '{part}'; a COCO file has images, "
                "annotations and categories (for images without labels leave ann_file empty)"
            )
    if not content["images"]:
        raise InputError(f"annotations: {path} lists no images; check how it was written")
    return content


def _image_record(image: dict, path: str | os.PathLike) -> ImageRecord:
    image_id, name = image.get("id"), image.get("file_name")
    size = (image.get("width"), image.get("height"))
    sized = all(
        isinstance(side, int | float) and 0 < side < 1e6 and side == int(side) for side in size
    )
    if (
        not isinstance(image_id, int)
        or not isinstance(name, str)
        or not (sized or size == (None, None))
    ):
        raise InputError(
            f"annotations: {path} has the image entry {image}; it needs an integer 'id', a "
            "'file_name', and 'width' and 'height' in pixels"
        )
    return ImageRecord(image_id, name, (int(size[0]), int(size[1])) if sized else None, [])


def _annotation(
    annotation: dict, labels: dict[int, int], path: str | os.PathLike
) -> tuple[int, Annotation]:
    box, category = annotation.get("bbox"), annotation.get("category_id")
    numbers = isinstance(box, list) and all(
        isinstance(value, int | float) and math.isfinite(value) for value in box
    )
    if not numbers or len(box) != 4:
        raise InputError(
            f"annotations: {path}: annotation {annotation.get('id')} has the bbox {box}; it must "
            "be four finite numbers [x_min, y_min, width, height] in pixels"
        )
    if not isinstance(category, int) or category not in labels:
        raise InputError(
            f"annotations: {path}: annotation {annotation.get('id')} has category_id {category}, "
            f"which its 'categories' do not list; known are {sorted(labels)}"
        )
    x, y, width, height = box
    return annotation.get("image_id"), Annotation(
        (x, y, x + width, y + height), labels[category], bool(annotation.get("iscrowd", 0))
    )
