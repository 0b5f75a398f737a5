"""Files in the form of SVHN's: ``digitStruct.mat`` as MATLAB 7.3 writes it, folders, archives."""

import io
import itertools
import string
import struct
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5p, h5r, h5s, h5t
from PIL import Image

# left, top, width, height, label; label 10 is the digit 0.
Box = tuple[float, float, float, float, float]
FIELDS = ("height", "left", "top", "width", "label")
SCALAR = h5s.create(h5s.SCALAR)


def write_digit_struct(
    path: Path,
    entries: Mapping[str, Sequence[Box]],
    libver: str = "earliest",
    number: str = "<f8",
    chunks: bool = False,
) -> None:
    """Write a struct array ``digitStruct`` with the fields ``name`` and ``bbox``.

    What stands in an element of a struct array is an object in the group ``#refs#``, to which the
    field's dataset holds a reference. ``bbox`` of an image is a struct: of one digit, it holds the
    numbers; of several, it is a struct array itself, so that each number is one object more.
    MATLAB stores everything in HDF5's earliest format, numbers as doubles, small data unchunked.
    """
    create = partial(_dataset, number=number, chunks=chunks)
    with h5py.File(path, "w", userblock_size=512, libver=libver) as file:
        refs = h5g.create(file.id, b"#refs#")
        _describe(refs, H5PATH="/#refs#")
        names = _reference_names()
        found = []
        for name, boxes in entries.items():
            characters = np.frombuffer(name.encode("utf-16-le"), np.uint16)[:, None]
            text = create(refs, next(names), characters, "char", MATLAB_int_decode=2)
            found.append((_reference(text), _reference(_bbox(refs, names, boxes, create))))
        root = h5g.create(file.id, b"digitStruct")
        _describe(root, H5PATH="/digitStruct", MATLAB_class="struct")
        for position, field in enumerate((b"name", b"bbox")):
            column = np.array([[pair[position]] for pair in found], h5py.ref_dtype)
            create(root, field, column.reshape(-1, 1))
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, HDF5 schema 0.5 .".ljust(116)
    with open(path, "r+b") as file:
        file.write(header + struct.pack("<QHH", 0, 0x0200, 0x4D49))


def write_folder(folder: Path, entries: Mapping[str, Sequence[Box]]) -> Path:
    """Write ``digitStruct.mat`` and a small picture for each entry: N + 20 by 12 pixels."""
    folder.mkdir(parents=True)
    write_digit_struct(folder / "digitStruct.mat", entries)
    for name in entries:
        (folder / name).write_bytes(png(int(Path(name).stem) + 20, 12))
    return folder


def png(width: int, height: int) -> bytes:
    """Return a PNG file in one colour that depends on the width."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (width % 256, 80, 160)).save(buffer, "PNG")
    return buffer.getvalue()


def write_tar(path: Path, members: Sequence[tuple[str, bytes]]) -> Path:
    """Write an archive with these members in this order, compressed if the name ends in ``gz``."""
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def _bbox(
    refs: h5g.GroupID, names: Iterator[bytes], boxes: Sequence[Box], create: Callable
) -> h5g.GroupID:
    name = next(names)
    group = h5g.create(refs, name)
    _describe(group, H5PATH=f"/#refs#/{name.decode()}", MATLAB_class="struct")
    for field in FIELDS:
        index = ("left", "top", "width", "height", "label").index(field)
        values = [np.full((1, 1), box[index], np.float64) for box in boxes]
        if len(values) == 1:
            create(group, field.encode(), values[0], "double")
        else:
            column = [[_reference(create(refs, next(names), v, "double"))] for v in values]
            create(group, field.encode(), np.array(column, h5py.ref_dtype).reshape(-1, 1))
    return group


def _dataset(
    group: h5g.GroupID,
    name: bytes,
    data: np.ndarray,
    matlab_class: str | None = None,
    *,
    number: str,
    chunks: bool,
    **attributes: int,
) -> h5d.DatasetID:
    stored = number if matlab_class == "double" else data.dtype
    layout = h5p.create(h5p.DATASET_CREATE)
    if chunks:
        layout.set_chunk(data.shape)
    dataset = h5d.create(
        group,
        name,
        h5t.py_create(np.dtype(stored), logical=True),
        h5s.create_simple(data.shape),
        layout,
    )
    dataset.write(h5s.ALL, h5s.ALL, data)
    if matlab_class:
        attributes = {
            "H5PATH": f"/#refs#/{name.decode()}",
            "MATLAB_class": matlab_class,
        } | attributes
    _describe(dataset, **attributes)
    return dataset


def _describe(owner: h5g.GroupID | h5d.DatasetID, **attributes: str | int) -> None:
    for name, value in attributes.items():
        data = np.array(value.encode() if isinstance(value, str) else value)
        data = data if data.dtype.kind == "S" else data.astype(np.int32)
        h5a.create(owner, name.encode(), h5t.py_create(data.dtype), SCALAR).write(data)


def _reference(owner: h5g.GroupID | h5d.DatasetID) -> h5r.Reference:
    return h5r.create(owner, b".", h5r.OBJECT)


def _reference_names() -> Iterator[bytes]:
    letters = string.ascii_letters + string.digits
    for length in itertools.count(1):
        for parts in itertools.product(letters, repeat=length):
            yield "".join(parts).encode()
