"""Say whether one exported run is better than another on the same labelled images."""

import argparse
import sys
from pathlib import Path

from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Both runs are judged on the same images, so the interval of their difference is "
        "narrower than their own ones suggest: Newcombe's for paired proportions for the accuracy, "
        "with an exact McNemar test, and a paired bootstrap over the images for the mAP.",
    )
    parser.add_argument("a", type=Path, metavar="A_DIR", help="folder with pred.json and pred.csv")
    parser.add_argument("b", type=Path, metavar="B_DIR", help="the same of the other run")
    parser.add_argument("labels", type=Path, metavar="LABELS.json", help="COCO labels")
    parser.add_argument(
        "--resamples",
        type=int,
        default=1000,
        help="draws of the bootstrap, 100 or more (default: %(default)s)",
    )
    return parser.parse_args()


def main() -> int:
    """Compare and print.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    from mmdigits.analysis.run_comparison import compare, comparison_lines, read_run
    from mmdigits.files.image_set import read_image_set

    try:
        images = read_image_set(labels=args.labels)
        runs = [read_run(folder, images) for folder in (args.a, args.b)]
        results = compare(images, *runs, resamples=args.resamples)
    except InputError as error:
        print(f"compare_runs: {error}", file=sys.stderr)
        return 1
    for line in comparison_lines(*runs, *results):
        print(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
