"""torchvision's detectors and MMDetection's: one network, two sets of names.

A detector is one table of name prefixes; both directions read it. What is not a name differs in
the predictor only: torchvision puts the background class first and gives it four box outputs that
nothing uses, MMDetection puts it last and gives it none.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torchvision.models import detection, get_model, list_models
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

from mmdigits.errors import InputError
from mmdigits.models.weights.cbam_names import split_cbam
from mmdigits.models.weights.detector_names import ARCHITECTURES, BOXES, CLASSES, Prefixes


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
        InputError: If names or shapes are not those of ``architecture``, or ``num_classes`` is
            below 1.
    """
    if num_classes is not None and num_classes < 1:
        raise InputError(f"torchvision weights: {num_classes} classes to keep; at least 1")
    table = _prefixes(architecture)
    detector, cbam = split_cbam(state)
    detector = _checked(detector, architecture)
    notes = []
    outputs = len(detector[f"{CLASSES[0]}weight"])
    if num_classes is None or outputs != num_classes + 1:
        notes.append(f"dropped the {outputs}-class predictor (background is one of them)")
        detector = {
            name: value
            for name, value in detector.items()
            if not name.startswith((CLASSES[0], BOXES[0]))
        }
    if cbam:
        notes.append("kept CBAM; its spatial convolution is taken to read mean, then maximum")
    converted = {}
    for name, value in (detector | cbam).items():
        if name.startswith(CLASSES[0]):
            value = torch.cat([value[1:], value[:1]])
        elif name.startswith(BOXES[0]):
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
        if name.startswith((CLASSES[1], BOXES[1])) and not value.ndim:
            raise InputError(f"torchvision weights: {name} of the predictor is a single number")
        if name.startswith(CLASSES[1]):
            value = torch.cat([value[-1:], value[:-1]])
        elif name.startswith(BOXES[1]):
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
    predictor = state.get(f"{CLASSES[0]}weight")
    if predictor is not None and not predictor.ndim:
        raise InputError(f"torchvision weights: not a {architecture}, a predictor without classes")
    outputs = 91 if predictor is None else len(predictor)
    with torch.device("meta"):
        model = _build(architecture, outputs)
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


def _build(architecture: str, outputs: int) -> FasterRCNN:
    if architecture in list_models(detection):
        return get_model(architecture, weights=None, weights_backbone=None, num_classes=outputs)
    # BatchNorm that counts batches, as in torchvision's builders: MMDetection's counts them too,
    # and weights saved from the frozen kind, which doesn't, load with a count of 0.
    backbone = architecture.removeprefix("fasterrcnn_").removesuffix("_fpn")
    return FasterRCNN(
        resnet_fpn_backbone(backbone_name=backbone, weights=None, norm_layer=nn.BatchNorm2d),
        num_classes=outputs,
    )
