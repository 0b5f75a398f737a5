"""Refuse to test a checkpoint that is not of the config's network."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmdet.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import CheckpointLoader, Runner
from torch import nn

from mmdigits.errors import InputError
from mmdigits.models.weights import changed_options, check_checkpoint, read_checkpoint


@HOOKS.register_module()
class CheckpointFitHook(Hook):
    """Stop a test whose checkpoint does not fill the model exactly.

    MMEngine loads what fits and logs the rest: a test would go on with random weights and export
    its guesses. A training may start from any checkpoint, but a part of the network that is to
    start from a file must find a weight of its own there: a detector's file in place of a
    backbone's would leave the backbone random.

    Raises:
        InputError: Before a run, if a file to load is no checkpoint or, for a part of the network
            (``init_cfg`` of type ``Pretrained``), fits it nowhere; before a test, if weights are
            missing, unknown or of another shape, or if the checkpoint says that it was trained with
            other options that leave no trace in them, such as the strides of the backbone.
    """

    def __init__(self) -> None:
        self._misfits: list[str] = []
        self._changed: list[str] = []

    def before_run(self, runner: Runner) -> None:
        """Check the files that the run is going to load; MMEngine says where there is none."""
        path = runner.cfg.get("load_from")
        if path and os.path.isfile(path):
            check_checkpoint(path)
        for name, module in runner.model.named_modules():
            start = getattr(module, "init_cfg", None)
            if isinstance(start, dict) and start.get("type") == "Pretrained":
                _check_start(name, module, start)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare a checkpoint's names, shapes and options with the model's."""
        model = runner.model
        while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
            model = model.module
        self._misfits = misfits(model, checkpoint.get("state_dict", checkpoint))
        self._changed = changed_options(runner.cfg.get("model", {}), checkpoint.get("meta"))

    def before_test(self, runner: Runner) -> None:
        """Stop when the checkpoint did not fit."""
        refuse_misfits("CheckpointFitHook", self._misfits, self._changed)


def _check_start(name: str, module: nn.Module, start: Mapping[str, str]) -> None:
    path = start["checkpoint"]
    if not os.path.isfile(path):
        return
    check_checkpoint(path)
    # As PretrainedInit is going to read it.
    given = CheckpointLoader.load_checkpoint(path, map_location="cpu")
    given = given.get("state_dict", given)
    prefix = f"{start['prefix']}." if start.get("prefix") else ""
    own = module.state_dict()
    if not any(getattr(given.get(prefix + key), "shape", None) == own[key].shape for key in own):
        raise InputError(
            f"CheckpointFitHook: no weight in {path} fits model.{name}, which would stay random; "
            f"name another file in model.{name}.init_cfg.checkpoint"
        )


def misfits(model: nn.Module, weights: Mapping[str, object]) -> list[str]:
    """Find the weights in which a checkpoint and a model differ.

    Args:
        model: The model, without a wrapper.
        weights: A checkpoint's weights by name; what has no shape is passed over.

    Returns:
        Names of weights that one of them lacks or that have another shape, sorted.
    """
    given = {
        name.removeprefix("module."): tuple(value.shape)
        for name, value in weights.items()
        if hasattr(value, "shape")
    }
    own = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    return sorted(
        name
        for name in given.keys() | own.keys()
        # Checkpoints of old PyTorch versions do not count batches.
        if given.get(name) != own.get(name) and not name.endswith("num_batches_tracked")
    )


def refuse_misfits(who: str, names: Sequence[str], changed: Sequence[str] = ()) -> None:
    """Stop when a checkpoint doesn't fill a model exactly, or was trained in another one.

    Args:
        who: Complains.
        names: What :func:`misfits` found.
        changed: What :func:`~mmdigits.models.weights.changed_options` found.

    Raises:
        InputError: If there are any.
    """
    if names:
        raise InputError(
            f"{who}: the checkpoint is not of this config's network: {len(names)} weights are "
            f"missing, unknown or of another shape ({_some(names)}); give the config that it was "
            "trained with"
        )
    if changed:
        raise InputError(
            f"{who}: the checkpoint was trained with other options than this config's: "
            f"{_some(changed)}; give the config in its work dir, or set the environment variables "
            "that the config reads as they were"
        )


def load_fitting(model: nn.Module, options: Mapping, path: Path, who: str) -> None:
    """Load a checkpoint that fills a model exactly, without running what it may hold.

    Args:
        model: The model.
        options: ``model`` of its config.
        path: The checkpoint.
        who: Complains.

    Raises:
        InputError: If the file can't be read, or the model isn't the one that it was trained in.
    """
    weights, meta = read_checkpoint(path)
    refuse_misfits(who, misfits(model, weights), changed_options(options, meta))
    # What may be missing is what old versions of PyTorch didn't count.
    model.load_state_dict(weights, strict=False)


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:3])}{', ...' if len(names) > 3 else ''}"
