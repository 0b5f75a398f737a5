"""Merge several models' pred.json files, and take the numbers from whatever reads them best."""

import argparse
import shlex
import sys
from pathlib import Path

from mmdigits.command_line import add_image_flags, add_reader_flag, quiet_imports
from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="With --labels every model, the merged detections and the models' vote are scored, "
        "and --strings best takes the numbers from the best; chosen and scored on the same images, "
        "its accuracy is a little too high. On other images name the choice: the last line printed "
        "is the command. Written: pred.json (merged), pred.csv, submission.zip; all or nothing.",
    )
    parser.add_argument(
        "predictions", type=Path, nargs="+", metavar="PRED.json", help="one file a model"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    add_image_flags(parser)
    merging = parser.add_argument_group("merging")
    merging.add_argument(
        "--method",
        default="nms",
        help="nms: best of overlapping boxes; wbf: weighted box fusion (default: %(default)s)",
    )
    merging.add_argument(
        "--weights",
        type=float,
        nargs="+",
        metavar="W",
        help="one positive number a model, for merging and vote (default: equal)",
    )
    merging.add_argument(
        "--iou-thr",
        type=float,
        default=0.55,
        help="boxes of one digit that overlap more are merged, 0 to 1 (default: %(default)s)",
    )
    merging.add_argument(
        "--skip-score",
        type=float,
        default=0.0,
        help="leave lower scores out before merging, 0 to 1 (default: %(default)s)",
    )
    reading = parser.add_argument_group("numbers")
    reading.add_argument(
        "--strings",
        help="best (needs --labels), vote, merged, or the number of a model, from 1 "
        "(default: best with --labels, vote without)",
    )
    reading.add_argument(
        "--score-thr",
        type=float,
        nargs="+",
        metavar="T",
        help="least score of a digit that is read, one for all or one a model (default: the "
        "reader's own)",
    )
    reading.add_argument(
        "--merged-score-thr",
        type=float,
        metavar="T",
        help="the same for the merged detections (default: the mean of the models')",
    )
    add_reader_flag(reading)
    return parser.parse_args()


def main() -> int:
    """Merge, read, compare and write.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    with quiet_imports():
        from mmdigits.evaluation import ensembling
        from mmdigits.files.detections import coverage_warnings, read_detections
        from mmdigits.files.image_set import read_image_set
        from mmdigits.reading import make_reader

    try:
        images = read_image_set(args.labels, args.images, args.ids)
        models = [read_detections(path, images) for path in args.predictions]
        readers = ensembling.ensemble_readers(
            len(models),
            args.score_thr,
            args.merged_score_thr,
            make_reader(args.reader),
        )
        merged = ensembling.merge_detections(
            models, args.method, args.weights, args.iou_thr, args.skip_score
        )
        candidates = ensembling.make_candidates(
            [str(path) for path in args.predictions],
            models,
            merged,
            readers,
            args.weights or [1.0] * len(models),
            images,
        )
        chosen = ensembling.choose(candidates, args.strings or ("best" if args.labels else "vote"))
        summary = ensembling.write_ensemble(
            args.out, images, merged, chosen.strings, [*args.predictions, *filter(None, [args.ids])]
        )
    except (InputError, OSError) as error:
        print(f"ensemble: {error}", file=sys.stderr)
        return 1
    for line in ensembling.table(candidates, chosen):
        print(line)
    for line in [
        *coverage_warnings(args.predictions, models),
        *ensembling.warnings_of(candidates, chosen),
    ]:
        print(f"warning: {line}", file=sys.stderr)
    print(
        "{archive}: {detections} merged detections and {images} numbers ({unread} of them -1) "
        "from: {title}".format(**summary, archive=args.out / "submission.zip", title=chosen.title)
    )
    if args.labels:
        print(f"next, on unlabelled images: {_same_on_test(args, chosen.name)}")
    return 0


def _same_on_test(args: argparse.Namespace, strings: str) -> str:
    words = ["python", "tools/ensemble.py"]
    words += [f"TEST_PRED_{number}.json" for number, _ in enumerate(args.predictions, start=1)]
    words += ["--images", "TEST_FOLDER", "--out", "TEST_OUT", "--strings", strings]
    for name in ("method", "weights", "iou_thr", "skip_score", "score_thr", "merged_score_thr"):
        words += _flag(name, getattr(args, name))
    return shlex.join(words + _flag("reader", args.reader or None))


def _flag(name: str, value: str | float | list[float] | None) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [] if value is None else ["--" + name.replace("_", "-"), *map(str, values)]


if __name__ == "__main__":
    raise SystemExit(main())
