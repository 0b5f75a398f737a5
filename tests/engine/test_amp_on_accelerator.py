import pytest
import torch
from mmdet.registry import OPTIM_WRAPPER_CONSTRUCTORS
from mmengine.optim import AmpOptimWrapper, OptimWrapper

import mmdigits.engine  # noqa: F401  registers
from mmdigits.engine.optimizers import BFloat16OptimWrapper
from mmdigits.errors import InputError


def build(**cfg):
    constructor = OPTIM_WRAPPER_CONSTRUCTORS.build(
        dict(
            type="AmpOnAcceleratorConstructor",
            optim_wrapper_cfg=dict(
                dict(type="OptimWrapper", optimizer=dict(type="SGD", lr=0.1)), **cfg
            ),
        )
    )
    return constructor(torch.nn.Linear(2, 1))


@pytest.mark.parametrize("options", [dict(), dict(dtype="bfloat16"), dict(loss_scale=512.0)])
def test_a_cpu_gets_the_plain_wrapper(monkeypatch, options):
    monkeypatch.setattr("mmdigits.engine.precision.is_cuda_available", bool)
    assert type(build(**options)) is OptimWrapper


def test_full_precision_can_be_asked_for(monkeypatch):
    for available in (bool, lambda: True):
        name = "mmdigits.engine.precision.is_cuda_available"
        monkeypatch.setattr(name, available)
        assert type(build(automatic_amp=False)) is OptimWrapper


def test_a_gpu_gets_mixed_precision_with_dynamic_scaling(monkeypatch):
    # MMEngine asks the machine once more, so its own check is told the same.
    for module in (
        "mmdigits.engine.precision",
        "mmengine.optim.optimizer.amp_optimizer_wrapper",
    ):
        monkeypatch.setattr(f"{module}.is_cuda_available", lambda: True)
    wrapper = build(cpu_bfloat16=True)
    assert isinstance(wrapper, AmpOptimWrapper)
    assert wrapper.loss_scaler.is_enabled() == torch.cuda.is_available()


@pytest.mark.parametrize(
    ("capabilities", "wrapper"),
    [
        (dict(avx512_bf16=True), BFloat16OptimWrapper),
        (dict(avx512_bf16=False, amx_bf16=True), BFloat16OptimWrapper),
        (dict(avx512_f=True), OptimWrapper),
    ],
    ids=str,
)
def test_a_cpu_gets_bfloat16_where_it_has_the_instructions(monkeypatch, capabilities, wrapper):
    monkeypatch.setattr("mmdigits.engine.precision.is_cuda_available", bool)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert type(build(cpu_bfloat16=True)) is wrapper
    assert type(build(cpu_bfloat16=False)) is OptimWrapper
    assert type(build()) is OptimWrapper


def test_a_pytorch_that_does_not_tell_gets_the_plain_wrapper(monkeypatch):
    monkeypatch.setattr("mmdigits.engine.precision.is_cuda_available", bool)
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert type(build(cpu_bfloat16=True)) is OptimWrapper


def test_the_train_tools_flag_says_in_one_line_that_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr("mmdigits.engine.precision.is_cuda_available", bool)
    for wrapper in ("AmpOptimWrapper", AmpOptimWrapper):
        with pytest.raises(InputError, match="leave out --amp"):
            build(type=wrapper, automatic_amp=False)
