"""Print mAP and string accuracy of a pred.json over score thresholds, and the best threshold."""

import argparse
import sys
import time
from pathlib import Path

from mmdigits.command_line import add_reader_flag
from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Give a pred.json with low scores still in it. mAP is that of the file cut at the "
        "threshold; cutting can only lower it. Accuracy is that of the numbers read at the "
        "threshold; chosen and measured on the same images, the best is a little too high.",
    )
    parser.add_argument("predictions", type=Path, metavar="PRED.json")
    parser.add_argument("labels", type=Path, metavar="LABELS.json", help="COCO labels")
    parser.add_argument(
        "--thresholds",
        default="0.05:0.95:0.05",
        metavar="GRID",
        help="START:STOP:STEP, STOP included, or numbers between commas (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="write sweep.csv, sweep.png and best_threshold.json there (default: a folder 'sweep' "
        "beside PRED.json)",
    )
    add_reader_flag(parser)
    return parser.parse_args()


def main() -> int:
    """Sweep, print and write.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    from mmdigits.analysis.sweep import parse_thresholds, sweep
    from mmdigits.analysis.sweep_files import sweep_lines, write_sweep
    from mmdigits.files.detections import read_detections
    from mmdigits.files.image_set import read_image_set
    from mmdigits.reading import make_reader

    out = args.out or args.predictions.parent / "sweep"
    try:
        thresholds = parse_thresholds(args.thresholds)
        reader = make_reader(args.reader)
        images = read_image_set(labels=args.labels)
        detections = read_detections(args.predictions, images)
        started = time.perf_counter()
        result = sweep(detections, images, reader, thresholds)
        seconds = time.perf_counter() - started
        write_sweep(out, result, reader)
    except (InputError, OSError) as error:
        print(f"sweep_thresholds: {error}", file=sys.stderr)
        return 1
    for line in sweep_lines(result, reader):
        print(line)
    print(f"{out}: sweep.csv, sweep.png, best_threshold.json ({seconds:.0f} s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
