from types import SimpleNamespace

import torch
from mmdet.registry import HOOKS, MODELS
from mmengine.hooks import EMAHook
from mmengine.runner.priority import get_priority

import mmdigits.engine  # noqa: F401  registers


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


def test_weights_are_converted_before_they_are_copied_to_be_averaged():
    hook = HOOKS.build(dict(type="ChannelsLastHook"))
    assert get_priority(hook.priority) < get_priority(EMAHook.priority)
