"""Small copies of photographs."""

import io
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from PIL import Image

LONGEST_SIDE = 480  # pixels; most of SVHN is smaller and keeps its own
QUALITY = 90


class Thumbnail(NamedTuple):
    """A small copy of one photograph.

    Attributes:
        jpeg: The file's content.
        size: Width and height of the photograph itself in pixels, as stored.
    """

    jpeg: bytes
    size: tuple[int, int]


def thumbnails(folder: Path, names: Sequence[str]) -> Iterator[Thumbnail | None]:
    """Make small copies of photographs, several at a time.

    Args:
        folder: Where the photographs are.
        names: Their paths below it.

    Yields:
        A copy of each in the order of ``names``; None for one that is missing or broken.
    """
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        yield from pool.map(thumbnail, [folder / name for name in names])


def thumbnail(path: Path) -> Thumbnail | None:
    """Make a small copy of one photograph.

    Args:
        path: The photograph.

    Returns:
        A JPEG no side of which is longer than :data:`LONGEST_SIDE`, smaller photographs in their
        own size; turned as it is stored, whatever its EXIF data say, since boxes are. None if the
        photograph is missing or broken.
    """
    made = io.BytesIO()
    try:
        with Image.open(path) as image:
            size = image.size
            small = image.convert("RGB")
        small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        # Half the colour pixels would show when a photograph of 60 pixels is enlarged.
        small.save(made, "JPEG", quality=QUALITY, subsampling=0)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None  # Pillow reports a broken PNG chunk as SyntaxError
    return Thumbnail(made.getvalue(), size)
