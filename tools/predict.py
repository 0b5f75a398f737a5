"""Read the numbers in photographs with a trained model."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from mmdigits.command_line import add_reader_flag, quiet_imports
from mmdigits.errors import InputError

FEW = 32  # images that are loaded sooner than a process starts that would do it


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Prints a line an image: file, number (-1 where nothing is read), confidence, and "
        "what else it may be; that can be likelier than the number, which --reader method=best_set "
        "avoids. tools/tune_reader.py makes a reader whose confidence is calibrated.",
    )
    parser.add_argument("config", type=Path, metavar="CONFIG.py", help="the model's config")
    parser.add_argument(
        "checkpoint",
        type=Path,
        metavar="CHECKPOINT",
        help="its weights, .pth, or what tools/export_onnx.py made of them, .onnx",
    )
    parser.add_argument("images", type=Path, metavar="IMAGES", help="an image, or a folder of them")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="write pred.csv, readings.json, pred.json and submission.zip there",
    )
    parser.add_argument(
        "--show-dir", type=Path, metavar="DIR", help="write a picture of every image there"
    )
    parser.add_argument(
        "--device", help="cpu, cuda, cuda:1, ... (default: a GPU where there is one)"
    )
    parser.add_argument(
        "--tta",
        action="store_true",
        help="detect in several views of every image and merge, as the config's tta_pipeline and "
        "tta_model say; scores change, so use a reader tuned on such detections",
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        default=8,
        metavar="N",
        help="most images that the detector sees at once (default: 8); those of one shape go "
        "together, so the numbers don't depend on it",
    )
    add_reader_flag(parser)
    return parser.parse_args()


def main() -> int:
    """Read every image, print, and write what was asked for.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    with quiet_imports():
        from mmdigits.evaluation.prediction import (
            check_pictures,
            list_inputs,
            load_model,
            read_images,
        )

    from mmdigits.files.submission import check_inputs, write_submission

    try:
        if args.batch_size < 1:
            raise InputError(f"--batch-size is {args.batch_size}; give 1 or more")
        paths = list_inputs(args.images)
        if args.out is not None:
            check_inputs(args.out, paths)
        if args.show_dir is not None:
            check_pictures(paths, args.show_dir)
        model = load_model(args.config, args.checkpoint, args.device, args.reader, args.tta)
        results = []
        workers = 1 if len(paths) > FEW else 0
        reading = read_images(model, paths, args.show_dir, args.batch_size, workers)
        for result in with_bar(reading, len(paths)):
            if args.out is not None:
                results.append(result)
            said = [f"{result.reading['confidence']:.3f}"]
            for other in result.reading["alternatives"]:
                beside = other["second_number"]
                word = other["string"] or "-1"
                said.append(f"{word} beside it" if beside else f"{word} {other['probability']:.3f}")
            print(result.file_name, result.string or "-1", *said, sep="\t", flush=True)
        if args.out is not None:
            write_submission(args.out, sorted(results, key=lambda result: result.image_id))
    except (InputError, OSError) as error:
        print(f"predict: {error}", file=sys.stderr)
        return 1
    return 0


def with_bar(results: Iterable, total: int) -> Iterable:
    """Show on a terminal how far the reading is, its rate and the time left.

    Args:
        results: What is read, one an image.
        total: How many images there are.

    Yields:
        The same; lines printed meanwhile stand above the bar.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    rate = TextColumn("{task.fields[rate]} images/s")
    columns = (BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total, rate="?")
        for result in results:
            yield result
            speed = bar.tasks[task].speed
            bar.update(task, advance=1, rate=f"{speed:.0f}" if speed else "?")


if __name__ == "__main__":
    raise SystemExit(main())
