"""The checkpoint scheme ``torchvision-det://``: torchvision's published detectors by name."""

from http.client import HTTPException
from typing import Any

import torch.distributed
import torchvision
from mmengine.dist import get_dist_info
from mmengine.logging import print_log
from mmengine.runner import CheckpointLoader

from mmdigits.errors import InputError
from mmdigits.models.weights.torchvision_detectors import ARCHITECTURES, torchvision_to_mmdet

_SCHEME = "torchvision-det://"


@CheckpointLoader.register_scheme(prefixes=_SCHEME)
def load_from_torchvision_det(filename: str, map_location: Any = None) -> dict[str, Any]:
    """Download one of torchvision's detectors and rename its weights for MMDetection.

    For ``load_from`` and ``init_cfg=dict(type="Pretrained", checkpoint=...)``. torchvision keeps
    the file in its cache and checks its hash. The predictor, made for COCO's classes, is left out.
    In a distributed run rank 0 downloads while the others wait.

    Source: API of ``mmengine.runner.checkpoint.load_from_torchvision``.

    Args:
        filename: ``torchvision-det://NAME.WEIGHTS``, for example
            ``torchvision-det://fasterrcnn_resnet50_fpn_v2.coco_v1``; case doesn't matter.
        map_location: As in ``torch.load``.

    Returns:
        A checkpoint: the weights under ``state_dict``.

    Raises:
        InputError: If there are no such weights, or they can't be downloaded.
    """
    name = filename.removeprefix(_SCHEME).lower()
    known = {
        f"{architecture}.{weights.name.lower()}": weights
        for architecture in ARCHITECTURES
        for weights in torchvision.models.get_model_weights(architecture)
    }
    if name not in known:
        raise InputError(
            f"torchvision-det: unknown weights {filename!r}; allowed: "
            + ", ".join(f"{_SCHEME}{allowed}" for allowed in known)
        )
    rank, world_size = get_dist_info()
    if world_size > 1 and rank > 0:
        torch.distributed.barrier()
    state = _download(known[name], name, map_location)
    if world_size > 1 and rank == 0:
        torch.distributed.barrier()
    converted, notes = torchvision_to_mmdet(state, name.split(".")[0], num_classes=None)
    for note in notes:
        print_log(f"torchvision-det: {note}", logger="current")
    return dict(state_dict=converted)


def _download(weights: Any, name: str, map_location: Any) -> dict[str, Any]:
    try:
        return weights.get_state_dict(
            progress=True, check_hash=True, map_location=map_location, weights_only=True
        )
    except (OSError, HTTPException, RuntimeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"torchvision-det: can't get {weights.url} ({reason}); fetch it elsewhere, run "
            f"`python tools/convert_torchvision.py FILE.pth OUT.pth --arch {name.split('.')[0]}` "
            "and set load_from=OUT.pth, or train from a backbone alone: load_from=None and "
            "model.backbone.init_cfg=dict(type='Pretrained', checkpoint=BACKBONE.pth)"
        ) from error
