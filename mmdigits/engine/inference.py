"""Inference outside MMEngine's loops, computed as inside them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import torch
from mmengine.config import Config
from mmengine.runner import autocast
from torch import nn

from mmdigits.engine.precision import mixed_precision_pays, widen_heads


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
    if "MixedPrecisionTestHook" in hooks and mixed_precision_pays():
        half = True
        widen_heads(model)
    device = next(model.parameters()).device.type
    return partial(autocast, device, enabled=half)
