"""Decoded images in memory that a data loader's processes share."""

import mmap
from collections.abc import Mapping
from multiprocessing import Lock

import numpy as np


class ImageStore:
    """Keeps decoded images, each from the first time that it is put there.

    The memory is shared by the processes that are forked after the store is made, as those of a
    data loader are: what one of them decodes none decodes again. It is reserved at once, but taken
    up only as images come. Where processes are spawned each has a store of its own. A deep copy is
    the store itself.

    Args:
        sizes: Height and width in pixels of every image, by its path.
    """

    def __init__(self, sizes: Mapping[str, tuple[int, int]]) -> None:
        self._sizes = dict(sizes)
        self._numbers = {path: number for number, path in enumerate(self._sizes)}
        lengths = [height * width * 3 for height, width in self._sizes.values()]
        self._starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        self._reserve()

    def _reserve(self) -> None:
        # mmap refuses to be empty.
        self._pixels = np.frombuffer(mmap.mmap(-1, max(int(self._starts[-1]), 1)), np.uint8)
        self._kept = np.frombuffer(mmap.mmap(-1, max(len(self._sizes), 1)), np.uint8)
        # No process may see that an image is kept before it sees all of its pixels.
        self._lock = Lock()

    def get(self, path: str) -> np.ndarray | None:
        """Take an image out.

        Args:
            path: Its path.

        Returns:
            A copy, ``(H, W, 3)`` uint8; None if it isn't kept.
        """
        number = self._numbers.get(path)
        if number is None:
            return None
        with self._lock:
            if not self._kept[number]:
                return None
        return self._place(number, path).copy()

    def put(self, path: str, image: np.ndarray) -> None:
        """Keep an image, unless its path is unknown or it is of another size or kind.

        Args:
            path: Its path.
            image: ``(H, W, 3)`` uint8.
        """
        number = self._numbers.get(path)
        if number is None or image.dtype != np.uint8:
            return
        if image.shape != (*self._sizes[path], 3):
            return
        with self._lock:
            self._place(number, path)[:] = image
            self._kept[number] = 1

    def _place(self, number: int, path: str) -> np.ndarray:
        start, end = self._starts[number : number + 2]
        return self._pixels[start:end].reshape(*self._sizes[path], 3)

    def __deepcopy__(self, memo: dict) -> "ImageStore":
        return self

    def __reduce__(self) -> tuple:
        return ImageStore, (self._sizes,)
