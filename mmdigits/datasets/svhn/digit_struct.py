"""SVHN's labels: the struct array in ``digitStruct.mat``, a MATLAB 7.3 file, which is HDF5."""

import math
import mmap
import struct
from functools import partial
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from h5py import h5d, h5g, h5r, h5s
from rich.progress import Progress

from mmdigits.datasets.svhn.small_datasets import SmallDatasets, read_flat
from mmdigits.errors import InputError

_FIELDS = ("left", "top", "width", "height", "label")


class Entry(NamedTuple):
    """One image of the file.

    Attributes:
        name: File name, for example ``"1.png"``.
        bboxes: ``[x_min, y_min, width, height]`` for each digit, in pixels; may reach outside the
            image. Whole numbers are ints.
        labels: The digits, 0 to 9, in the same order.
    """

    name: str
    bboxes: list[list[float]]
    labels: list[int]


def read_digit_struct(path: Path, progress: Progress | None = None) -> list[Entry]:
    """Read a whole ``digitStruct.mat``: 5 s for SVHN's 33,402 images with 73,257 digits.

    Args:
        path: The file.
        progress: Shows how far it is; the caller starts it.

    Returns:
        The entries in file order. Label 10, SVHN's zero, is the digit 0.

    Raises:
        InputError: If the file is missing, not HDF5, damaged, has no such struct array, or an entry
            has a label outside 1 to 10, a box that isn't finite, or fields of different lengths.
    """
    if not path.is_file():
        raise InputError(f"svhn: there is no file {path}; it comes with SVHN's full numbers")
    if not h5py.is_hdf5(path):
        raise InputError(
            f"svhn: {path} is not HDF5, as MATLAB 7.3 writes it; take digitStruct.mat of SVHN's "
            "full numbers as published, and fetch it again if it's damaged"
        )
    progress = progress or Progress(disable=True)
    try:
        with (
            h5py.File(path) as file,
            open(path, "rb") as raw,
            mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            return _read(file, SmallDatasets(file, content), path, progress)
    except InputError:
        raise
    except (
        AttributeError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        struct.error,
    ) as error:
        # h5py passes HDF5's own failures on as any of these.
        raise InputError(
            f"svhn: {path} can't be read as SVHN's digitStruct "
            f"({' '.join(str(error).split())}); fetch it again"
        ) from None


def _read(file: h5py.File, small: SmallDatasets, path: Path, progress: Progress) -> list[Entry]:
    addresses, names = _references(file.id, b"digitStruct/name")
    _, boxes = _references(file.id, b"digitStruct/bbox")
    if len(names) != len(boxes):
        raise InputError(
            f"svhn: {path} has {len(names)} names but {len(boxes)} bbox; fetch it again"
        )
    entries = []
    each = zip(addresses.tolist(), names, boxes, strict=True)
    for address, name, box in progress.track(each, len(names), description="digitStruct.mat"):
        characters = small.read(address, partial(h5r.dereference, name, file.id))
        text = characters.astype(np.uint16).tobytes().decode("utf-16-le", "replace")
        group = h5r.dereference(box, file.id)
        if not isinstance(group, h5g.GroupID):
            raise InputError(
                f"svhn: {path}: {text!r} has no boxes; remove the entry or fetch it again"
            )
        columns = [_column(small, file, group, field.encode()) for field in _FIELDS]
        entries.append(_entry(text, columns, path))
    return entries


def _references(
    parent: h5py.h5f.FileID | h5g.GroupID, name: bytes
) -> tuple[np.ndarray, np.ndarray]:
    """Return a dataset of object references as addresses and as objects that can be followed."""
    dataset = h5d.open(parent, name)
    followed = np.empty(dataset.shape, h5py.ref_dtype)
    dataset.read(h5s.ALL, h5s.ALL, followed)
    return read_flat(dataset), followed.ravel()


def _column(small: SmallDatasets, file: h5py.File, group: h5g.GroupID, field: bytes) -> list[float]:
    """Return one field of all boxes of an image.

    The numbers themselves are in the dataset when there's one box, and references to them when
    there are several.
    """

    def follow(position: int) -> h5d.DatasetID:
        return h5r.dereference(_references(group, field)[1][position], file.id)

    stored = small.read(group.links.get_info(field).u, partial(h5d.open, group, field))
    if stored.dtype != np.uint64:
        return stored.tolist()
    return [
        small.read(address, partial(follow, position))[0].item()
        for position, address in enumerate(stored.tolist())
    ]


def _entry(name: str, columns: list[list[float]], path: Path) -> Entry:
    *sides, labels = columns
    if len({len(column) for column in columns}) != 1:
        raise InputError(
            f"svhn: {path}: {name!r} has fields of {sorted({len(c) for c in columns})} values; "
            "each box needs left, top, width, height and label"
        )
    wrong = [label for label in labels if label not in range(1, 11)]
    if wrong:
        raise InputError(
            f"svhn: {path}: {name!r} has the label {wrong[0]:g}; SVHN's are 1 to 9, and 10 for the "
            "digit 0"
        )
    if not all(math.isfinite(value) for side in sides for value in side):
        raise InputError(f"svhn: {path}: {name!r} has a box that isn't four finite numbers")
    if any(value <= 0 for side in sides[2:] for value in side):
        raise InputError(f"svhn: {path}: {name!r} has a box without width or height")
    bboxes = [[int(v) if v == int(v) else v for v in box] for box in zip(*sides, strict=True)]
    return Entry(name, bboxes, [int(label) % 10 for label in labels])
