from types import SimpleNamespace

import torch
from mmdet.registry import HOOKS, MODELS
from mmengine.hooks import EMAHook
from mmengine.runner import Runner
from small_runs import small_config

import mmdigits.engine  # noqa: F401  registers

HOOKS_OF_A_RUN = [dict(type="ChannelsLastHook"), dict(type="EMAHook")]


def network():
    torch.manual_seed(0)
    config = dict(type="ResNet", depth=50, num_stages=1, strides=(1,), dilations=(1,))
    backbone = MODELS.build(dict(config, out_indices=(0,)))
    backbone.eval()
    return backbone


def test_feature_maps_are_channels_last_and_otherwise_the_same():
    images = torch.rand(2, 3, 32, 64)
    plain, model = network(), network()
    HOOKS.build(dict(type="ChannelsLastHook")).before_run(SimpleNamespace(model=model))
    before, after = plain(images)[0], model(images)[0]
    assert not before.is_contiguous(memory_format=torch.channels_last)
    assert after.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(after, before)
    for name, value in plain.state_dict().items():
        assert torch.equal(model.state_dict()[name], value), name


def test_averaged_weights_have_the_layout_too(tmp_path):
    runner = Runner.from_cfg(small_config(tmp_path, custom_hooks=HOOKS_OF_A_RUN))
    runner.train()
    (averaging,) = (hook for hook in runner.hooks if isinstance(hook, EMAHook))
    for model in (runner.model, averaging.ema_model.module):
        weight = model.backbone.layer1[0].conv1.weight
        assert weight.is_contiguous(memory_format=torch.channels_last)


def test_what_a_resumed_optimiser_remembers_is_laid_out_like_its_weight():
    # PyTorch's fused kernels take both in the order of memory.
    model = network()
    hook = HOOKS.build(dict(type="ChannelsLastHook"))
    hook.before_run(SimpleNamespace(model=model))
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    memory = {
        number: dict(step=torch.tensor(7.0), exp_avg=torch.randn(weight.shape))
        for number, weight in enumerate(model.parameters())
    }
    state = dict(optimizer.state_dict(), state=memory)
    optimizer.load_state_dict(state)
    hook.before_train(SimpleNamespace(optim_wrapper=SimpleNamespace(optimizer=optimizer)))
    for number, weight in enumerate(model.parameters()):
        kept = optimizer.state[weight]
        assert kept["exp_avg"].stride() == weight.stride()
        assert torch.equal(kept["exp_avg"], memory[number]["exp_avg"])
        assert kept["step"] == 7
