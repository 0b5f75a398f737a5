"""Read numbers from a pred.json of any detector, with confidences, and write a submission."""

import argparse
import sys
from pathlib import Path

from mmdigits.command_line import add_image_flags, add_reader_flag
from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Written: pred.csv, readings.json (confidence, boxes and alternatives of every "
        "number), pred.json (the same detections) and submission.zip; all or nothing.",
    )
    parser.add_argument(
        "predictions",
        type=Path,
        metavar="PRED.json",
        help="COCO results: a list of image_id, bbox (x_min, y_min, width, height), score and "
        "category_id (digit + 1)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    add_image_flags(parser)
    add_reader_flag(parser)
    return parser.parse_args()


def main() -> int:
    """Read and write.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    from mmdigits.analysis.strings import accuracy_interval
    from mmdigits.files.detections import read_detections
    from mmdigits.files.image_set import read_image_set
    from mmdigits.files.readings_file import read_image
    from mmdigits.files.submission import check_inputs, write_submission
    from mmdigits.reading import make_reader

    try:
        check_inputs(args.out, [args.predictions, *filter(None, [args.ids])])
        reader = make_reader(args.reader)
        images = read_image_set(args.labels, args.images, args.ids)
        detections = read_detections(args.predictions, images)
        results = [
            read_image(image_id, name, detections[image_id], reader)
            for image_id, name in images.names.items()
        ]
        summary = write_submission(args.out, results)
    except (InputError, OSError) as error:
        print(f"read_detections: {error}", file=sys.stderr)
        return 1
    if images.records is not None:
        strings = [result.string for result in results]
        right, total = sum(map(str.__eq__, strings, images.truths)), len(strings)
        low, high = accuracy_interval(right, total)
        print(f"string accuracy {right / total:.4f} ({low:.4f} to {high:.4f}): {right} of {total}")
    print(
        "{out}: {images} numbers ({unread} of them -1) from {detections} detections".format(
            **summary, out=args.out
        )
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
