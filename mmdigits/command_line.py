"""What the command-line tools have in common; imports neither PyTorch nor MMDetection."""

import argparse
import contextlib
import io
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_imports() -> Iterator[None]:
    """Import MMDetection without its remarks on optional packages, which are not used here."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.filterwarnings("ignore", message="faster_coco_eval is not installed")
        yield


def add_reader_flags(parser: argparse._ActionsContainer) -> None:
    """Add the reader's options that are not its score threshold.

    Args:
        parser: A parser, or a group of one; gets ``--reader-iou-thr``, ``--row-overlap`` and
            ``--by-x``, see :class:`~mmdigits.models.DigitStringPostprocessor`.
    """
    parser.add_argument(
        "--reader-iou-thr",
        type=float,
        help="overlapping digits are one above this; 1: never (default: the reader's own)",
    )
    parser.add_argument(
        "--row-overlap", type=float, help="shared height in one row (default: the reader's own)"
    )
    parser.add_argument("--by-x", action="store_true", help="one row: read by x alone")
