"""Turn SVHN's full numbers, as published, into a folder in the homework's layout."""

import argparse
import sys
from pathlib import Path

from mmdigits.command_line import quiet_imports
from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Image ids are SVHN's own numbers. The homework's cut was never published: this one "
        "has its sizes, 30,062 and 3,340, not its images.",
    )
    parser.add_argument(
        "source",
        type=Path,
        metavar="TRAIN",
        help="train.tar.gz, or the folder it unpacks to, with digitStruct.mat; isn't changed",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write; new or empty")
    parser.add_argument(
        "--test",
        type=Path,
        metavar="TEST",
        help="test.tar.gz or its folder: adds test/, and test.json with its labels",
    )
    parser.add_argument(
        "--valid",
        type=int,
        metavar="N",
        help="images of TRAIN to cut off for validation; 0 for none (default: a tenth, rounded "
        "down: 3,340 of 33,402)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the cut (default: %(default)s)")
    return parser.parse_args()


def main() -> int:
    """Convert one data set.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    from rich.progress import Progress

    with quiet_imports():
        from mmdigits.datasets.svhn import convert

    try:
        with Progress() as progress:
            counts = convert(
                args.source,
                args.out,
                test=args.test,
                valid=args.valid,
                seed=args.seed,
                progress=progress,
            )
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"convert_svhn: {error}", file=sys.stderr)
        return 1
    print(f"{args.out}: " + ", ".join(f"{n} {split}" for split, n in counts.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
