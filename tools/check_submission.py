"""Say in one page what is wrong with a pred.json, a pred.csv or a submission.zip."""

import argparse
import os
import sys
from pathlib import Path

from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="ERROR: the homework's grader would refuse or misread it. WARNING: very likely not "
        "what was meant. NOTE: worth knowing. Exit status: 0 without an error (with --strict: "
        "without an error or warning), 1 with one, 2 when nothing could be checked (no such file, "
        "wrong options).",
    )
    parser.add_argument(
        "paths",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="pred.json, pred.csv, submission.zip, or a folder that holds them; a JSON and a CSV "
        "together are checked against each other, too",
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help="folder of the images: finds missing ids, boxes outside",
    )
    group.add_argument(
        "--labels",
        type=Path,
        metavar="LABELS.json",
        help="COCO labels: the same, and boxes that are nowhere near a true one",
    )
    group.add_argument(
        "--ids",
        type=Path,
        metavar="FILE.csv",
        help="a table with a column image_id: finds missing ids",
    )
    parser.add_argument("--strict", action="store_true", help="warnings count as errors")
    return parser.parse_args()


def main() -> int:
    """Check and print.

    Returns:
        0, 1 when something is wrong, or 2 after one line on stderr when nothing could be checked.
    """
    args = parse_args()
    from mmdigits.files import check

    if hasattr(sys.stdout, "reconfigure"):  # a file's text may hold what the terminal can't show
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        known = check.know_images(labels=args.labels, images=args.images, ids=args.ids)
        submissions = check.open_submissions(args.paths)
    except InputError as error:
        print(f"check_submission: {error}", file=sys.stderr)
        return 2
    reports = [check.check_submission(submission, known) for submission in submissions]
    try:
        print("\n\n".join(map(check.page, reports)), flush=True)
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(any(check.fails(report, args.strict) for report in reports))


if __name__ == "__main__":
    raise SystemExit(main())
