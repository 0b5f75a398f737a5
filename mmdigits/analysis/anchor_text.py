"""Anchors and their fit in words, and as lines of a config."""

from collections.abc import Sequence

import numpy as np

from mmdigits.analysis.anchors import REACHED, Fit, Level, Reach

PERCENTILES = (1, 5, 25, 50, 75, 95, 99)


def size_lines(boxes: np.ndarray, images: int) -> list[str]:
    """Lay out how boxes lie.

    Args:
        boxes: ``(N, 4)`` xyxy corners in pixels, N at least 1.
        images: How many images they are from.

    Returns:
        A title, a header and a line each for width, height and height / width.
    """
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    rows = (("width", width), ("height", height), ("height / width", height / width))
    header = "".join(f"{f'{percentile}%':>8}" for percentile in PERCENTILES)
    return [
        f"{len(boxes)} boxes in {images} images, in pixels of the network's input; percentiles:",
        " " * 14 + header,
        *(
            f"{name:14}" + "".join(f"{v:8.{digits}f}" for v in np.percentile(values, PERCENTILES))
            for (name, values), digits in zip(rows, (1, 1, 2), strict=True)
        ),
    ]


def judged_lines(title: str, levels: Sequence[Level], fit: Fit) -> list[str]:
    """Lay out how well anchors fit boxes.

    Args:
        title: What the anchors are.
        levels: At least one.
        fit: Theirs, as :func:`~mmdigits.analysis.anchors.judge` gives it.

    Returns:
        The title, a header, a line each for the fit by shape and in place, and a line a level.
    """
    heads = "".join(f"{f'reach {iou}':>11}" for iou in REACHED)
    lines = [
        title,
        f"  {'':14}best IoU{heads}  fits best  width x height",
        _reach_line("by shape", fit.by_shape),
        _reach_line("in place", fit.in_place),
    ]
    for (stride, _, shapes), reach, best in zip(levels, fit.levels, fit.best, strict=True):
        name = f"stride {stride[0]}" + (f" x {stride[1]}" if stride[0] != stride[1] else "")
        named = ", ".join(f"{width:.1f} x {height:.1f}" for width, height in shapes)
        lines.append(f"{_reach_line(name, reach)}{best:>11.1%}  {named}")
    return lines


def config_lines(head: str, generator: dict) -> list[str]:
    """Write an anchor generator as lines of a config.

    Args:
        head: The part of ``model`` that has it.
        generator: Its config.

    Returns:
        Lines of Python that replace the parent's generator.
    """
    lines = ["model = dict(", f"    {head}=dict(", "        anchor_generator=dict("]
    lines.append(f"{' ' * 12}_delete_=True,")
    for name, value in generator.items():
        if name == "base_sizes":
            rows = (f"{' ' * 16}{level}," for level in value)
            lines += [f"{' ' * 12}{name}=[", *rows, f"{' ' * 12}],"]
        else:
            shown = f'"{value}"' if isinstance(value, str) else repr(value)
            lines.append(f"{' ' * 12}{name}={shown},")
    return [*lines, "        )", "    )", ")"]


def _reach_line(name: str, reach: Reach) -> str:
    shares = "".join(f"{share:>11.1%}" for share in reach.reached)
    return f"  {name:14}{reach.mean_iou:>8.3f}{shares}"
