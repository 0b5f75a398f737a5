import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner
from small_runs import CONFIGS, small_config
from torch import nn

import mmdigits.engine  # noqa: F401  registers
from mmdigits.engine.inference import prepare_inference
from mmdigits.engine.precision import widen_heads

BFLOAT16 = dict(avx512_bf16=True)
HOOK = dict(type="MixedPrecisionTestHook")


@pytest.fixture(params=[BFLOAT16, dict(avx512_f=True)], ids=["with bfloat16", "without"])
def cpu(request, monkeypatch) -> torch.dtype:
    """A CPU with bfloat16 instructions or without; and what it computes a test in."""
    monkeypatch.setattr("mmdigits.engine.precision.is_cuda_available", bool)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: request.param, raising=False)
    return torch.bfloat16 if request.param == BFLOAT16 else torch.float32


def outputs_of(module: nn.Module) -> list:
    """A list that gets what the module returns from now on."""
    seen = []
    module.register_forward_hook(lambda module, inputs, output: seen.append(output))
    return seen


@pytest.mark.skipif(torch.cuda.is_available(), reason="a runner takes the GPU, not the CPU")
@pytest.mark.parametrize("phase", ["val", "test"])
def test_a_cpu_tests_in_bfloat16_where_it_has_the_instructions(cpu, tmp_path, phase):
    config = small_config(tmp_path, custom_hooks=[HOOK], default_hooks__checkpoint__save_best=None)
    runner = Runner.from_cfg(config)
    inside = outputs_of(runner.model.roi_head.bbox_head.fc_cls)
    results = outputs_of(runner.model)
    getattr(runner, phase)()
    assert {output.dtype for output in inside} == {cpu}
    for sample in results[0]:
        assert sample.pred_instances.bboxes.dtype == torch.float32
        assert sample.pred_instances.scores.dtype == torch.float32


def test_training_is_left_as_it_is():
    model = MODELS.build(
        Config.fromfile(CONFIGS / "_base_/models/faster_rcnn_r18_fpn_small.py").model
    )
    widen_heads(model)
    widen_heads(model)
    features = [torch.randn(1, 128, size, size) for size in (8, 4, 2)]
    for training, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        model.train(training)
        with torch.autocast("cpu", torch.bfloat16):
            scores, boxes = model.rpn_head(features)
        assert {part.dtype for part in (*scores, *boxes)} == {dtype}
    assert len(model.rpn_head._forward_hooks) == 1


@pytest.mark.parametrize(
    "options",
    [
        dict(custom_hooks=[HOOK]),
        dict(test_cfg=dict(type="TestLoop", fp16=True)),
        dict(custom_hooks=[dict(type="ChannelsLastHook")]),
        dict(),
        dict(custom_hooks=None, test_cfg=None),
    ],
    ids=str,
)
def test_outside_a_loop_a_model_computes_as_inside(cpu, options):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3))
    context = prepare_inference(model, Config(options))
    with context():
        output = model(torch.rand(1, 3, 9, 9))
    narrow = "fp16" in str(options) or (HOOK["type"] in str(options) and cpu == torch.bfloat16)
    assert output.dtype == (torch.bfloat16 if narrow else torch.float32)
    last = "ChannelsLastHook" in str(options)
    assert output.is_contiguous(memory_format=torch.channels_last) == last
    assert model(torch.rand(1, 3, 9, 9)).dtype == torch.float32
