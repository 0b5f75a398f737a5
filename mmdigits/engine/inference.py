"""Inference outside MMEngine's loops, computed as inside them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import torch
from mmengine.config import Config
from mmengine.runner import autocast
from torch import nn

from mmdigits.engine.precision import mixed_precision_pays, widen_heads
from mmdigits.errors import InputError


def prepare_inference(model: nn.Module, cfg: Config) -> Callable[[], AbstractContextManager]:
    """Do what a config's hooks and loop do to the way a model computes in a test.

    Those are ``ChannelsLastHook``, ``MixedPrecisionTestHook`` and ``test_cfg.fp16``.

    Args:
        model: A detector on its device, changed in place.
        cfg: Its config.

    Returns:
        What makes a context in which the model is to predict.
    """
    hooks = {hook["type"] for hook in cfg.get("custom_hooks") or ()}
    if "ChannelsLastHook" in hooks:
        model.to(memory_format=torch.channels_last)
    half = (cfg.get("test_cfg") or {}).get("fp16", False)
    device = next(model.parameters()).device.type
    if "MixedPrecisionTestHook" in hooks and mixed_precision_pays(device):
        half = True
        widen_heads(model)
    return partial(autocast, device, enabled=half)


def usable_device(name: str | None) -> str:
    """Choose where to compute.

    Args:
        name: What the user asked for, such as ``"cuda:1"``; None for a GPU where there is one.

    Returns:
        A device that tensors can be made on, a GPU with its number.

    Raises:
        InputError: If what was asked for isn't there.
    """
    if name is None:
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return str(torch.empty(1, device=name).device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"device: {name!r} can't be used ({reason:.80}); cpu always can") from None
