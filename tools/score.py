"""Print string accuracy and mAP of an exported submission, with their 95% intervals."""

import argparse
import sys
from pathlib import Path

from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="The interval of the accuracy is Wilson's, that of mAP a bootstrap over the images.",
    )
    parser.add_argument(
        "submission", type=Path, metavar="DIR", help="folder with pred.json and pred.csv"
    )
    parser.add_argument("labels", type=Path, metavar="LABELS.json", help="COCO labels")
    parser.add_argument(
        "--resamples",
        type=int,
        default=1000,
        help="draws of the bootstrap; 0 leaves the interval of mAP out (default: %(default)s)",
    )
    parser.add_argument(
        "--confidence-thr",
        type=float,
        nargs="+",
        default=[],
        metavar="P",
        help="tell what answering from this confidence on gives, 0 to 1; choose it on other images",
    )
    return parser.parse_args()


def main() -> int:
    """Score and print.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    import numpy as np

    from mmdigits.analysis.average_precision import AveragePrecision
    from mmdigits.analysis.confidence_text import calibration_line, threshold_lines
    from mmdigits.analysis.run_comparison import LEAST_RESAMPLES
    from mmdigits.analysis.strings import accuracy_interval
    from mmdigits.files.export import read_submission
    from mmdigits.files.image_set import read_image_set
    from mmdigits.files.readings_file import read_readings

    try:
        if args.resamples and args.resamples < LEAST_RESAMPLES:
            raise InputError(
                f"--resamples is {args.resamples}; allowed are 0 and {LEAST_RESAMPLES} or more"
            )
        images = read_image_set(labels=args.labels)
        submission = read_submission(args.submission, images)
        strings, readings = submission.strings, submission.readings
        average_precision = AveragePrecision(images.records, submission.detections)
        line = f"mAP {average_precision.at():.4f}"
        if args.confidence_thr and readings is None:
            readings = read_readings(args.submission / "readings.json", images)
        if not all(0 <= threshold <= 1 for threshold in args.confidence_thr):
            raise InputError(f"--confidence-thr is {args.confidence_thr}; allowed is 0 to 1")
        if args.resamples > 0:
            low, high = average_precision.interval(args.resamples)
            line += f" ({low:.4f} to {high:.4f})"
    except InputError as error:
        print(f"score: {error}", file=sys.stderr)
        return 1
    total = len(strings)
    right = sum(map(str.__eq__, strings.values(), images.truths))
    low, high = accuracy_interval(right, total)
    print(f"string accuracy {right / total:.4f} ({low:.4f} to {high:.4f}): {right} of {total}")
    print(line)
    if readings is not None:
        confidence = np.array([reading.confidence for reading in readings.values()])
        is_right = np.array(list(map(str.__eq__, strings.values(), images.truths)))
        print(calibration_line(confidence, is_right))
        for line in threshold_lines(confidence, is_right, args.confidence_thr):
            print(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
