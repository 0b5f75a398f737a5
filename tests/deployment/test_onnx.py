"""An exported detector answers as the network that it was."""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.config import Config, ConfigDict
from torch import Tensor, nn

import mmdigits.models  # noqa: F401  registers
from mmdigits.deployment.detector_graph import OUTPUTS, DetectorGraph
from mmdigits.deployment.onnx_detector import OnnxDetector
from mmdigits.deployment.onnx_file import write_onnx
from mmdigits.errors import InputError

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
SIZES = [(96, 160), (64, 192), (77, 101)]
LOOK = dict(height=40, canvas=(96, 64), reader=dict(score_thr=0.05))
R18 = CONFIGS / "digits/faster_rcnn_r18_fpn_mix.py"


def model_of(path: Path, look: dict | None = None, **options: object) -> ConfigDict:
    """A config's model, with few proposals and detections."""
    cfg = Config.fromfile(path)
    cfg.model.backbone.init_cfg = None
    cfg.model.test_cfg.rpn.max_per_img = 40
    cfg.model.test_cfg.rcnn.max_per_img = 20
    if "second_look" in cfg.model:
        cfg.model.second_look = look
    cfg.merge_from_dict(options)
    return cfg.model


def build(*arguments: object, **options: object) -> nn.Module:
    """Its network with random weights, whose scores are spread as a trained one's."""
    torch.manual_seed(0)
    model = MODELS.build(model_of(*arguments, **options)).eval()
    model.init_weights()
    heads = model.roi_head.bbox_head
    noise = torch.randn(2, 3, 96, 192)
    with torch.no_grad():
        # Features as large as a trained network's, however few come through a random backbone.
        for _ in range(2):
            for conv, level in zip(model.neck.fpn_convs, model.extract_feat(noise), strict=False):
                conv.conv.weight.div_(level.std())
        for head in heads if isinstance(heads, nn.ModuleList) else [heads]:
            head.fc_cls.weight.mul_(30)
            head.fc_reg.weight.mul_(30)
        model.rpn_head.rpn_cls.weight.mul_(100)
        model.rpn_head.rpn_reg.weight.mul_(30)
    return model


def images(sizes=SIZES) -> list[Tensor]:
    """Noise in blocks, as RGB in 0..255."""
    generator = torch.Generator().manual_seed(1)
    coarse = [torch.rand(1, 3, h // 8 + 1, w // 8 + 1, generator=generator) for h, w in sizes]
    fine = [nn.functional.interpolate(image, scale_factor=8, mode="bilinear") for image in coarse]
    return [(255 * image[0, :, :h, :w]).round() for image, (h, w) in zip(fine, sizes, strict=True)]


def batch(pictures: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Images side by side with something else beyond each, and their sizes."""
    sizes = torch.tensor([picture.shape[1:] for picture in pictures])
    inputs = torch.full((len(pictures), 3, *sizes.amax(dim=0).tolist()), 200.0)
    for place, picture in zip(inputs, pictures, strict=True):
        place[:, : picture.shape[1], : picture.shape[2]] = picture
    return inputs, sizes.float()


@torch.no_grad()
def answers(model: nn.Module, pictures: list[Tensor]) -> list:
    """What a detector predicts, by its own means."""
    samples = [
        DetDataSample(metainfo=dict(img_shape=tuple(p.shape[1:]), scale_factor=(1.0, 1.0)))
        for p in pictures
    ]
    inputs = [picture.flip(0) for picture in pictures]  # as files are read, BGR
    found = model.test_step(dict(inputs=inputs, data_samples=samples))
    return [sample.pred_instances for sample in found]


def assert_same(outputs: tuple, wanted: list, tolerance: float) -> None:
    boxes, labels, scores, image = map(torch.as_tensor, outputs)
    assert (scores[:-1] >= scores[1:] - tolerance).all()
    for number, instances in enumerate(wanted):
        own = image == number
        assert len(instances) and own.sum() == len(instances)
        assert torch.equal(labels[own], instances.labels)
        torch.testing.assert_close(scores[own], instances.scores, atol=tolerance, rtol=0)
        torch.testing.assert_close(boxes[own], instances.bboxes, atol=1000 * tolerance, rtol=0)


@pytest.mark.parametrize(
    "path",
    [
        R18,
        pytest.param(CONFIGS / "digits/cascade_rcnn_r50_fpn_mix.py", marks=pytest.mark.slow),
        pytest.param(CONFIGS / "digits/faster_rcnn_r50_fpn_v2.py", marks=pytest.mark.slow),
        CONFIGS / "reports/r1_faster_rcnn_mobilenet_v3_large_fpn.py",
    ],
    ids=lambda path: path.stem,
)
def test_the_graph_and_its_file_answer_as_the_network(tmp_path, path):
    model = build(path)
    wanted = answers(model, images())
    with torch.no_grad():
        assert_same(DetectorGraph(model).eval()(*batch(images())), wanted, 1e-5)
    write_onnx(model, model_of(path), tmp_path / "new" / "model.onnx")
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["model.onnx"]
    session = onnxruntime.InferenceSession(tmp_path / "new" / "model.onnx")
    # Other numbers of images and other sizes than it was exported with.
    for pictures in (images(), images()[1:2]):
        inputs, sizes = (part.numpy() for part in batch(pictures))
        outputs = session.run(list(OUTPUTS), dict(images=inputs, sizes=sizes))
        assert [output.dtype for output in outputs] == [np.float32, np.int64, np.float32, np.int64]
        assert_same(outputs, answers(model, pictures), 1e-4)


def test_nothing_found_is_nothing(tmp_path):
    model = build(R18, **{"model.test_cfg.rcnn.score_thr": 1.0})
    write_onnx(model, model_of(R18), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    inputs, sizes = (part.numpy() for part in batch(images()))
    outputs = session.run(list(OUTPUTS), dict(images=inputs, sizes=sizes))
    assert [output.shape for output in outputs] == [(0, 4), (0,), (0,), (0,)]


def test_no_proposal_is_nothing_too(tmp_path):
    model = build(
        CONFIGS / "reports/r1_faster_rcnn_mobilenet_v3_large_fpn.py",
        **{"model.test_cfg.rpn.score_thr": 1.0},
    )
    write_onnx(model, {}, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    inputs, sizes = (part.numpy() for part in batch(images()))
    outputs = session.run(list(OUTPUTS), dict(images=inputs, sizes=sizes))
    assert [output.shape for output in outputs] == [(0, 4), (0,), (0,), (0,)]


@pytest.mark.parametrize("look", [None, LOOK], ids=["once", "twice"])
def test_in_the_networks_place_it_looks_as_often(tmp_path, look):
    model, cfg = build(R18, look), model_of(R18, look)
    write_onnx(model, cfg, tmp_path / "model.onnx")
    exported = OnnxDetector(tmp_path / "model.onnx", cfg).eval()
    for ours, theirs in zip(answers(exported, images()), answers(model, images()), strict=True):
        assert torch.equal(ours.labels, theirs.labels)
        torch.testing.assert_close(ours.scores, theirs.scores, atol=1e-4, rtol=0)
        torch.testing.assert_close(ours.bboxes, theirs.bboxes, atol=0.1, rtol=0)
    for refused in (exported.extract_feat, exported.loss, exported._forward):
        with pytest.raises(NotImplementedError, match="an exported network"):
            refused(*([None] * (2 if refused == exported.loss else 1)))


def test_the_file_takes_rgb_whatever_the_network_was_trained_with(tmp_path):
    options = {"model.data_preprocessor.bgr_to_rgb": False}
    model, cfg = build(R18, **options), model_of(R18, **options)
    wanted = answers(model, images())
    assert not torch.equal(wanted[0].scores, answers(build(R18), images())[0].scores)
    write_onnx(model, cfg, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    inputs, sizes = (part.numpy() for part in batch(images()))
    assert_same(session.run(list(OUTPUTS), dict(images=inputs, sizes=sizes)), wanted, 1e-4)
    exported = OnnxDetector(tmp_path / "model.onnx", cfg).eval()
    for ours, theirs in zip(answers(exported, images()), wanted, strict=True):
        torch.testing.assert_close(ours.scores, theirs.scores, atol=1e-4, rtol=0)


def test_another_configs_model_is_refused(tmp_path):
    write_onnx(build(R18), model_of(R18), tmp_path / "model.onnx")
    OnnxDetector(tmp_path / "model.onnx", model_of(R18, LOOK))
    for other in (
        model_of(R18, **{"model.data_preprocessor.mean": [0, 0, 0]}),
        model_of(R18, **{"model.test_cfg.rcnn.score_thr": 0.5}),
        model_of(CONFIGS / "digits/faster_rcnn_r50_fpn_v2.py"),
        Config.fromfile(CONFIGS / "reports/r4_faster_rcnn_merged_nms.py").model,
    ):
        with pytest.raises(InputError, match="was exported with another model than this config's"):
            OnnxDetector(tmp_path / "model.onnx", other)


def test_what_is_no_onnx_file_is_one_line(tmp_path):
    (tmp_path / "model.onnx").write_text("no")
    with pytest.raises(InputError, match="can't be used") as caught:
        OnnxDetector(tmp_path / "model.onnx", model_of(R18))
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="it has CUDA"
)
def test_a_gpu_that_the_runtime_cannot_use_is_one_line(tmp_path):
    write_onnx(build(R18), model_of(R18), tmp_path / "model.onnx")
    with pytest.raises(InputError, match="this onnxruntime can't use cuda:1"):
        OnnxDetector(tmp_path / "model.onnx", model_of(R18), "cuda:1")


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_a_missing_package_is_named(monkeypatch, tmp_path, package):
    write_onnx(build(R18), model_of(R18), tmp_path / "model.onnx")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=f"the package {package} is not installed"):
        write_onnx(build(R18), model_of(R18), tmp_path / "other.onnx")
        OnnxDetector(tmp_path / "model.onnx", model_of(R18))
    assert package == "onnxruntime" or not (tmp_path / "other.onnx").exists()


def test_another_kind_of_detector_is_refused(tmp_path):
    config = tmp_path / "config.py"
    config.write_text('_base_ = "mmdet::_base_/models/retinanet_r50_fpn.py"')
    retina = Config.fromfile(config).model
    retina.backbone.init_cfg = None
    with pytest.raises(InputError, match="RetinaNet can't be exported because of its model"):
        write_onnx(MODELS.build(retina), retina, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == [config]


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("rcnn.nms.type", "soft_nms", "nms of another type"),
        ("rcnn.max_per_img", -1, "nms_pre or max_per_img below 1"),
        ("rpn.nms_pre", -1, "nms_pre or max_per_img below 1"),
    ],
)
def test_what_the_graph_does_otherwise_is_refused(tmp_path, option, value, named):
    model = build(R18, **{f"model.test_cfg.{option}": value})
    with pytest.raises(InputError, match=rf"of its test_cfg \({named}"):
        write_onnx(model, {}, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
