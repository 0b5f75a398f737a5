"""What is known about the images from elsewhere: ids, sizes, true boxes."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from mmdigits.errors import InputError
from mmdigits.files.annotations import read_annotations
from mmdigits.files.image_set import read_image_set


class KnownImages(NamedTuple):
    """All images that a submission is about.

    Attributes:
        source: The file or folder that lists them, for messages.
        ids: Their ids.
        sizes: Width and height in pixels by id, as far as they are known.
        truths: True boxes by id, ``(K, 4)`` x_min, y_min, x_max, y_max; only with labels.
    """

    source: str
    ids: frozenset[int]
    sizes: dict[int, tuple[int, int]]
    truths: dict[int, np.ndarray]


def know_images(
    labels: str | os.PathLike | None = None,
    images: str | os.PathLike | None = None,
    ids: str | os.PathLike | None = None,
) -> KnownImages | None:
    """List the images from whichever is given.

    Args:
        labels: COCO JSON; may be without boxes.
        images: Folder of images; of each only the head is read. One that can't be read has no
            known size.
        ids: CSV file with a column ``image_id``.

    Returns:
        The images; None when none of the three is given.

    Raises:
        InputError: If what is given can't be read or lists no image.
    """
    try:
        return _known(labels, images, ids)
    except InputError:
        raise
    except (OSError, ValueError, RecursionError) as error:  # integers of 5,000 digits and the like
        given = next(path for path in (labels, images, ids) if path is not None)
        raise InputError(f"can't read {given} ({error}); give the homework's own files") from None


def _known(
    labels: str | os.PathLike | None,
    images: str | os.PathLike | None,
    ids: str | os.PathLike | None,
) -> KnownImages | None:
    if labels is not None:
        records = read_annotations(labels)
        return KnownImages(
            str(labels),
            frozenset(record.image_id for record in records),
            {record.image_id: record.size for record in records if record.size},
            {
                r.image_id: np.array([a.bbox for a in r.annotations])
                for r in records
                if r.annotations
            },
        )
    if images is None and ids is None:
        return None
    found = read_image_set(images=images, ids=ids)
    sizes = {}
    if images is not None:
        for image_id, name in found.names.items():
            size = _size(Path(images) / name)
            if size:
                sizes[image_id] = size
    return KnownImages(found.source, frozenset(found.names), sizes, {})


def _size(path: Path) -> tuple[int, int] | None:
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
