"""Find the reader's options that read most numbers right, and what they are worth."""

import argparse
import sys
from pathlib import Path

from mmdigits.command_line import add_reader_flag
from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Give detections with low scores still in them, of images that the model was not "
        "trained on, and never the test set. Every step is judged on images that it was not "
        "searched on (cross-validation) and stays only if its gain is beyond noise.",
    )
    parser.add_argument(
        "predictions",
        type=Path,
        nargs="+",
        metavar="PRED.json",
        help="detections; several files must be of different images of the same labels",
    )
    parser.add_argument(
        "--labels", type=Path, required=True, metavar="LABELS.json", help="COCO labels"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("reader.json"),
        metavar="FILE.json",
        help="the reader's file (default: %(default)s)",
    )
    parser.add_argument(
        "--folds",
        type=int,
        default=5,
        help="parts of the cross-validation, 2 or more (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of the split into parts (default: %(default)s)"
    )
    add_reader_flag(parser)
    return parser.parse_args()


def main() -> int:
    """Tune, print and write.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    from mmdigits.files.image_set import read_image_set
    from mmdigits.reading import make_reader, write_reader_file
    from mmdigits.reading.reader_file import check_reader_path
    from mmdigits.tuning.cases import read_cases
    from mmdigits.tuning.summary import about, step_line, summary_lines
    from mmdigits.tuning.tune import tune

    try:
        check_reader_path(args.out)
        start = make_reader(args.reader)
        cases = read_cases(args.predictions, read_image_set(labels=args.labels))
        empty = sum(not len(case.detections.scores) for case in cases)
        if 5 * empty > len(cases):
            print(
                f"warning: {empty} of {len(cases)} images of {args.labels} have no detection; if "
                "the model didn't see them, give its detections of them too",
                file=sys.stderr,
            )
        tuning = tune(
            cases,
            start,
            args.folds,
            args.seed,
            lambda step: print(step_line(step), flush=True),
        )
        files = [str(path) for path in args.predictions]
        facts = about(tuning, files, str(args.labels), args.folds, args.seed)
        write_reader_file(args.out, tuning.reader, facts)
    except (InputError, OSError) as error:
        print(f"tune_reader: {error}", file=sys.stderr)
        return 1
    for line in summary_lines(tuning):
        print(line)
    print(f"{args.out}; for tools: --reader {args.out}")
    print(f'for the config: reader = dict(file="{args.out}")')
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
