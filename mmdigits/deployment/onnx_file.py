"""Detectors as ONNX files: written here, and told what they were made for."""

import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from mmdet.models import FasterRCNN

from mmdigits.config_file import digest
from mmdigits.deployment.detector_graph import INPUTS, OUTPUTS, DetectorGraph
from mmdigits.errors import InputError
from mmdigits.files.writing import written_together

OPSET = 17  # RoIAlign shifted by half a cell needs 16, LayerNorm of other backbones 17
MODEL_DIGEST = "mmdigits.model"  # key of the file's metadata


def model_digest(model: Mapping) -> str:
    """Tell a config's network, with its thresholds in a test, from others.

    Args:
        model: ``model`` of the config.

    Returns:
        See :func:`~mmdigits.config_file.digest`. Where weights come from, how the network is
        trained and whether it looks twice doesn't count: none of it is in an ONNX file.
    """
    network = {name: model[name] for name in model if name not in ("type", "second_look")}
    pixels = model.get("data_preprocessor") or {}
    if not (pixels.get("bgr_to_rgb") or pixels.get("rgb_to_bgr")):
        network["takes"] = "RGB"  # files of earlier versions take BGR then
    return digest(network, without=("init_cfg", "train_cfg"))


def write_onnx(detector: FasterRCNN, model: Mapping, path: Path) -> None:
    """Write a detector as one ONNX file.

    Its inputs and outputs are those of :class:`DetectorGraph`, by ``INPUTS`` and ``OUTPUTS``; the
    number of images, their height and width are free. The file appears whole or not at all.

    Args:
        detector: On the CPU, in evaluation mode; a second look isn't exported.
        model: ``model`` of its config.
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
    with written_together(path.parent) as folder:
        partial = folder / path.name
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
        proto = onnx.load(partial)
        onnx.helper.set_model_props(proto, {MODEL_DIGEST: model_digest(model)})
        onnx.save(proto, partial)
