"""Set string accuracy against reading time, for networks and ways to read with them."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmdigits.command_line import check_counts, named_config, quiet_imports, status_line
from mmdigits.errors import InputError, one_line
from mmdigits.files.writing import new_folder
from mmdigits.launch import spare_cpu_time

if TYPE_CHECKING:
    from mmdigits.benchmark.pareto import Setting


FILES = ("pareto.json", "pareto.md", "pareto.png")


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Every network reads all images as its config says, and in every way that --try "
        "names; each is timed in turn, from the files to the numbers, nothing else should run "
        "meanwhile. The folder gets pareto.json, pareto.md, pareto.png and, for "
        "tools/compare_runs.py, what each setting read.",
    )
    parser.add_argument(
        "models",
        nargs="+",
        metavar="NAME=CONFIG.py=CHECKPOINT",
        help="the networks; a checkpoint ends in .pth or .onnx",
    )
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="their folder")
    parser.add_argument(
        "--labels", type=Path, required=True, metavar="LABELS.json", help="COCO labels"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument(
        "--try",
        dest="tries",
        nargs="+",
        action="append",
        default=[],
        metavar="WORD",
        help="a name, then KEY=VALUE as --cfg-options takes them, or tta=True: another way to "
        "read, of all networks whose configs have these keys; may be given often",
    )
    parser.add_argument(
        "--repeats", type=int, default=5, metavar="N", help="timed readings (default: 5)"
    )
    parser.add_argument(
        "--batch-size", type=int, default=8, metavar="N", help="most images at once (default: 8)"
    )
    parser.add_argument("--device", help="cpu, cuda, ... (default: a GPU where there is one)")
    return parser.parse_args()


def main() -> int:
    """Measure, print the table and write the folder.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    try:
        check_counts(args, "repeats", "batch_size")
        spare_cpu_time()
        with quiet_imports():
            from mmdigits.benchmark.pareto import measure_settings
            from mmdigits.benchmark.pareto_report import pareto_figure, pareto_lines
            from mmdigits.engine.inference import usable_device
            from mmdigits.files.image_set import read_image_set

        settings = settings_of(args.models, args.tries)
        images = read_image_set(labels=args.labels)
        device = usable_device(args.device)
        with new_folder(args.out, "out") as folder, status_line() as say:
            result = measure_settings(
                settings, images, args.images, folder, device, args.repeats, args.batch_size, say
            )
            lines = pareto_lines(result)
            text = json.dumps(result, indent=1) + "\n"
            numbers, table, picture = (folder / name for name in FILES)
            numbers.write_text(text, encoding="utf-8")
            table.write_text("\n".join(lines) + "\n", encoding="utf-8")
            pareto_figure(result).savefig(picture, dpi=150)
    except (InputError, OSError) as error:
        print(f"pareto: {error}", file=sys.stderr)
        return 1
    print(*lines, sep="\n")
    return 0


def settings_of(models: Sequence[str], tries: Sequence[Sequence[str]]) -> list["Setting"]:
    """Make every network's settings.

    Args:
        models: ``NAME=CONFIG.py=CHECKPOINT`` each.
        tries: A name and options each.

    Returns:
        For each network its config's own setting and those of the tries that its config has all
        keys of.

    Raises:
        InputError: If words are wrong, a config can't be read, two settings have one name, or a try
            suits no network.
    """
    from mmdigits.benchmark.pareto import Setting
    from mmdigits.config_file import has_place, read_config

    ways = [(words[0], *options_of(words)) for words in tries]
    suited = set()
    settings = []
    for text in models:
        name, path, checkpoint = named_config(text, "models")
        if name is None or checkpoint is None:
            raise InputError(f"models: {text!r} is not NAME=CONFIG.py=CHECKPOINT")
        own = Setting(name, name, path, checkpoint)
        settings.append(own)
        config = read_config(own.config, "test_dataloader")
        for way, options, tta in ways:
            views = ("tta_model", "tta_pipeline") if tta else ()
            if all(has_place(config, key) for key in (*options, *views)):
                suited.add(way)
                settings.append(own._replace(name=f"{name}, {way}", options=options, tta=tta))
    for way, *_ in ways:
        if way not in suited:
            raise InputError(f"--try: no config has all that {way!r} names; correct its keys")
    names = [setting.name for setting in settings]
    if len(set(names)) < len(names):
        raise InputError(f"two settings have one name: {'; '.join(sorted(names))}")
    bad = [name for name in names if Path(name).name != name or name in (*FILES, "..")]
    if bad:
        raise InputError(f"names: {bad[0]!r} can't name a folder in --out; choose another")
    return settings


def options_of(words: Sequence[str]) -> tuple[dict[str, object], bool]:
    """Read what a try says.

    Args:
        words: Its name and ``KEY=VALUE`` words.

    Returns:
        Options of the config, and whether several views are merged.

    Raises:
        InputError: If a word is no ``KEY=VALUE`` or its value can't be read.
    """
    from mmengine.config import DictAction

    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--options", nargs="*", action=DictAction, default={})
    wrong = [word for word in words[1:] if "=" not in word]
    if wrong or "=" in words[0]:
        raise InputError(f"--try: {' '.join(words)!r} is not a name and words such as KEY=VALUE")
    try:
        options = dict(parser.parse_args(["--options", *words[1:]]).options or {})
    except AssertionError as error:  # of brackets that don't match
        raise InputError(f"--try: {' '.join(words)!r}: {one_line(error)}") from None
    tta = options.pop("tta", False)
    if not isinstance(tta, bool):
        raise InputError(f"--try: tta={tta} of {words[0]!r} is neither True nor False")
    return options, tta


if __name__ == "__main__":
    raise SystemExit(main())
