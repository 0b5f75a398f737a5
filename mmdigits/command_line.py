"""What the command-line tools have in common; imports neither PyTorch nor MMDetection."""

import argparse
import contextlib
import io
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from mmdigits.errors import InputError


@contextlib.contextmanager
def quiet_imports() -> Iterator[None]:
    """Import MMDetection without its remarks on optional packages, which are not used here."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.filterwarnings("ignore", message="faster_coco_eval is not installed")
        yield


@contextlib.contextmanager
def status_line() -> Iterator[Callable[[str], None]]:
    """Show on stderr what is being done: in one place on a terminal, line by line elsewhere.

    Yields:
        What is to be told.
    """
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("") as status:

        def say(what: str) -> None:
            status.update(what)
            if not console.is_terminal:
                print(what, file=sys.stderr, flush=True)

        yield say


def named_config(text: str, who: str) -> tuple[str | None, Path, Path | None]:
    """Read the words that name a config and what goes with it.

    Args:
        text: ``[NAME=]CONFIG.py[=CHECKPOINT]``. Paths may have ``=`` in them, a name no ``=``,
            ``/`` or backslash.
        who: Complains, such as ``"--config"``.

    Returns:
        The name, None without one; the config; the checkpoint, None without one.

    Raises:
        InputError: If it is something else.
    """
    found = re.fullmatch(
        r"(?:(?P<name>[^=/\\]+)=)?(?P<config>.+?\.py)(?:=(?P<checkpoint>.+))?", text
    )
    if found is None:
        raise InputError(f"{who}: {text!r} is not [NAME=]CONFIG.py[=CHECKPOINT]")
    checkpoint = found["checkpoint"]
    return found["name"], Path(found["config"]), Path(checkpoint) if checkpoint else None


def check_counts(args: argparse.Namespace, *names: str) -> None:
    """Refuse counts below 1.

    Args:
        args: The command line.
        *names: Of its integers.

    Raises:
        InputError: If one is below 1.
    """
    for name in names:
        value = getattr(args, name)
        if value < 1:
            raise InputError(f"--{name.replace('_', '-')} is {value}; give 1 or more")


def add_reader_flag(parser: argparse._ActionsContainer) -> None:
    """Add the reader's flag.

    Args:
        parser: A parser, or a group of one; gets ``--reader``, words for
            :func:`~mmdigits.reading.make_reader`.
    """
    parser.add_argument(
        "--reader",
        nargs="+",
        default=[],
        metavar="FILE|NAME=VALUE",
        help="how numbers are read: a file that tools/tune_reader.py wrote, options such as "
        "order=x iou_thr=1, or both (default: the reader's own)",
    )


def add_image_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that name all images.

    Args:
        parser: Gets ``--labels``, ``--images`` and ``--ids``, exactly one of which must be given;
            see :func:`~mmdigits.files.image_set.read_image_set`.
    """
    images = parser.add_argument_group(
        "all images (one of these)",
        "An image without a detection isn't in a pred.json, but needs its row in pred.csv.",
    ).add_mutually_exclusive_group(required=True)
    images.add_argument("--labels", type=Path, metavar="FILE.json", help="COCO labels; scores too")
    images.add_argument("--images", type=Path, metavar="DIR", help="folder; ids from file names")
    images.add_argument(
        "--ids", type=Path, metavar="FILE.csv", help="its column image_id; such as a pred.csv"
    )
