"""Time training and inference of this package's networks and their peers side by side."""

import argparse
import json
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

from mmdigits.command_line import check_counts, named_config, quiet_imports, status_line
from mmdigits.errors import InputError
from mmdigits.files.writing import written_together
from mmdigits.launch import spare_cpu_time

ROOT = Path(__file__).resolve().parents[1]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Images come from DIGITS_DATA; tools/make_synthetic.py makes some. Weights are "
        "random and learning rates 0, so every call does the same work; what steps and inferences "
        "are fed with is made before the clock starts. Rows named 'small' get 96/192 px, 'few' "
        "have 64 proposals and 32 RoIs an image, all others what their reports have: 800/1333 px, "
        "thousands and 512. 'mmdigits v2' has torchvision's weights, and so the same proposals. "
        "Ultralytics' rows need its package, whose license is the AGPL; without it they are left "
        "out, unless --only names them.",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="TEXT",
        help="rows whose name has one of these in it (default: all); --list shows names",
    )
    parser.add_argument("--list", action="store_true", help="print the rows' names and stop")
    parser.add_argument(
        "--config",
        nargs="+",
        default=[],
        metavar="[NAME=]CONFIG.py[=CHECKPOINT]",
        help="rows of your own; with a checkpoint, .pth or .onnx, a second look is timed too",
    )
    parser.add_argument(
        "--batch-size", type=int, default=8, metavar="N", help="of --config (default: 8)"
    )
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=("load", "train_step", "infer", "read"),
        default=["load", "train_step", "infer", "read"],
        help="(default: all) loading is by one process; a training has as many as its num_workers; "
        "'read' goes from image files to numbers; both take eight batches a call, slow rows four",
    )
    parser.add_argument(
        "--repeats", type=int, default=5, metavar="N", help="of each call (default: 5)"
    )
    parser.add_argument("--no-memory", action="store_true", help="leave peak memory out")
    parser.add_argument(
        "--reference", metavar="NAME", help="the row that others are compared with (default: first)"
    )
    parser.add_argument("--device", help="cpu, cuda, ... (default: a GPU where there is one)")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write all times there")
    return parser.parse_args()


def main() -> int:
    """Measure, print the table and write the file.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    from mmdigits.benchmark.rows import ROWS, ConfigRow, UltralyticsRow

    missing = [UltralyticsRow] if find_spec("ultralytics") is None else []
    rows = [
        row
        for row in ROWS
        if any(text in row.name for text in args.only) or not (args.only or type(row) in missing)
    ]
    if args.list:
        print(*(row.name for row in ROWS), sep="\n")
        return 0
    try:
        check_counts(args, "repeats", "batch_size")
        for text in args.config:
            name, config, checkpoint = named_config(text, "--config")
            name = name or ", ".join([config.stem, *([checkpoint.name] if checkpoint else [])])
            weights = checkpoint and checkpoint.resolve()
            path = str(config.resolve())
            rows.append(ConfigRow(name, path, args.batch_size, checkpoint=weights))
        names = [row.name for row in rows]
        twice = sorted(name for name, uses in Counter(names).items() if uses > 1)
        if twice:
            raise InputError(
                f"--config: two rows are called {twice[0]!r}; name one, NAME=CONFIG.py=CHECKPOINT"
            )
        if not rows:
            raise InputError(f"--only: no row has {' or '.join(args.only)} in its name; see --list")
        if args.reference not in (None, *names):
            raise InputError(
                f"--reference: {args.reference!r} is not timed; allowed: {', '.join(names)}"
            )
        if args.out is not None:
            if args.out.is_dir():
                raise InputError(f"--out: {args.out} is a folder; name a file")
            try:
                with written_together(args.out.parent):
                    pass  # what can't be written there is told now and not in an hour
            except OSError as error:
                raise InputError(
                    f"--out: {args.out} can't be written ({error}); name another file"
                ) from None
        run(args, rows)
    except (InputError, OSError) as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    return 0


def run(args: argparse.Namespace, rows: list) -> None:
    """Import what is heavy, measure, write the file and print the table.

    The table is printed also when memory's measuring is cut short.

    Args:
        args: The command line.
        rows: What is measured.

    Raises:
        InputError: If a row can't be built, or the device isn't there.
    """
    spare_cpu_time()
    with quiet_imports():
        from mmdigits.benchmark.measure import add_memory, measure
        from mmdigits.benchmark.table import benchmark_lines
        from mmdigits.engine.inference import usable_device
        from mmdigits.engine.precision import has_accelerator

    device = usable_device(args.device)
    if device == "cpu" and has_accelerator():
        raise InputError(
            "--device: trainings here take the GPU; to time the CPU, hide it, for one by "
            "CUDA_VISIBLE_DEVICES= before the command"
        )
    with status_line() as say:
        result = measure(rows, ROOT, device, args.repeats, args.parts, say)
    write(args.out, result)
    try:
        if not args.no_memory:
            with status_line() as say:
                add_memory(result, rows, ROOT, device, say)
            write(args.out, result)
    finally:
        print(*benchmark_lines(result, args.reference), sep="\n")


def write(path: Path | None, result: dict) -> None:
    """Write what was measured, whole or not at all.

    Args:
        path: The file, whose folder is made if missing; None for none.
        result: As ``json`` can write it.

    Raises:
        OSError: If it can't be written.
    """
    if path is None:
        return
    with written_together(path.parent) as folder:
        (folder / path.name).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
