"""torchvision's detectors and MMDetection's: one network, two sets of names.

A detector is one table of name prefixes; both directions read it. What is not a name differs in
the predictor only: torchvision puts the background class first and gives it four box outputs that
nothing uses, MMDetection puts it last and gives it none.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
import torchvision
from torch import Tensor

from mmdigits.errors import InputError
from mmdigits.models.weights.cbam_names import split_cbam

Prefixes = Sequence[tuple[str, str]]

_CLASSES = ("roi_heads.box_predictor.cls_score.", "roi_head.bbox_head.fc_cls.")
_BOXES = ("roi_heads.box_predictor.bbox_pred.", "roi_head.bbox_head.fc_reg.")
_COMMON = (
    ("backbone.body.", "backbone."),
    ("rpn.head.cls_logits.", "rpn_head.rpn_cls."),
    ("rpn.head.bbox_pred.", "rpn_head.rpn_reg."),
    _CLASSES,
    _BOXES,
)


def _fpn(*layers: str) -> Prefixes:
    return [
        (f"backbone.fpn.{theirs}.{level}.{index}.", f"neck.{ours}.{level}.{layer}.")
        for theirs, ours in (("inner_blocks", "lateral_convs"), ("layer_blocks", "fpn_convs"))
        for level in range(4)
        for index, layer in enumerate(layers)
    ]


# By the name of torchvision's builder: torchvision's prefixes and MMDetection's.
ARCHITECTURES: dict[str, Prefixes] = {
    # Its published COCO weights expect BatchNorm with eps=0 in the backbone.
    "fasterrcnn_resnet50_fpn": (
        *_COMMON,
        *_fpn("conv"),
        ("rpn.head.conv.0.0.", "rpn_head.rpn_conv."),
        ("roi_heads.box_head.fc6.", "roi_head.bbox_head.shared_fcs.0."),
        ("roi_heads.box_head.fc7.", "roi_head.bbox_head.shared_fcs.1."),
    ),
    "fasterrcnn_resnet50_fpn_v2": (
        *_COMMON,
        *_fpn("conv", "bn"),
        *((f"rpn.head.conv.{i}.0.", f"rpn_head.rpn_conv.{i}.conv.") for i in range(2)),
        *(
            (f"roi_heads.box_head.{i}.{index}.", f"roi_head.bbox_head.shared_convs.{i}.{layer}.")
            for i in range(4)
            for index, layer in enumerate(("conv", "bn"))
        ),
        ("roi_heads.box_head.5.", "roi_head.bbox_head.shared_fcs.0."),
    ),
}


class Conversion(NamedTuple):
    """Renamed weights, and what their user should know, one line each."""

    state_dict: dict[str, Tensor]
    notes: list[str]


def torchvision_to_mmdet(
    state: Mapping[str, Tensor], architecture: str, num_classes: int | None
) -> Conversion:
    """Rename a torchvision detector's weights for MMDetection.

    Args:
        state: The detector's ``state_dict()``, also of an older torchvision, and also with CBAM at
            the end of stages.
        architecture: A key of ``ARCHITECTURES``.
        num_classes: Foreground classes of the model to fill. A predictor for any other number is
            dropped; None drops every predictor.

    Returns:
        The weights under MMDetection's names; torchvision's class k, from 1, is label k - 1.

    Raises:
        InputError: If names or shapes are not those of ``architecture``.
    """
    table = _prefixes(architecture)
    detector, cbam = split_cbam(state)
    detector = _checked(detector, architecture)
    notes = []
    outputs = len(detector[f"{_CLASSES[0]}weight"])
    if num_classes is None or outputs != num_classes + 1:
        notes.append(f"dropped the {outputs}-class predictor (background is one of them)")
        detector = {
            name: value
            for name, value in detector.items()
            if not name.startswith((_CLASSES[0], _BOXES[0]))
        }
    if cbam:
        notes.append("kept CBAM; its spatial convolution is taken to read mean, then maximum")
    converted = {}
    for name, value in (detector | cbam).items():
        if name.startswith(_CLASSES[0]):
            value = torch.cat([value[1:], value[:1]])
        elif name.startswith(_BOXES[0]):
            value = value[4:].clone()
        converted[_renamed(name, table)] = value
    return Conversion(converted, notes)


def mmdet_to_torchvision(state: Mapping[str, Tensor], architecture: str) -> Conversion:
    """Rename an MMDetection detector's weights for torchvision.

    Args:
        state: ``state_dict()`` of a model whose config mirrors ``architecture``, with CBAM, if
            any, as ``backbone.layer{2}.cbam``.
        architecture: A key of ``ARCHITECTURES``.

    Returns:
        The weights under torchvision's names, for ``load_state_dict(strict=True)``. The four box
        outputs of the background class, which nothing uses, are zero. CBAM becomes
        ``backbone.body.layer{2}.cbam``, which torchvision's own model doesn't have.

    Raises:
        InputError: If names or shapes are not those of ``architecture``.
    """
    table = [(ours, theirs) for theirs, ours in _prefixes(architecture)]
    converted = {}
    for name, value in state.items():
        if name.startswith(_CLASSES[1]):
            value = torch.cat([value[-1:], value[:-1]])
        elif name.startswith(_BOXES[1]):
            value = torch.cat([torch.zeros_like(value[:4]), value])
        converted[_renamed(name, table)] = value
    detector, cbam = split_cbam(converted)
    notes = ["kept CBAM, which torchvision's own model doesn't have"] if cbam else []
    return Conversion(_checked(detector, architecture) | cbam, notes)


def _prefixes(architecture: str) -> Prefixes:
    if architecture not in ARCHITECTURES:
        raise InputError(
            f"torchvision weights: no table for {architecture!r}; allowed: "
            f"{', '.join(ARCHITECTURES)}"
        )
    return ARCHITECTURES[architecture]


def _renamed(name: str, table: Prefixes) -> str:
    for old, new in table:
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def _checked(state: dict[str, Tensor], architecture: str) -> dict[str, Tensor]:
    # torchvision's own loading judges names and shapes, and renames what older versions wrote.
    predictor = state.get(f"{_CLASSES[0]}weight")
    outputs = 91 if predictor is None else len(predictor)
    with torch.device("meta"):
        model = torchvision.models.get_model(
            architecture, weights=None, weights_backbone=None, num_classes=outputs
        )
    try:
        missing, unknown = model.load_state_dict(state, strict=False, assign=True)
    except RuntimeError as error:
        problem = str(error).splitlines()[1].strip()
        raise InputError(f"torchvision weights: not a {architecture}, {problem}") from error
    problems = [
        f"{len(names)} {what} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
        for what, names in (("missing", missing), ("unknown", unknown))
        if names
    ]
    if problems:
        raise InputError(
            f"torchvision weights: not a {architecture}, names {' and '.join(problems)}; give the "
            f"architecture that was saved, one of {', '.join(ARCHITECTURES)}"
        )
    return dict(model.state_dict())
