"""Detectors in ONNX files, computed in 8-bit integers."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from mmdigits.errors import InputError
from mmdigits.files.writing import written_together

QUANTIZED = ("Conv", "Gemm", "MatMul")
# The layers that give scores and boxes: a step of 1/255 of their range would show.
ANSWERS = ("fc_cls", "fc_reg", "rpn_cls", "rpn_reg")


def quantize_onnx(source: Path, batches: Iterable[Mapping[str, np.ndarray]], path: Path) -> None:
    """Let convolutions and matrix products of an exported detector compute in int8.

    Weights have a scale for each output channel, activations one that is fixed by the least and
    the largest value among the batches. The first convolution and the heads' last layers stay in
    float32.

    Source: ``onnxruntime.quantization.quantize_static``, which does the work.

    Args:
        source: What :func:`~mmdigits.deployment.onnx_file.write_onnx` wrote.
        batches: What the file is fed with, such as the calibration images need; at least one.
        path: Where to, may be ``source``; its folder is made if missing. The file appears whole or
            not at all.

    Raises:
        InputError: If ``onnx`` or ``onnxruntime`` is missing.
    """
    try:
        import onnx
        from onnxruntime.quantization import (
            CalibrationDataReader,
            QuantFormat,
            QuantType,
            quantize_static,
        )
    except ImportError:
        raise InputError(
            "export: int8 needs the packages onnx and onnxruntime; run `pip install onnx "
            "onnxruntime`"
        ) from None

    class Batches(CalibrationDataReader):
        def __init__(self) -> None:
            self._batches = iter(batches)

        def get_next(self) -> Mapping[str, np.ndarray] | None:
            return next(self._batches, None)

    nodes = [node for node in onnx.load(source).graph.node if node.op_type in QUANTIZED]
    exact = [nodes[0].name] + [
        node.name for node in nodes if any(name in node.name for name in ANSWERS)
    ]
    with written_together(path.parent) as folder:
        logger = logging.getLogger()
        level = logger.level
        logger.setLevel(
            logging.ERROR
        )  # it advises to simplify the graph first, which gains nothing
        try:
            quantize_static(
                str(source),
                str(folder / path.name),
                Batches(),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=list(QUANTIZED),
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=exact,
            )
        finally:
            logger.setLevel(level)
