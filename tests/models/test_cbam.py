import pytest
import torch
from mmcv.cnn import build_plugin_layer
from mmdet.registry import MODELS

import mmdigits.models  # noqa: F401  registers
from mmdigits.errors import InputError

CBAM = dict(type="CBAM", reduction=2, kernel_size=3)


def build(in_channels=8, **cfg):
    return build_plugin_layer(dict(CBAM, **cfg), in_channels=in_channels)[1]


def test_it_is_a_plugin_named_cbam():
    assert build_plugin_layer(dict(CBAM), in_channels=8)[0] == "cbam"


@pytest.mark.parametrize("shape", [(2, 8, 5, 7), (1, 8, 1, 1), (0, 8, 4, 4)])
def test_shape_is_kept(shape):
    assert build()(torch.randn(shape)).shape == shape


def test_values_match_the_papers_equations_worked_by_hand():
    cbam = build(in_channels=2, reduction=2, kernel_size=1)
    with torch.no_grad():
        cbam.channel.fc1.weight.copy_(torch.tensor([[1.0, -1.0]]).reshape(1, 2, 1, 1))
        cbam.channel.fc2.weight.copy_(torch.tensor([[1.0], [2.0]]).reshape(2, 1, 1, 1))
        cbam.spatial.conv.weight.copy_(torch.tensor([[1.0, 2.0]]).reshape(1, 2, 1, 1))
    x = torch.tensor([[[[1.0, 3.0]], [[0.0, 1.0]]]])  # (1, 2, 1, 2)
    # Channels: averages (2, .5) and maxima (3, 1) go through relu(a - b) to 1.5 and 2: 3.5 in all.
    channel = torch.sigmoid(torch.tensor([3.5, 7.0]))
    scaled = x * channel.reshape(1, 2, 1, 1)
    left = torch.sigmoid(scaled[0, :, 0, 0].mean() + 2 * scaled[0, :, 0, 0].max())
    right = torch.sigmoid(scaled[0, :, 0, 1].mean() + 2 * scaled[0, :, 0, 1].max())
    expected = scaled * torch.stack([left, right])
    torch.testing.assert_close(cbam(x), expected)


def test_images_of_a_batch_do_not_mix():
    cbam, x = build(), torch.randn(2, 8, 5, 7)
    torch.testing.assert_close(cbam(x), torch.cat([cbam(x[:1]), cbam(x[1:])]))


def test_every_parameter_gets_a_gradient():
    cbam = build()
    cbam(torch.randn(2, 8, 5, 7)).square().sum().backward()
    assert len(list(cbam.parameters())) == 3
    assert all(p.grad.abs().sum() > 0 for p in cbam.parameters())


def test_it_scales_features_down_at_the_start_as_its_docstring_says():
    torch.manual_seed(0)
    x = torch.randn(4, 256, 8, 8).relu()
    ratio = (build(in_channels=256, reduction=16, kernel_size=7)(x).sum() / x.sum()).item()
    assert 0.15 < ratio < 0.4


@pytest.mark.parametrize(
    ("cfg", "message"),
    [
        (dict(reduction=3), "reduction is 3, but the map has 8 channels"),
        (dict(reduction=0), "reduction is 0"),
        (dict(kernel_size=4), "kernel_size is 4; it must be odd"),
    ],
)
def test_bad_arguments_are_an_error(cfg, message):
    with pytest.raises(InputError, match=message):
        build(**cfg)


def resnet(depth=18, **cfg):
    return MODELS.build(
        dict(
            type="StagePluginResNet",
            depth=depth,
            **dict(
                dict(stage_plugins=[dict(cfg=CBAM, stages=(False, True, True, True))]),
                **cfg,
            ),
        )
    )


@pytest.mark.parametrize(("depth", "channels"), [(18, 128), (34, 128), (50, 512)])
def test_a_stage_plugin_sits_behind_the_last_block_at_any_depth(depth, channels):
    backbone = resnet(depth)
    backbone.eval()
    names = [name for name, _ in backbone.layer2.named_children()]
    assert names[-1] == "cbam" and "cbam" not in dict(backbone.layer1.named_children())
    assert backbone.layer2.cbam.channel.fc2.out_channels == channels
    x = torch.randn(1, 64 if depth < 50 else 256, 8, 8)
    by_hand = x
    for block in list(backbone.layer2)[:-1]:
        by_hand = block(by_hand)
    torch.testing.assert_close(backbone.layer2(x), backbone.layer2.cbam(by_hand))


def test_a_checkpoint_without_the_plugin_still_fits():
    plain = MODELS.build(dict(type="ResNet", depth=18)).state_dict()
    result = resnet().load_state_dict(plain, strict=False)
    assert not result.unexpected_keys
    assert all(".cbam." in key for key in result.missing_keys)


def test_stage_plugins_train():
    backbone = resnet(frozen_stages=1)
    backbone.train()
    backbone(torch.randn(2, 3, 64, 64))[-1].square().sum().backward()
    for stage in (2, 3, 4):
        for parameter in getattr(backbone, f"layer{stage}").cbam.parameters():
            assert parameter.requires_grad and parameter.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("cfg", "message"),
    [
        pytest.param(dict(frozen_stages=2), "end of stage 2 would never be trained", id="frozen"),
        pytest.param(
            dict(stage_plugins=[dict(cfg=CBAM, stages=(True, True))]), "one bool for each of 4"
        ),
        pytest.param(
            dict(stage_plugins=[dict(cfg=CBAM, stages=(True,) * 4, position="after_conv3")]),
            "each entry is",
        ),
        pytest.param(
            dict(stage_plugins=[dict(cfg=CBAM, stages=(True,) * 4)] * 2), "two plugins named cbam"
        ),
    ],
)
def test_stage_plugins_that_make_no_sense_are_an_error(cfg, message):
    with pytest.raises(InputError, match=message):
        resnet(**cfg)


def test_the_papers_placement_acts_on_the_branch_before_the_addition():
    plugin = dict(cfg=CBAM, stages=(True,) * 4, position="after_conv3")
    backbone = MODELS.build(dict(type="ResNet", depth=50, plugins=[plugin]))
    block = backbone.layer1[1].eval()
    x = torch.randn(1, 256, 8, 8)
    out = x
    for convolution, norm in (("conv1", "bn1"), ("conv2", "bn2"), ("conv3", "bn3")):
        out = getattr(block, norm)(getattr(block, convolution)(out))
        out = out.relu() if convolution != "conv3" else out
    torch.testing.assert_close(block(x), (x + block.cbam(out)).relu())
