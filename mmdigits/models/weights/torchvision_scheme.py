"""The checkpoint scheme ``torchvision-det://``: torchvision's published detectors by name."""

from http.client import HTTPException
from typing import Any

import torch.distributed
from mmengine.dist import get_dist_info
from mmengine.logging import print_log
from mmengine.runner import CheckpointLoader
from torch import Tensor
from torchvision.models import detection, get_model_weights, list_models

from mmdigits.errors import InputError, one_line
from mmdigits.models.weights.detector_names import ARCHITECTURES
from mmdigits.models.weights.torchvision_detectors import torchvision_to_mmdet

_SCHEME = "torchvision-det://"


@CheckpointLoader.register_scheme(prefixes=_SCHEME)
def load_from_torchvision_det(filename: str, map_location: Any = None) -> dict[str, Any]:
    """Download one of torchvision's detectors and rename its weights for MMDetection.

    For ``load_from`` and ``init_cfg=dict(type="Pretrained", checkpoint=...)``. torchvision keeps
    the file in its cache and checks its hash. The predictor, made for COCO's classes, is left out.
    In a distributed run rank 0 downloads while the others wait.

    Several names joined by ``+`` fill the detectors of a
    :class:`~mmdigits.models.DetectorEnsemble`, in its order.

    Source: API of ``mmengine.runner.checkpoint.load_from_torchvision``.

    Args:
        filename: ``torchvision-det://NAME.WEIGHTS``, for example
            ``torchvision-det://fasterrcnn_resnet50_fpn_v2.coco_v1``; case doesn't matter.
        map_location: As in ``torch.load``.

    Returns:
        A checkpoint: the weights under ``state_dict``, those of several detectors with
        ``detectors.0.`` and so on before their names.

    Raises:
        InputError: If there are no such weights, or they can't be downloaded.
    """
    names = filename.removeprefix(_SCHEME).lower().split("+")
    weights = [_published(name) for name in names]  # all of them, before the first is fetched
    states = [_load(one, name, map_location) for one, name in zip(weights, names, strict=True)]
    if len(states) == 1:
        return dict(state_dict=states[0])
    merged = {
        f"detectors.{number}.{name}": value
        for number, state in enumerate(states)
        for name, value in state.items()
    }
    return dict(state_dict=merged)


def _published(name: str) -> Any:
    known = {
        f"{architecture}.{weights.name.lower()}": weights
        for architecture in ARCHITECTURES
        if architecture in list_models(detection)
        for weights in get_model_weights(architecture)
    }
    if name not in known:
        raise InputError(
            f"torchvision-det: unknown weights {_SCHEME + name!r}; allowed: "
            + ", ".join(f"{_SCHEME}{allowed}" for allowed in known)
            + "; for any other network set load_from=None and start from torchvision's backbone: "
            "model.backbone.init_cfg=dict(type='Pretrained', checkpoint='torchvision://NAME')"
        )
    return known[name]


def _load(weights: Any, name: str, map_location: Any) -> dict[str, Tensor]:
    rank, world_size = get_dist_info()
    if world_size > 1 and rank > 0:
        torch.distributed.barrier()
    state = _download(weights, name, map_location)
    if world_size > 1 and rank == 0:
        torch.distributed.barrier()
    converted, notes = torchvision_to_mmdet(state, name.split(".")[0], num_classes=None)
    for note in notes:
        print_log(f"torchvision-det: {note}", logger="current")
    return converted


def _download(weights: Any, name: str, map_location: Any) -> dict[str, Any]:
    try:
        return weights.get_state_dict(
            progress=True, check_hash=True, map_location=map_location, weights_only=True
        )
    except (OSError, HTTPException, RuntimeError) as error:
        reason = one_line(error) or type(error).__name__
        raise InputError(
            f"torchvision-det: can't get {weights.url} ({reason}); fetch it elsewhere, run "
            f"`python tools/convert_torchvision.py FILE.pth OUT.pth --arch {name.split('.')[0]}` "
            "and set load_from=OUT.pth, or train from a backbone alone: load_from=None and "
            "model.backbone.init_cfg=dict(type='Pretrained', checkpoint=BACKBONE.pth)"
        ) from error
