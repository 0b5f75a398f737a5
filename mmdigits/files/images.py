"""Image files on disk: which ones a folder holds, their ids, and whether they are whole."""

import os
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from mmdigits.errors import InputError, one_line

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")


def require_folder(folder: str | os.PathLike) -> None:
    """Make sure that a folder of images exists.

    Args:
        folder: Path of the folder.

    Raises:
        InputError: If it does not exist or is not a folder.
    """
    if not os.path.isdir(folder):
        raise InputError(
            f"images: there is no folder {folder}; put the photographs there, or set DIGITS_DATA "
            "(or the dataset's data_root) to the folder that holds train/, valid/ and test/"
        )


def list_images(folder: str | os.PathLike) -> list[str]:
    """List a folder's images; other files and sub-folders are passed over.

    Args:
        folder: Path of the folder.

    Returns:
        File names without the folder, sorted; empty when it holds no image.

    Raises:
        InputError: If the folder does not exist or is not a folder.
    """
    require_folder(folder)
    with os.scandir(folder) as entries:
        return sorted(
            entry.name
            for entry in entries
            if entry.is_file() and entry.name.lower().endswith(SUFFIXES)
        )


def assign_image_ids(names: Sequence[str]) -> list[int]:
    """Give each file of an unlabelled test set the id that a submission names it by.

    Args:
        names: File names of one folder.

    Returns:
        One id a name, in the same order: the number in the stem when every stem is a
        non-negative integer (``"17.png"`` is 17), otherwise 1, 2, ... by sorted name.

    Raises:
        InputError: If two files would get one id, as ``1.png`` and ``01.jpg`` do.
    """
    stems = [Path(name).stem for name in names]
    if not all(stem.isascii() and stem.isdigit() for stem in stems):
        rank = {name: number for number, name in enumerate(sorted(names), start=1)}
        return [rank[name] for name in names]
    owner: dict[int, str] = {}
    for name, stem in zip(names, stems, strict=True):
        other = owner.setdefault(int(stem), name)
        if other != name:
            raise InputError(
                f"images: {other} and {name} are both image {int(stem)}; a test folder needs one "
                "file for each id: rename or remove one of them"
            )
    return [int(stem) for stem in stems]


def check_image(path: str | os.PathLike) -> tuple[int, int]:
    """Find a broken image file, at the least cost its format allows.

    PNG is checked by the checksums of its chunks, without decoding; other formats are decoded.

    Args:
        path: The file.

    Returns:
        Width and height in pixels as stored: an EXIF rotation is not applied.

    Raises:
        InputError: If the file is missing, truncated, or not an image.
    """
    try:
        with Image.open(path) as image:
            size = image.size
            if image.format == "PNG":
                image.verify()
            else:
                image.load()
    except FileNotFoundError:
        raise InputError(f"images: {path} does not exist; restore the file") from None
    except (OSError, SyntaxError, ValueError, IndexError, Image.DecompressionBombError) as error:
        # Pillow reports a broken PNG chunk as SyntaxError, a PNG without pixels as IndexError.
        raise InputError(
            f"images: {path} can't be read as an image ({one_line(error)}); replace the file, or "
            "take it out of the folder and of the annotation file"
        ) from None
    return size
