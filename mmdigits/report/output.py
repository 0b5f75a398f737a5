"""A page, and the folder of photographs beside it, that appear whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from mmdigits.errors import InputError

MARK = "made_by_mmdigits_report.txt"
MARK_TEXT = "Photographs of the page beside this folder. tools/report.py replaces or removes it.\n"


class Output(NamedTuple):
    """Where to write.

    Attributes:
        page: The page.
        photographs: Folder of the photographs; it doesn't exist yet, and needs not be made.
    """

    page: Path
    photographs: Path


def photographs_folder(page: Path) -> Path:
    """Name the folder beside a page: ``report_files`` for ``report.html``."""
    return page.with_name(f"{page.stem}_files")


def check_output(page: Path) -> None:
    """Refuse a path that a report can't be written to, before there is work to lose.

    Args:
        page: The page.

    Raises:
        InputError: If the suffix is not .html, the folder is missing, the page is a folder, or
            what has the name of the photographs' folder wasn't made by a report.
    """
    beside = photographs_folder(page)
    if page.suffix.lower() not in (".html", ".htm"):
        problem = "the name must end in .html"
    elif not page.parent.is_dir():
        problem = f"there is no folder {page.parent}"
    elif page.is_dir():
        problem = "it is a folder"
    elif (beside.exists() or beside.is_symlink()) and not _is_ours(beside):
        problem = f"{beside} beside it was not made by a report; move it, or name another file"
    else:
        return
    raise InputError(f"can't write {page}: {problem}")


@contextmanager
def report_output(page: Path) -> Iterator[Output]:
    """Write a page and, where it's made, its folder; both replace those of an earlier report.

    Args:
        page: The page, as :func:`check_output` wants it.

    Yields:
        Where to write both. When the block ends they are moved to where they belong, and an earlier
        folder that has no successor goes; when it raises, all stays as it was.
    """
    check_output(page)
    final = photographs_folder(page)
    with TemporaryDirectory(prefix=f".{page.stem}.", dir=page.parent) as made:
        output = Output(Path(made) / page.name, Path(made) / final.name)
        yield output
        if output.photographs.is_dir():
            (output.photographs / MARK).write_text(MARK_TEXT, encoding="utf-8")
        earlier = Path(made) / "earlier"
        if _is_ours(final):
            os.replace(final, earlier)
        try:
            if output.photographs.is_dir():
                os.replace(output.photographs, final)
            os.replace(output.page, page)
        except OSError:
            if earlier.exists():
                shutil.rmtree(final, ignore_errors=True)
                os.replace(earlier, final)
            raise


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and (folder / MARK).is_file()
