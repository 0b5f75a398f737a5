"""Make one HTML page of a run: curves, tables, and a gallery of its images, worst first."""

import argparse
import sys
from pathlib import Path

from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="The page needs no network and opens by double click. Photographs that it can't "
        "hold are put into a folder beside it, NAME_files for NAME.html: move both together.",
    )
    parser.add_argument(
        "submission",
        type=Path,
        metavar="SUBMISSION_DIR",
        help="folder with pred.json and pred.csv; readings.json in it adds confidences",
    )
    parser.add_argument("labels", type=Path, metavar="LABELS.json", help="COCO labels")
    parser.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help="folder of the photographs (default: the one beside LABELS.json that is named like "
        "it, if there is one)",
    )
    parser.add_argument(
        "--run",
        type=Path,
        nargs="+",
        metavar="WORK_DIR",
        help="work dirs of trainings, for their curves (default: the folder that SUBMISSION_DIR is "
        "in, if it has a log)",
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="DIR",
        help="another submission on the same images, to compare with",
    )
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        default=Path("report.html"),
        metavar="FILE",
        help="the page (default: %(default)s)",
    )
    parser.add_argument("--title", help="its title (default: made of the names of the inputs)")
    parser.add_argument(
        "--resamples",
        type=int,
        default=1000,
        help="draws of the bootstrap; 0 leaves the intervals of mAP out (default: %(default)s)",
    )
    parser.add_argument(
        "--embed",
        type=int,
        default=2000,
        metavar="N",
        help="hold up to N photographs inside the page, 25 MB at most; more go into the folder "
        "beside it (default: %(default)s)",
    )
    return parser.parse_args()


def main() -> int:
    """Write one report.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    from mmdigits.report.build import Options, write_report

    try:
        lines = write_report(
            args.out,
            Options(
                args.submission,
                args.labels,
                args.images,
                args.run,
                args.against,
                args.title,
                args.resamples,
                args.embed,
            ),
        )
    except (InputError, OSError) as error:
        print(f"report: {error}", file=sys.stderr)
        return 1
    print(*lines, sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
