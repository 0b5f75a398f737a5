"""Detectors as ONNX files: written here, and told what they were made for."""

import json
import os
import tempfile
import warnings
from pathlib import Path

import torch
from mmdet.models import FasterRCNN

from mmdigits.deployment.detector_graph import INPUTS, OUTPUTS, DetectorGraph
from mmdigits.errors import InputError

OPSET = 17  # RoIAlign shifted by half a cell needs 16, LayerNorm of other backbones 17
ABOUT = "mmdigits"  # key of the file's metadata


def preparation(preprocessor: torch.nn.Module) -> dict[str, object]:
    """What a network's images go through, as an ONNX file of it says.

    Args:
        preprocessor: A ``DetDataPreprocessor``.

    Returns:
        ``mean`` and ``std``, three numbers each in RGB, and ``divisor``.
    """
    return dict(
        mean=preprocessor.mean.flatten().tolist(),
        std=preprocessor.std.flatten().tolist(),
        divisor=preprocessor.pad_size_divisor,
    )


def write_onnx(detector: FasterRCNN, path: Path) -> None:
    """Write a detector as one ONNX file.

    Its inputs and outputs are those of :class:`DetectorGraph`, by ``INPUTS`` and ``OUTPUTS``; the
    number of images, their height and width are free. The file appears whole or not at all.

    Args:
        detector: On the CPU, in evaluation mode; a second look isn't exported.
        path: Where to; its folder is made if missing.

    Raises:
        InputError: If the ``onnx`` package is missing, or the detector can't be exported.
    """
    try:
        import onnx
    except ImportError:
        raise InputError(
            "export: the package onnx is not installed; run `pip install onnx onnxruntime`"
        ) from None
    graph = DetectorGraph(detector).eval()
    # Two images of different sizes, neither a multiple of anything: what is constant shows.
    images = torch.rand(2, 3, 90, 170, generator=torch.Generator().manual_seed(0)) * 255
    sizes = torch.tensor([[90.0, 130.0], [70.0, 170.0]])
    axes = dict(images={0: "images", 2: "height", 3: "width"}, sizes={0: "images"})
    axes |= {name: {0: "detections"} for name in OUTPUTS}
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        partial = Path(folder) / "model.onnx"
        with warnings.catch_warnings(), torch.no_grad():
            # It says of every shape that is compared that it might be a constant.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                graph,
                (images, sizes),
                str(partial),
                input_names=list(INPUTS),
                output_names=list(OUTPUTS),
                dynamic_axes=axes,
                opset_version=OPSET,
                dynamo=False,
            )
        model = onnx.load(partial)
        about = preparation(detector.data_preprocessor)
        onnx.helper.set_model_props(model, {ABOUT: json.dumps(about)})
        onnx.save(model, partial)
        os.replace(partial, path)
