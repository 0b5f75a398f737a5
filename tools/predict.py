"""Read the numbers in photographs with a trained model."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mmdigits.command_line import add_reader_flag, check_counts, quiet_imports
from mmdigits.errors import InputError
from mmdigits.launch import spare_cpu_time

if TYPE_CHECKING:
    from mmdigits.files.submission import ImageResult


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
        "together, so the numbers don't depend on it but for rounding",
    )
    parser.add_argument(
        "--parts",
        type=Path,
        metavar="DIR",
        help="keep readings there, in files of --part-size images: the same command goes on where "
        "a stopped run was, and prints what is left; without --out nothing else is kept, so "
        "memory doesn't grow with the number of images",
    )
    parser.add_argument(
        "--part-size", type=int, default=1000, metavar="N", help="images in a part (default: 1000)"
    )
    parser.add_argument(
        "--shard",
        default="1/1",
        metavar="I/N",
        help="read every N-th part from the I-th on: for N processes or machines with one --parts; "
        "whoever reads the last one writes --out",
    )
    add_reader_flag(parser)
    return parser.parse_args()


def main() -> int:
    """Read every image, print, and write what was asked for.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    spare_cpu_time()
    sys.stdout.reconfigure(errors="backslashreplace")  # file names may be no text
    try:
        shard, shards = checked_numbers(args)
        with quiet_imports():
            from mmdigits.evaluation.prediction import (
                check_pictures,
                describe_reading,
                list_inputs,
                load_model,
                read_images,
                read_parts,
            )

        from mmdigits.evaluation.parts import ReadingParts
        from mmdigits.files.submission import check_inputs, write_submission

        # With parts, each one's images are checked when its turn comes.
        paths = list_inputs(args.images, check=args.parts is None)
        if args.out is not None:
            check_inputs(args.out, paths)
        if args.show_dir is not None:
            check_pictures(paths, args.show_dir)
        how = dict(show_dir=args.show_dir, batch_size=args.batch_size)
        model_words = (args.config, args.checkpoint, args.device, args.reader, args.tta)
        if args.parts is None:
            reading = read_images(load_model(*model_words), paths, **how)
            results = print_readings(reading, len(paths), keep=args.out is not None)
        else:
            about = describe_reading(args.config, args.reader, args.tta)
            parts = ReadingParts.open(args.parts, about, args.checkpoint, paths, args.part_size)
            left = sum(len(places) for _, places in parts.missing(shard, shards))
            if left:
                model = load_model(*model_words)
                parts.begin()
                reading = read_parts(model, paths, parts, shard, shards, **how)
                print_readings(reading, left, keep=False)
            if parts.present() < parts.count:
                there = f"{parts.present()} of {parts.count} parts"
                print(f"predict: {args.parts} has {there}", file=sys.stderr)
                return 0
            results = parts.read()
        if args.out is not None:
            write_submission(args.out, sorted(results, key=lambda result: result.image_id))
    except (InputError, OSError) as error:
        print(f"predict: {error}", file=sys.stderr)
        return 1
    return 0


def checked_numbers(args: argparse.Namespace) -> tuple[int, int]:
    """Check the numbers of the command line.

    Args:
        args: The command line.

    Returns:
        The shard, from 0, and how many there are.

    Raises:
        InputError: If one is out of its range, or parts are spoken of without ``--parts``.
    """
    check_counts(args, "batch_size", "part_size")
    shard, _, shards = args.shard.partition("/")
    if not (shard.isdecimal() and shards.isdecimal() and 1 <= int(shard) <= int(shards)):
        raise InputError(f"--shard is {args.shard!r}; give I/N with I from 1 to N, such as 2/8")
    if args.parts is None and int(shards) > 1:
        raise InputError("--shard needs --parts, the folder that the shards share")
    return int(shard) - 1, int(shards)


def print_readings(results: Iterable["ImageResult"], total: int, keep: bool) -> list["ImageResult"]:
    """Print a line for each reading.

    Args:
        results: The readings.
        total: How many there will be.
        keep: Whether they are wanted.

    Returns:
        The readings if they are wanted, else nothing.
    """
    kept = []
    for result in with_bar(results, total):
        if keep:
            kept.append(result)
        said = [f"{result.reading['confidence']:.3f}"]
        for other in result.reading["alternatives"]:
            beside = other["second_number"]
            word = other["string"] or "-1"
            said.append(f"{word} beside it" if beside else f"{word} {other['probability']:.3f}")
        print(result.file_name, result.string or "-1", *said, sep="\t", flush=True)
    return kept


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
    # Lines that go to a file or a pipe are none of the bar's business.
    options = dict(disable=not console.is_terminal, redirect_stdout=sys.stdout.isatty())
    with Progress(*columns, console=console, **options) as bar:
        task = bar.add_task("", total=total, rate="?")
        for result in results:
            yield result
            speed = bar.tasks[task].speed
            bar.update(task, advance=1, rate=f"{speed:.0f}" if speed else "?")


if __name__ == "__main__":
    raise SystemExit(main())
