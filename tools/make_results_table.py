"""Write configs/digits/README.md from configs/digits/metafile.yml."""

import argparse
import sys
from pathlib import Path

from mmdigits.errors import InputError
from mmdigits.files.writing import written_together

FOLDER = Path(__file__).resolve().parents[1] / "configs" / "digits"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "metafile",
        type=Path,
        nargs="?",
        default=FOLDER / "metafile.yml",
        help="the records; the table is written beside them (default: %(default)s)",
    )
    return parser.parse_args()


def main() -> int:
    """Write the table.

    Returns:
        0, or 1 after one line on stderr when the records can't be used.
    """
    args = parse_args()
    from mmdigits.analysis.results_table import read_records, render

    target = args.metafile.with_name("README.md")
    try:
        page = render(read_records(args.metafile))
        with written_together(target.parent) as folder:
            (folder / target.name).write_text(page, encoding="utf-8")
    except (InputError, OSError) as error:
        print(f"make_results_table: {error}", file=sys.stderr)
        return 1
    print(target)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
