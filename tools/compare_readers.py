"""Read the same labelled detections in several ways and say what each way is worth."""

import argparse
import sys
from pathlib import Path

from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Give --reader once for each way. Each is compared with the one before it, on the "
        "same images: gain in points with its 95% interval (Newcombe's for paired proportions). "
        "The calibration error is that of its confidence.",
    )
    parser.add_argument("predictions", type=Path, metavar="PRED.json")
    parser.add_argument(
        "--labels", type=Path, required=True, metavar="LABELS.json", help="COCO labels"
    )
    parser.add_argument(
        "--reader",
        nargs="*",
        action="append",
        required=True,
        metavar="FILE|NAME=VALUE",
        help="a reader's file, options such as order=x iou_thr=1, or both; nothing for the default",
    )
    return parser.parse_args()


def main() -> int:
    """Read, compare and print.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    from mmdigits.analysis.reader_comparison import comparison_lines
    from mmdigits.files.detections import read_detections
    from mmdigits.files.image_set import read_image_set
    from mmdigits.reading import make_reader

    try:
        readers = [(" ".join(words) or "default", make_reader(words)) for words in args.reader]
        images = read_image_set(labels=args.labels)
        detections = read_detections(args.predictions, images)
        lines = comparison_lines(readers, detections, images.truths)
    except (InputError, OSError) as error:
        print(f"compare_readers: {error}", file=sys.stderr)
        return 1
    for line in lines:
        print(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
