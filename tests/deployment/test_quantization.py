"""A detector in int8: smaller, with nearly the same feature maps, and whole."""

import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmdigits.deployment.onnx_detector import OnnxDetector
from mmdigits.deployment.onnx_file import write_onnx
from mmdigits.deployment.quantization import quantize_onnx
from mmdigits.errors import InputError

CONFIG = "configs/digits/faster_rcnn_r18_fpn_mix.py"


@pytest.fixture(scope="module")
def files(repository, tmp_path_factory):
    """The network in float32 and in int8, its config's model and what both are fed with."""
    model = Config.fromfile(repository / CONFIG).model
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):
        detector = MODELS.build(model).eval()
    detector.init_weights()
    folder = tmp_path_factory.mktemp("onnx")
    exact, coarse = folder / "exact.onnx", folder / "new" / "int8.onnx"
    write_onnx(detector, model, exact)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2, 3, 12, 24)).repeat(8, axis=2).repeat(8, axis=3)
    sizes = np.array([[96, 192], [90, 180]], np.float32)
    batch = dict(images=pixels.astype(np.float32), sizes=sizes)
    quantize_onnx(exact, [batch], coarse)
    return exact, coarse, model, batch


def features(path, batch) -> np.ndarray:
    """The neck's finest map, which no suppression has cut."""
    proto = onnx.load(path)
    (name,) = [
        node.output[0]
        for node in proto.graph.node
        if node.op_type == "Conv" and "fpn_convs.0" in node.name
    ]
    proto.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    return session.run([name], batch)[0]


def test_the_maps_are_nearly_the_same(files):
    exact, coarse, _, batch = files
    wanted, got = features(exact, batch), features(coarse, batch)
    assert np.std(got - wanted) < 0.1 * np.std(wanted)
    assert not np.array_equal(got, wanted)


def test_the_file_is_smaller_and_the_answers_stay_float(files):
    exact, coarse, _, _ = files
    assert coarse.stat().st_size < 0.4 * exact.stat().st_size
    assert [path.name for path in coarse.parent.iterdir()] == ["int8.onnx"]
    proto = onnx.load(coarse)
    stored = {tensor.name: tensor.data_type for tensor in proto.graph.initializer}
    kinds = {}
    for node in proto.graph.node:
        if node.op_type in ("Conv", "Gemm"):
            kinds[node.name] = onnx.TensorProto.FLOAT == stored.get(node.input[1])
    exact_ones = [name for name, is_float in kinds.items() if is_float]
    assert len(exact_ones) == 1 + 3 * 2 + 2  # the first, the RPN's at three levels, the head's
    assert len(kinds) > 25


def test_the_file_is_known_and_detects(files):
    _, coarse, model, batch = files
    session = OnnxDetector(coarse, model).session
    boxes, labels, scores, image = session.run(None, batch)
    assert len(boxes) == len(labels) == len(scores) == len(image) > 0


def test_a_missing_package_is_one_line(files, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxruntime.quantization", None)
    with pytest.raises(InputError, match="int8 needs the packages onnx and onnxruntime"):
        quantize_onnx(files[0], [files[3]], tmp_path / "new" / "int8.onnx")
    assert not (tmp_path / "new").exists()
