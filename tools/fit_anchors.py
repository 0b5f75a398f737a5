"""Fit anchors to a config's training boxes as the network sees them, and print config lines."""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from mmdigits.analysis.anchor_text import config_lines, judged_lines, size_lines
from mmdigits.analysis.anchors import judge, levels_of
from mmdigits.command_line import quiet_imports
from mmdigits.errors import InputError

HEADS = ("rpn_head", "bbox_head")


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Boxes come out of the config's own training pipeline, random transforms included, "
        "in the shares of its sampler. 'By shape' is the IoU with the best anchor if both had one "
        "centre; 'in place' that with the best anchor where it stands, which is what training sees "
        "and what is fitted. Fitted and measured on the same boxes. Another number of anchors a "
        "cell is another head, which detector weights don't fit.",
    )
    parser.add_argument("config", type=Path, metavar="CONFIG.py", help="a training's config")
    parser.add_argument(
        "--images", type=int, default=2000, metavar="N", help="images to draw (default: 2000)"
    )
    parser.add_argument(
        "--per-level", type=int, default=2, metavar="K", help="anchors a level (default: 2)"
    )
    parser.add_argument("--seed", type=int, default=0, help="(default: 0)")
    return parser.parse_args()


def main() -> int:
    """Draw the boxes, fit and print.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    try:
        for name, least in (("images", 1), ("per_level", 1), ("seed", 0)):
            if getattr(args, name) < least:
                flag = f"--{name.replace('_', '-')}"
                raise InputError(f"{flag} is {getattr(args, name)}; give {least} or more")
        lines = fit_lines(args.config, args.images, args.per_level, args.seed)
    except (InputError, OSError) as error:
        print(f"fit_anchors: {error}", file=sys.stderr)
        return 1
    for line in lines:
        print(line)
    return 0


def fit_lines(path: Path, images: int, per_level: int, seed: int) -> list[str]:
    """Fit anchors and lay the result out.

    Args:
        path: The config.
        images: How many images are drawn, at least 1.
        per_level: Anchors a level, at least 1.
        seed: Of all that is random, not negative.

    Returns:
        How the boxes lie, the fit of the present anchors, and for each kind of new ones the fit and
        the config's lines. The fits are those of the lines as printed, rounded.

    Raises:
        InputError: If the config, its data or its anchors can't be used.
    """
    with quiet_imports():
        from mmdet.registry import TASK_UTILS
        from mmengine.registry import DefaultScope

        import mmdigits.models  # noqa: F401  registers
        from mmdigits.config_file import read_config
        from mmdigits.datasets.drawn_boxes import build_named, draw_boxes

    from mmdigits.analysis.anchor_fit import fit_grid, fit_shapes

    with DefaultScope.overwrite_default_scope("mmdet"):
        config = read_config(path, "train_dataloader")
        head, present = anchors_of(config, path)
        generator = build_named(TASK_UTILS, present, f"model.{head}.anchor_generator")
        if not hasattr(generator, "base_anchors"):
            raise InputError(
                f"config: model.{head}.anchor_generator of {path} is a {present['type']}, which "
                "has no anchors to fit; give a config whose head has some"
            )
        boxes = draw_boxes(config.train_dataloader, images, seed)
        shapes = fit_shapes(boxes, generator.strides, per_level, seed)
        grid = fit_grid(boxes, generator.strides, per_level, seed)
        strides = [x if x == y else (x, y) for x, y in generator.strides]
        free = dict(
            type="YOLOAnchorGenerator",
            strides=strides,
            base_sizes=[[(_short(w), _short(h)) for w, h in level] for level in shapes],
        )
        like_present = {"scales", "ratios"} <= present.keys()
        regular = dict(
            type=present["type"] if like_present else "AnchorGenerator",
            strides=strides,
            scales=[_short(scale) for scale in grid.scales],
            ratios=[_short(ratio) for ratio in grid.ratios],
        )
        lines = [*size_lines(boxes, images), "", *_judged("present", generator, boxes)]
        for title, new in (("free shapes", free), ("grid", regular)):
            judged = _judged(title, TASK_UTILS.build(new), boxes)
            lines += ["", *judged, "", *config_lines(head, new)]
    return [*lines, "", f"Paste one of the two into a config that inherits {path}."]


def anchors_of(config: Any, path: Path) -> tuple[str, dict]:
    """Find the anchors in a config.

    Args:
        config: MMEngine's ``Config``.
        path: Its file, for the message.

    Returns:
        The part of ``model`` that has them, ``rpn_head`` or ``bbox_head``, and what its
        ``anchor_generator`` is.

    Raises:
        InputError: If neither has one.
    """
    for head in HEADS:
        part = config.model.get(head)
        if isinstance(part, dict) and part.get("anchor_generator"):
            return head, part["anchor_generator"]
    raise InputError(
        f"config: the model of {path}, a {config.model.get('type')}, has no anchors: neither "
        f"model.{HEADS[0]}.anchor_generator nor model.{HEADS[1]}.anchor_generator is set; give the "
        "config of one detector with anchors"
    )


def _judged(title: str, generator: Any, boxes: np.ndarray) -> list[str]:
    levels = levels_of(generator.strides, generator.base_anchors)
    return judged_lines(f"{title}: {type(generator).__name__}", levels, judge(boxes, levels))


def _short(value: float) -> float:
    return float(f"{value:.3g}")


if __name__ == "__main__":
    raise SystemExit(main())
