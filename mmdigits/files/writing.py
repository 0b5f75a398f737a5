"""Files and folders that appear whole or not at all; imports neither PyTorch nor MMDetection."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmdigits.errors import InputError


@contextmanager
def written_together(out_dir: Path) -> Iterator[Path]:
    """Write several files, each whole, and none of them when making one fails.

    Args:
        out_dir: Folder to write to, made if missing.

    Yields:
        A temporary folder; its files are moved to ``out_dir`` when the block ends, over those
        that are there, and dropped when it raises.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir) as folder:
        yield Path(folder)
        for file in Path(folder).iterdir():
            os.replace(file, out_dir / file.name)


@contextmanager
def new_folder(out: Path, who: str) -> Iterator[Path]:
    """Write a folder that appears complete or not at all.

    Args:
        out: The folder; it must not exist, or be empty.
        who: Complains when it holds anything.

    Yields:
        Where to write, a folder that doesn't exist yet; it becomes ``out`` when the block ends,
        and is removed when it raises.

    Raises:
        InputError: If ``out`` is a file or holds anything.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise InputError(
            f"{who}: {out} is a file or a folder that isn't empty; nothing was changed: name a new "
            "folder, or remove that one first"
        )
    out = out.resolve()
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        yield partial
        if out.exists():
            out.rmdir()
        os.replace(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
