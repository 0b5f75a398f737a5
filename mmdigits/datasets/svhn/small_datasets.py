"""HDF5 datasets of a few numbers, by the hundred thousand."""

import struct
from collections.abc import Callable

import h5py
import numpy as np
from h5py import h5d, h5s, h5t

_MESSAGE = struct.Struct("<HHB3x")  # type, size, flags
_TWO_WORDS = struct.Struct("<QQ")
_DATASPACE, _DATATYPE, _LAYOUT, _CONTINUATION = 0x0001, 0x0003, 0x0008, 0x0010
_SHARED = 0x02
_DTYPES = {
    bytes.fromhex("11203f0008000000"): np.dtype("<f8"),
    bytes.fromhex("1000000002000000"): np.dtype("<u2"),
    bytes.fromhex("1700000008000000"): np.dtype("<u8"),  # object references
}


class SmallDatasets:
    """Read datasets by the address of their object header, without opening them.

    HDF5 takes some 30 microseconds to open and close a dataset, and SVHN's ``digitStruct.mat`` has
    half a million, most of them with a single number: 19 s. One that is stored the plain way
    (object header version 1; little-endian double, uint16 or object references; contiguous or
    compact) is found in the file's bytes in a tenth of the time. The library reads every other.

    Source: HDF5 File Format Specification 3.0, sections IV.A.1.a (object header), IV.A.2.b
    (dataspace), IV.A.2.d (datatype), IV.A.2.i (layout) and IV.A.2.q (continuation).

    Args:
        file: The open file.
        content: All bytes of that file, as ``bytes`` or a memory map.
    """

    def __init__(self, file: h5py.File, content: bytes) -> None:
        creation = file.id.get_create_plist()
        self._base = creation.get_userblock()
        self._content = content
        self._usable = creation.get_sizes() == (8, 8)  # bytes of an address, and of a length

    def read(self, address: int, open_dataset: Callable[[], h5d.DatasetID]) -> np.ndarray:
        """Return one dataset's values.

        Args:
            address: Of its object header, as object references and links give it.
            open_dataset: Opens the same dataset; called when the library has to read it.

        Returns:
            Flat: uint64 addresses where the dataset holds object references, uint16 where it does
            (MATLAB's characters), and float64 for any other number.
        """
        values = self._plain(self._base + address) if self._usable else None
        return read_flat(open_dataset()) if values is None else values

    def _plain(self, header: int) -> np.ndarray | None:
        content, size = self._content, len(self._content)
        if header + 16 > size or content[header] != 1:
            return None
        count = dtype = start = None
        blocks = [(header + 16, int.from_bytes(content[header + 8 : header + 12], "little"))]
        for at, length in blocks:
            end = min(at + length, size)
            while at + 16 <= end and (count is None or dtype is None or start is None):
                kind, length, flags = _MESSAGE.unpack_from(content, at)
                at += _MESSAGE.size
                if at + length > end or len(blocks) > 9:  # damaged, or a ring of blocks
                    return None
                if kind == _CONTINUATION:
                    block, length_there = _TWO_WORDS.unpack_from(content, at)
                    blocks.append((self._base + block, length_there))
                elif flags & _SHARED and kind in (_DATASPACE, _DATATYPE):
                    return None
                elif kind == _DATASPACE and content[at] == 1:
                    count = self._count(at)
                elif kind == _DATATYPE:
                    dtype = _DTYPES.get(content[at : at + 8])
                elif kind == _LAYOUT and content[at] == 3:
                    start = self._start(at)
                at += length
        if count is None or dtype is None or start is None:
            return None
        if start + count * dtype.itemsize > size:
            return None
        # A copy, since a memory map can't be closed while there are views of it.
        return np.frombuffer(content, dtype, count, start).copy()

    def _count(self, at: int) -> int:
        count = 1
        for axis in range(self._content[at + 1]):
            count *= int.from_bytes(self._content[at + 8 + 8 * axis : at + 16 + 8 * axis], "little")
        return count

    def _start(self, at: int) -> int | None:
        compact, contiguous = 0, 1
        if self._content[at + 1] == compact:
            return at + 4
        if self._content[at + 1] == contiguous:
            return self._base + int.from_bytes(self._content[at + 2 : at + 10], "little")
        return None


def read_flat(dataset: h5d.DatasetID) -> np.ndarray:
    """Read a whole dataset with the library.

    Args:
        dataset: Of numbers or object references.

    Returns:
        As :meth:`SmallDatasets.read`.
    """
    stored = dataset.get_type()
    if stored.get_class() == h5t.REFERENCE:
        wanted, dtype = h5t.STD_REF_OBJ, np.uint64
    elif stored.equal(h5t.STD_U16LE):
        wanted, dtype = h5t.NATIVE_UINT16, np.uint16
    else:
        wanted, dtype = h5t.NATIVE_DOUBLE, np.float64
    values = np.empty(dataset.shape, dtype)
    dataset.read(h5s.ALL, h5s.ALL, values, wanted)
    return values.ravel()
