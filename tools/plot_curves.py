"""Draw the curves of one or more training runs in one picture, from the logs in their work dirs."""

import argparse
import sys
from pathlib import Path

from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Panels: training loss, validation loss, string accuracy, mAP and learning rate, as "
        "far as they were logged. A resumed run is one curve. Runs may still be going on. Prints "
        "the last and the best values.",
    )
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="work dir of a run")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        default=Path("curves.png"),
        metavar="FILE",
        help=".png, .pdf or .svg (default: %(default)s)",
    )
    parser.add_argument(
        "--labels",
        nargs="+",
        metavar="NAME",
        help="names of the runs in the legend, in their order (default: the folders' names)",
    )
    return parser.parse_args()


def main() -> int:
    """Draw one picture.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    from rich.console import Console

    from mmdigits.analysis import curves
    from mmdigits.analysis.comparison import name_runs, value_table
    from mmdigits.analysis.run_log import read_run

    try:
        curves.check_picture_path(args.out)
        named = name_runs(args.runs, args.labels)
        runs = {label: read_run(folder) for label, folder in named.items()}
        curves.save_figure(curves.draw_curves(runs), args.out)
    except (InputError, OSError) as error:
        print(f"plot_curves: {error}", file=sys.stderr)
        return 1
    print(f"{args.out}: {', '.join(runs)}")
    Console().print(value_table(runs))
    for label, run in runs.items():
        if run.unreadable:
            print(f"{label}: skipped unreadable lines of the log, {run.unreadable} in all")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
