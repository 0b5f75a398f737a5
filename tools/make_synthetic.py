"""Write synthetic street numbers as a folder in the homework's layout, or as a sheet to look at."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from mmdigits.command_line import quiet_imports
from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="The same arguments give the same pixels. Training doesn't need the files: "
        "SyntheticDigitsDataset draws the same images on the fly.",
    )
    parser.add_argument(
        "out", type=Path, nargs="?", metavar="OUT", help="folder to write; new or empty"
    )
    parser.add_argument("--train", type=int, default=3000, metavar="N", help="(default: 3000)")
    parser.add_argument("--valid", type=int, default=300, metavar="N", help="(default: 300)")
    parser.add_argument("--test", type=int, default=300, metavar="N", help="(default: 300)")
    parser.add_argument("--difficulty", default="photo", help="easy or photo (default: photo)")
    parser.add_argument("--seed", type=int, default=0, help="(default: 0)")
    parser.add_argument(
        "--lengths",
        type=float,
        nargs="+",
        metavar="WEIGHT",
        help="relative frequency of numbers with 1, 2, ... up to 6 digits (default: SVHN's)",
    )
    parser.add_argument(
        "--digits",
        type=float,
        nargs=10,
        metavar="WEIGHT",
        help="relative frequency of the digits 0 to 9 (default: SVHN's for photo, equal for easy)",
    )
    parser.add_argument(
        "--fonts",
        nargs="+",
        metavar="FONT",
        help="bundled names or .ttf files to use instead of the preset's",
    )
    parser.add_argument(
        "--contact-sheet",
        type=Path,
        metavar="FILE.png",
        help="write the first training images side by side, in 256 colours",
    )
    args = parser.parse_args()
    if args.out is None and args.contact_sheet is None:
        parser.error("give OUT, --contact-sheet, or both")
    return args


def main() -> int:
    """Write what was asked for.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    from rich.progress import track

    with quiet_imports():
        from mmdigits.datasets.synthetic import DigitRenderer
        from mmdigits.datasets.synthetic.export import write_contact_sheet, write_folder

    def progress(items: Iterable, split: str) -> Iterable:
        return track(items, description=split)

    chosen = {name: getattr(args, name) for name in ("lengths", "digits", "fonts")}
    try:
        renderer = DigitRenderer(
            args.difficulty, {name: value for name, value in chosen.items() if value is not None}
        )
        if args.contact_sheet:
            write_contact_sheet(args.contact_sheet, renderer, args.seed)
        if args.out:
            counts = dict(train=args.train, valid=args.valid, test=args.test)
            write_folder(args.out, counts, renderer, args.seed, progress)
            print(f"{args.out}: " + ", ".join(f"{n} {split}" for split, n in counts.items()))
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"make_synthetic: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
