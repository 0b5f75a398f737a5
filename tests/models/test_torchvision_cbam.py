import itertools

import pytest
import torch
from torch import Tensor

from mmdigits.errors import InputError
from mmdigits.models import CBAM
from mmdigits.models.weights.cbam_names import split_cbam

CHANNELS = 512  # of stage 2
STAGE = "backbone.body.layer2."
BLOCK = torch.ones(1)


def parts(linear: bool = False) -> list[Tensor]:
    """The weights fc1, fc2 and conv of a CBAM at the end of stage 2, reduction 16, kernel 7."""
    shapes = [(CHANNELS // 16, CHANNELS), (CHANNELS, CHANNELS // 16), (1, 2, 7, 7)]
    if not linear:
        shapes = [(*shape, 1, 1) if len(shape) == 2 else shape for shape in shapes]
    return [torch.randn(shape) for shape in shapes]


def ours(weights: list[Tensor]) -> dict[str, Tensor]:
    cbam = CBAM(CHANNELS).state_dict()
    assert [*cbam] == ["channel.fc1.weight", "channel.fc2.weight", "spatial.conv.weight"]
    return {
        f"{STAGE}cbam.{name}": weight.reshape(cbam[name].shape)
        for name, weight in zip(cbam, weights, strict=True)
    }


def assert_split(
    state: dict[str, Tensor], detector: dict[str, Tensor], cbam: dict[str, Tensor]
) -> None:
    for got, want in zip(split_cbam(state), (detector, cbam), strict=True):
        assert got.keys() == want.keys()
        assert all(torch.equal(got[name], want[name]) for name in want)


@pytest.mark.parametrize("linear", [False, True], ids=["1x1 convolution", "linear"])
@pytest.mark.parametrize("wrapped", [False, True], ids=["cbam", "Sequential"])
@pytest.mark.parametrize(
    "names",
    [
        ("channel.fc1", "channel.fc2", "spatial.conv"),
        ("ca.fc1", "ca.fc2", "sa.conv1"),
        ("ca.fc.0", "ca.fc.2", "sa.conv"),
        ("channel_attention.mlp.0", "channel_attention.mlp.2", "spatial_attention.conv"),
        ("channel_att.shared_mlp.0", "channel_att.shared_mlp.2", "spatial_att.conv1"),
        ("ChannelGate.mlp.1", "ChannelGate.mlp.3", "SpatialGate.spatial.conv"),
    ],
    ids=lambda names: names[0],
)
def test_usual_spellings_become_ours(names, wrapped, linear):
    weights = parts(linear)
    block, place = ("0.3.conv1", "1") if wrapped else ("3.conv1", "cbam")
    state = {f"{STAGE}{block}.weight": BLOCK, "backbone.body.conv1.weight": BLOCK}
    state |= {f"{STAGE}{place}.{n}.weight": w for n, w in zip(names, weights, strict=True)}
    assert_split(
        state,
        {f"{STAGE}3.conv1.weight": BLOCK, "backbone.body.conv1.weight": BLOCK},
        ours(weights),
    )


def test_stages_are_judged_one_by_one():
    weights = parts()
    state = {
        f"{STAGE}0.0.conv1.weight": BLOCK,
        # Stage 3 is plain: its block 1 is no CBAM.
        "backbone.body.layer3.0.conv1.weight": BLOCK,
        "backbone.body.layer3.1.conv1.weight": BLOCK,
        f"{STAGE}1.ca.fc1.weight": weights[0],
        f"{STAGE}1.ca.fc2.weight": weights[1],
        f"{STAGE}1.sa.conv.weight": weights[2],
    }
    detector = {
        f"{STAGE}0.conv1.weight": BLOCK,
        "backbone.body.layer3.0.conv1.weight": BLOCK,
        "backbone.body.layer3.1.conv1.weight": BLOCK,
    }
    assert_split(state, detector, ours(weights))


def test_detector_without_cbam_passes_unchanged():
    state = {f"{STAGE}3.bn3.bias": BLOCK, "roi_heads.box_head.5.weight": BLOCK}
    assert_split(state, state, {})


def test_our_own_names_survive_a_second_pass():
    weights = ours(parts())
    assert_split(weights, {}, weights)


def with_part(name: str, value: Tensor) -> dict[str, Tensor]:
    return ours(parts()) | {f"{STAGE}cbam.{name}": value}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (with_part("channel.fc1.bias", BLOCK), r"layer2\.cbam\.channel\.fc1\.bias is a bias"),
        (with_part("sa.conv1.bias", BLOCK), "bias=False"),
        (with_part("SpatialGate.spatial.bn.weight", BLOCK), r"unknown part .*bn\.weight; known"),
        (with_part("channel.fc1.weight", torch.ones(16, 256, 1, 1)), r"expected \(c, 512, 1, 1\)"),
        (with_part("spatial.conv.weight", torch.ones(1, 1, 7, 7)), r"\(1, 2, k, k\)"),
        (dict(itertools.islice(ours(parts()).items(), 2)), r"lacks spatial\.conv\.weight"),
    ],
    ids=["bias", "bias, other spelling", "norm", "other stage", "one input map", "part missing"],
)
def test_what_our_cbam_does_not_have_is_refused(state, message):
    with pytest.raises(InputError, match=message):
        split_cbam(state)
