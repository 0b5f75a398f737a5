"""The list of all images, which predictions need beside them."""

import csv
import os
from typing import NamedTuple

from mmdigits.errors import InputError
from mmdigits.files.annotations import ImageRecord, read_annotations
from mmdigits.files.images import assign_image_ids, list_images


class ImageSet(NamedTuple):
    """Every image that a set of predictions is about, by id.

    Attributes:
        source: The file or folder that lists the images, for messages.
        names: File name of each image id, None where the list has ids alone.
        records: The labelled images, or None without labels.
    """

    source: str
    names: dict[int, str | None]
    records: list[ImageRecord] | None

    @property
    def truths(self) -> list[str]:
        """True strings in the order of ``names``: all digits of an image, in file order."""
        return ["".join(str(a.label) for a in record.annotations) for record in self.records]


def read_image_set(
    labels: str | os.PathLike | None = None,
    images: str | os.PathLike | None = None,
    ids: str | os.PathLike | None = None,
) -> ImageSet:
    """List the images, which predictions can't: an image without a detection isn't among them.

    Args:
        labels: COCO JSON of a labelled set.
        images: Folder of images; ids as :func:`~mmdigits.files.images.assign_image_ids`
            gives them.
        ids: CSV file with a column ``image_id``, such as a ``pred.csv``.

    Returns:
        The images of whichever of the three is given, by id.

    Raises:
        InputError: If not exactly one is given, it can't be read, it lists no image or one image
            twice, or ``labels`` has no box at all.
    """
    if [labels, images, ids].count(None) != 2:
        raise InputError(
            "predictions: give exactly one of labels, images and ids; an image without a detection "
            "isn't in pred.json, so the list of all images has to come from elsewhere"
        )
    if labels is not None:
        records = sorted(read_annotations(labels), key=lambda record: record.image_id)
        if not any(record.annotations for record in records):
            raise InputError(
                f"predictions: {labels} has no box, so nothing can be scored; for images without "
                "labels give their folder instead"
            )
        return ImageSet(str(labels), {r.image_id: r.file_name for r in records}, records)
    if images is not None:
        files = list_images(images)
        if not files:
            raise InputError(f"predictions: {images} holds no image; name the test images' folder")
        names = dict(zip(assign_image_ids(files), files, strict=True))
        return ImageSet(str(images), dict(sorted(names.items())), None)
    return ImageSet(str(ids), dict.fromkeys(sorted(_csv_ids(ids))), None)


def _csv_ids(path: str | os.PathLike) -> list[int]:
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:  # Excel marks its files
            cells = [row.get("image_id") for row in csv.DictReader(file)]
    except FileNotFoundError:
        raise InputError(f"predictions: there is no file {path}; give a pred.csv") from None
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"predictions: {path} is not a CSV file ({error})") from None
    # Python refuses to turn longer texts into a number.
    short = [cell for cell in cells if cell and len(cell) < 4300]
    ids = [int(cell) for cell in short if cell.isascii() and cell.isdigit()]
    if not ids or len(ids) < len(cells) or len(set(ids)) < len(ids):
        raise InputError(
            f"predictions: {path} has {len(cells)} rows with {len(set(ids))} different image ids; "
            "it needs a column image_id, an integer in every row, none twice"
        )
    return ids
