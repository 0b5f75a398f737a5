"""Rename a torchvision detector's weights for MMDetection, or the other way round."""

import argparse
import sys
from pathlib import Path

from mmdigits.command_line import quiet_imports
from mmdigits.errors import InputError

# The keys of mmdigits.models.weights.ARCHITECTURES, whose import takes seconds.
ARCHITECTURES = (
    "fasterrcnn_resnet50_fpn",
    "fasterrcnn_resnet50_fpn_v2",
    "fasterrcnn_resnet101_fpn",
    "fasterrcnn_resnext50_32x4d_fpn",
    "fasterrcnn_resnext101_32x8d_fpn",
    "fasterrcnn_mobilenet_v3_large_fpn",
    "fasterrcnn_mobilenet_v3_large_320_fpn",
)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="The input may hold the weights bare or under state_dict, model_state_dict or "
        "model. It is read without running any code it may contain.",
    )
    parser.add_argument("source", type=Path, metavar="IN.pth", help="checkpoint to read")
    parser.add_argument("target", type=Path, metavar="OUT.pth", help="checkpoint to write")
    parser.add_argument(
        "--arch",
        choices=ARCHITECTURES,
        default="fasterrcnn_resnet50_fpn_v2",
        metavar="NAME",
        help="torchvision's name of the detector, one of %(choices)s (default: %(default)s)",
    )
    parser.add_argument(
        "--to",
        choices=["mmdet", "torchvision"],
        default="mmdet",
        help="whose names the output has (default: %(default)s)",
    )
    parser.add_argument(
        "--num-classes",
        type=int,
        default=10,
        help="--to mmdet: keep a predictor for this many classes, background not counted, and "
        "drop any other (default: %(default)s)",
    )
    return parser.parse_args()


def main() -> int:
    """Convert one file.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    with quiet_imports():
        from mmdigits.models import weights

    try:
        state = weights.read_state_dict(args.source)
        if args.to == "mmdet":
            converted, notes = weights.torchvision_to_mmdet(state, args.arch, args.num_classes)
            weights.write_checkpoint({"meta": {}, "state_dict": converted}, args.target)
        else:
            converted, notes = weights.mmdet_to_torchvision(state, args.arch)
            weights.write_checkpoint(converted, args.target)
    except InputError as error:
        print(f"convert_torchvision: {error}", file=sys.stderr)
        return 1
    for note in notes:
        print(note)
    print(f"{args.target}: {len(converted)} tensors under {args.to}'s names")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
