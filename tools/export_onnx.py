"""Write a trained detector as one ONNX file, and check it against the network it was."""

import argparse
import sys
import tempfile
from pathlib import Path

from mmdigits.command_line import quiet_imports
from mmdigits.errors import InputError

CALIBRATED = 100  # images


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Inputs: images, N x 3 x H x W float32 RGB in 0..255, each at the top left of its "
        "place, and sizes, N x 2 float32 height and width of each. Outputs, by falling score: "
        "boxes (x1, y1, x2, y2 in pixels of images), labels, scores, and image, the index in the "
        "batch. N, H and W are free. How images are resized, a second look and the reader are not "
        "in the file: tools/predict.py CONFIG OUT.onnx IMAGES has them from the config.",
    )
    parser.add_argument("config", type=Path, metavar="CONFIG.py", help="the model's config")
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT.pth", help="its weights")
    parser.add_argument("out", type=Path, metavar="OUT.onnx", help="file to write")
    parser.add_argument(
        "--check",
        type=Path,
        metavar="IMAGES",
        help="an image or a folder to read with both; the exit status is 1 if any number differs, "
        "but for --int8, which changes some",
    )
    parser.add_argument(
        "--int8",
        type=Path,
        metavar="IMAGES",
        help="compute in 8-bit integers, with the ranges that layers have on up to "
        f"{CALIBRATED} of these images: a folder of photographs such as the training's",
    )
    return parser.parse_args()


def main() -> int:
    """Export, and compare if asked to.

    Returns:
        0; 1 after one line on stderr when the input can't be used, or if a number differs.
    """
    args = parse_args()
    with quiet_imports():
        from mmdigits.evaluation.prediction import list_inputs

    try:
        if args.out.suffix != ".onnx":
            raise InputError(f"out: {args.out} doesn't end in .onnx; tools know such files by it")
        paths = [] if args.check is None else list_inputs(args.check)
        calibrating = [] if args.int8 is None else list_inputs(args.int8)
        export(args, calibrating)
        print(f"{args.out}: {args.out.stat().st_size / 2**20:.1f} MiB")
        same = not paths or check(args, paths) or args.int8 is not None
    except (InputError, OSError) as error:
        print(f"export_onnx: {error}", file=sys.stderr)
        return 1
    return 0 if same else 1


def export(args: argparse.Namespace, calibrating: list[Path]) -> None:
    """Write the file.

    Args:
        args: The command line.
        calibrating: The images that say which ranges int8 needs; empty to keep float32.

    Raises:
        InputError: If the model can't be loaded or exported.
    """
    with quiet_imports():
        from mmdigits.config_file import read_config
        from mmdigits.deployment.onnx_file import write_onnx
        from mmdigits.deployment.quantization import quantize_onnx
        from mmdigits.evaluation.prediction import load_model, read_images

        detector = load_model(args.config, args.checkpoint, "cpu", []).detector
        model = read_config(args.config, "test_dataloader").model
        if not calibrating:
            write_onnx(detector, model, args.out)
            return
        with tempfile.TemporaryDirectory() as folder:
            exact = Path(folder) / "exact.onnx"
            write_onnx(detector, model, exact)
            exported = load_model(args.config, exact, "cpu", [])
            exported.detector.record = []
            chosen = calibrating[:: -(-len(calibrating) // CALIBRATED)]
            for _ in read_images(exported, chosen, workers=0):
                pass
            quantize_onnx(exact, exported.detector.record, args.out)


def check(args: argparse.Namespace, paths: list[Path]) -> bool:
    """Read images with the file and with the network, in float32, and print how far both agree.

    Args:
        args: The command line.
        paths: The images.

    Returns:
        Whether all numbers are the same.

    Raises:
        InputError: If ONNX Runtime is missing.
    """
    import contextlib

    from mmdigits.evaluation.agreement import compare_results
    from mmdigits.evaluation.prediction import load_model, read_images

    models = [load_model(args.config, path, "cpu", []) for path in (args.checkpoint, args.out)]
    exact = (model._replace(precision=contextlib.nullcontext) for model in models)
    found = compare_results(zip(*(read_images(model, paths) for model in exact), strict=True))
    print(
        f"{found.same_numbers} of {found.images} numbers the same; "
        f"{found.same_detections} of {found.images} with the same detections, their scores within "
        f"{found.score:.2g}, their boxes within {found.box:.2g} px"
    )
    return found.same_numbers == found.images


if __name__ == "__main__":
    raise SystemExit(main())
