"""SVHN as it is published: an archive, or the folder it unpacks to."""

import gzip
import lzma
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from rich.progress import Progress

from mmdigits.errors import InputError

LABELS = "digitStruct.mat"


def require_source(source: Path) -> None:
    """Make sure that a source exists, before any other is unpacked.

    Args:
        source: An archive or a folder.

    Raises:
        InputError: If there's neither.
    """
    if not source.is_file() and not source.is_dir():
        raise InputError(
            f"svhn: there is no {source}; give SVHN's train.tar.gz (full numbers), or the folder "
            "to which it was unpacked"
        )


def take_files(source: Path, folder: Path, progress: Progress) -> None:
    """Copy the images and the label file of a source into one flat folder.

    An archive is read once, in whatever order its members come, one member at a time. Taken are
    ``*.png`` and ``digitStruct.mat``; macOS's ``._`` files and all else are passed over.

    Args:
        source: A ``.tar.gz`` or ``.tar``, or a folder.
        folder: Where the files go; exists and is empty.
        progress: Shows how far it is; the caller starts it.

    Raises:
        InputError: If the source isn't an archive, is truncated or damaged, holds a name twice, or
            has no ``digitStruct.mat``.
    """
    if source.is_dir():
        names = [path.name for path in source.iterdir() if path.is_file() and _wanted(path.name)]
        _require_labels(LABELS in names, source)
        for name in progress.track(names, description=source.name):
            shutil.copyfile(source / name, folder / name)
    else:
        _unpack(source, folder, progress)
        _require_labels((folder / LABELS).exists(), source)


def _unpack(source: Path, folder: Path, progress: Progress) -> None:
    with progress.open(source, "rb", description=source.name) as raw:
        try:
            with tarfile.open(fileobj=raw, mode="r:*") as archive:
                for member in archive:
                    name = PurePosixPath(member.name).name
                    if member.isfile() and _wanted(name):
                        _write(archive, member, folder / name, source)
                # gzip compares its checksum when it comes to the end, which tar doesn't need.
                while archive.fileobj.read(2**20):
                    continue
        except (tarfile.TarError, gzip.BadGzipFile, EOFError, lzma.LZMAError, zlib.error) as error:
            raise InputError(
                f"svhn: {source} isn't a tar archive, or is truncated or damaged "
                f"({' '.join(str(error).split())}); fetch SVHN's train.tar.gz or test.tar.gz again"
            ) from None


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path, source: Path) -> None:
    if path.exists():
        raise InputError(
            f"svhn: {source} holds {path.name} twice; give one of SVHN's archives as published"
        )
    with archive.extractfile(member) as content, open(path, "wb") as file:
        shutil.copyfileobj(content, file)


def _wanted(name: str) -> bool:
    return name == LABELS or (name.endswith(".png") and not name.startswith("._"))


def _require_labels(present: bool, source: Path) -> None:
    if not present:
        raise InputError(
            f"svhn: {source} has no {LABELS}; give SVHN's full numbers (format 1), as an archive "
            f"or the folder that holds {LABELS}, and fetch it again if it's incomplete"
        )
