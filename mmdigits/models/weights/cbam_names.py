"""CBAM sub-modules of torchvision-style checkpoints, under whatever name they were saved.

Every author names the parts of CBAM differently. The table below lists the usual spellings; a name
outside it is refused, since a part that is left out in silence would start from random weights.
"""

import re
from collections.abc import Mapping

from torch import Tensor

from mmdigits.errors import InputError

_CHANNEL = ("channel", "ca", "channel_att", "channel_attention", "ChannelGate")
_SPATIAL = ("spatial", "sa", "spatial_att", "spatial_attention", "SpatialGate")
_PARTS = {
    "channel.fc1.weight": (_CHANNEL, ("fc1", "fc.0", "mlp.0", "mlp.1", "shared_mlp.0")),
    "channel.fc2.weight": (_CHANNEL, ("fc2", "fc.2", "mlp.2", "mlp.3", "shared_mlp.2")),
    "spatial.conv.weight": (_SPATIAL, ("conv", "conv1", "spatial.conv")),
}
_SPELLINGS = {
    f"{module}.{layer}.weight": part
    for part, (modules, layers) in _PARTS.items()
    for module in modules
    for layer in layers
}

_STAGE = re.compile(r"backbone\.body\.layer([1-4])\.(.+)")
# nn.Sequential(stage, CBAM): the stage's blocks are one number deeper, the CBAM is number 1.
_WRAPPED = re.compile(r"backbone\.body\.layer([1-4])\.0\.\d+\.")


def split_cbam(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Separate the CBAM modules at the end of the stages from the rest of a detector.

    Understood are a module ``cbam`` inside the stage and ``nn.Sequential(stage, CBAM)``. Linear
    layers become 1 x 1 convolutions. Names can't tell in which order the two maps enter the
    spatial convolution: mean before maximum is taken for granted, as in the paper.

    Source: Woo et al., ECCV 2018, https://arxiv.org/abs/1807.06521, eq. 2 and 3.

    Args:
        state: Names and tensors of a torchvision detector, with ``backbone.body.layer1`` to
            ``layer4``.

    Returns:
        The detector without CBAM under torchvision's own names, and the CBAM weights as
        ``backbone.body.layer{2}.cbam.{channel.fc1,channel.fc2,spatial.conv}.weight``; empty when
        there are none.

    Raises:
        InputError: If a CBAM has an unknown part, a bias, a missing part or a wrong shape.
    """
    wrapped = {match[1] for name in state if (match := _WRAPPED.match(name))}
    detector: dict[str, Tensor] = {}
    cbam: dict[str, Tensor] = {}
    for name, value in state.items():
        match = _STAGE.match(name)
        stage, rest = match.groups() if match else (None, name)
        inside = "1." if stage in wrapped else "cbam."
        if stage and rest.startswith(inside):
            part = _part(name, rest.removeprefix(inside))
            cbam[f"backbone.body.layer{stage}.cbam.{part}"] = (
                value[:, :, None, None] if value.ndim == 2 else value
            )
        elif stage in wrapped:
            detector[f"backbone.body.layer{stage}.{rest.removeprefix('0.')}"] = value
        else:
            detector[name] = value
    _check_complete(cbam)
    return detector, cbam


def _part(name: str, spelling: str) -> str:
    if spelling in _SPELLINGS:
        return _SPELLINGS[spelling]
    if spelling.endswith(".bias") and f"{spelling.removesuffix('bias')}weight" in _SPELLINGS:
        raise InputError(
            f"CBAM: {name} is a bias, and the CBAM here has none (bias=False in the channel layers "
            "and the spatial convolution); train without biases"
        )
    raise InputError(
        f"CBAM: unknown part {name}; known are {', '.join(sorted(_SPELLINGS))}: rename it"
    )


def _check_complete(cbam: dict[str, Tensor]) -> None:
    for prefix in dict.fromkeys(name[: len("backbone.body.layer1.cbam.")] for name in cbam):
        missing = [part for part in _PARTS if prefix + part not in cbam]
        if missing:
            raise InputError(f"CBAM: {prefix}* lacks {', '.join(missing)} (or its like)")
        channels = 128 * 2 ** int(prefix.removeprefix("backbone.body.layer")[0])
        fc1, fc2, conv = (tuple(cbam[prefix + part].shape) for part in _PARTS)
        if (
            fc1[1:] != (channels, 1, 1)
            or fc2 != (channels, fc1[0], 1, 1)
            or conv != (1, 2, conv[-1], conv[-1])
        ):
            raise InputError(
                f"CBAM: {prefix}* has shapes {fc1}, {fc2} and {conv}; expected "
                f"(c, {channels}, 1, 1), ({channels}, c, 1, 1) and (1, 2, k, k)"
            )
