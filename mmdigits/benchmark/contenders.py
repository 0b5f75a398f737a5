"""Detectors under one interface: a training step, an inference, and what they are fed with."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Protocol

import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmengine.runner import set_random_seed
from torch import Tensor, nn

from mmdigits.benchmark.feeding import (
    Folder,
    build_loader,
    decode_all,
    endless_batches,
    first_batches,
    images_of,
    parts_with,
    read_training,
    without_end,
)
from mmdigits.benchmark.rows import PROPOSALS, ROIS, ConfigRow, Row, TorchvisionRow, UltralyticsRow
from mmdigits.benchmark.torchvision_contender import TorchvisionContender, torchvision_detector
from mmdigits.benchmark.ultralytics_contender import UltralyticsContender
from mmdigits.deployment.onnx_detector import OnnxDetector
from mmdigits.engine.hooks.checkpoint_fit import load_fitting
from mmdigits.engine.inference import prepare_inference
from mmdigits.files.submission import ImageResult
from mmdigits.models.weights import torchvision_to_mmdet


class Contender(Protocol):
    """What can be timed.

    Attributes:
        parts: Which of the methods it has.
        images: Images in each call of each of its parts.
        parameters: Parameters of the network; 0 where they aren't PyTorch's.
        model: The network.
    """

    parts: tuple[str, ...]
    images: Mapping[str, int]
    parameters: int
    model: nn.Module

    def load(self) -> list[Mapping]:
        """Load ``file_batches`` batches for training in this process, augmented and all."""

    def train_step(self) -> Mapping[str, Tensor]:
        """One forward and backward pass and the optimiser's step; returns the losses."""

    def infer(self) -> list:
        """Detect in one batch; returns one result an image."""

    def read(self) -> list[ImageResult]:
        """Read files, from decoding to numbers, while a process loads what comes next."""


def build_contender(row: Row, root: Path, device: str) -> Contender:
    """Build what a row names, with batches of the homework's images.

    Random weights, and what it is fed with, are the same in every process, whatever was built or
    called before.

    Args:
        row: The row.
        root: Folder that the paths of configs start from.
        device: Where it runs.

    Returns:
        The contender.

    Raises:
        InputError: If its config or data set can't be used.
    """
    set_random_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):
        if isinstance(row, TorchvisionRow):
            return TorchvisionContender(row, root, device)
        if isinstance(row, UltralyticsRow):
            return UltralyticsContender(row, root, device)
        if row.checkpoint is not None and row.checkpoint.suffix == ".onnx":
            return OnnxContender(row, root, device)
        return ConfigContender(row, root, device)


class ConfigContender:
    """A config's network, fed by the config's own loaders, trained by its own optimiser.

    The learning rate is 0, so that every step does the same work. Hooks act that say how a network
    computes (:func:`~mmdigits.engine.inference.prepare_inference`); others don't.

    Args:
        row: Its row.
        root: Folder that the row's path starts from.
        device: Where it runs.

    Raises:
        InputError: If the config or its data set can't be used.
    """

    parts = ("load", "train_step", "infer", "read")

    def __init__(self, row: ConfigRow, root: Path, device: str) -> None:
        cfg = row_config(row, root)
        model = MODELS.build(cfg.model)
        # As torchvision does: an RPN of other weights would propose more or fewer boxes.
        model.init_weights()
        if row.twin is not None:
            twin = torchvision_detector(row.twin)
            model.load_state_dict(torchvision_to_mmdet(twin.state_dict(), row.twin, 10).state_dict)
        if row.checkpoint is not None:
            load_fitting(model, cfg.model, row.checkpoint, row.name)
        self.model = model.to(device)
        self._precision = prepare_inference(self.model, cfg)
        self._wrapper = build_optim_wrapper(self.model, cfg.optim_wrapper)
        self.optimizer = self._wrapper.optimizer
        for group in self.optimizer.param_groups:
            group["lr"] = 0.0
        self._loader = build_loader(cfg.train_dataloader, row.batch_size)
        self._train_batches = first_batches(without_end(self._loader))
        self._test_batches = first_batches(endless_batches(cfg.val_dataloader, row.batch_size))
        self._folder = Folder(self.model, cfg, self._precision, row)
        self._file_batches = row.file_batches
        self.parts = parts_with(self.parts, self._folder.paths)
        self.images = images_of(self.parts, row)
        self.parameters = sum(value.numel() for value in self.model.parameters())

    @cached_property
    def _loading(self) -> Iterator[dict]:
        decode_all(self._loader.dataset)
        set_random_seed(0)
        return without_end(self._loader)

    def load(self) -> list[Mapping]:
        """See :class:`Contender`; the first call decodes what a training decodes once."""
        return list(islice(self._loading, self._file_batches))

    def train_step(self) -> Mapping[str, Tensor]:
        """See :class:`Contender`."""
        self.model.train()
        with DefaultScope.overwrite_default_scope("mmdet"):
            return self.model.train_step(next(self._train_batches), self._wrapper)

    @torch.no_grad()
    def infer(self) -> list:
        """See :class:`Contender`; results are samples with ``pred_instances``."""
        self.model.eval()
        with self._precision():
            return self.model.test_step(next(self._test_batches))

    def read(self) -> list[ImageResult]:
        """See :class:`Contender`."""
        self.model.eval()
        return self._folder.read()


class OnnxContender:
    """A config's network as ``tools/export_onnx.py`` wrote it.

    Args:
        row: Its row; the checkpoint is the file.
        root: Folder that the row's path starts from.
        device: Where ONNX Runtime computes.

    Raises:
        InputError: If the config, its data set or the file can't be used.
    """

    parts = ("infer", "read")

    def __init__(self, row: ConfigRow, root: Path, device: str) -> None:
        cfg = row_config(row, root)
        self.model = OnnxDetector(row.checkpoint, cfg.model, device).eval()
        self._test_batches = first_batches(endless_batches(cfg.val_dataloader, row.batch_size))
        self._folder = Folder(self.model, cfg, nullcontext, row)
        self.parts = parts_with(self.parts, self._folder.paths)
        self.images = images_of(self.parts, row)
        self.parameters = 0

    @torch.no_grad()
    def infer(self) -> list:
        """See :class:`Contender`; results are samples with ``pred_instances``."""
        return self.model.test_step(next(self._test_batches))

    def read(self) -> list[ImageResult]:
        """See :class:`Contender`."""
        return self._folder.read()


def row_config(row: ConfigRow, root: Path) -> Config:
    """Read a row's config and change what the row changes.

    Args:
        row: The row.
        root: Folder that its path starts from.

    Returns:
        The config, without weights to begin from.

    Raises:
        InputError: If there is no such config.
    """
    cfg = read_training(root / row.config)
    cfg.merge_from_dict(dict(row.options))
    if row.few:
        cfg.model.train_cfg.rpn_proposal.max_per_img = PROPOSALS
        cfg.model.test_cfg.rpn.max_per_img = PROPOSALS
        cfg.model.train_cfg.rcnn.sampler.num = ROIS
    if row.size is not None:
        for loader in (cfg.train_dataloader, cfg.val_dataloader):
            for step in loader.dataset.pipeline:
                if step["type"] == "Resize":
                    step["scale"] = tuple(reversed(row.size))
    if row.checkpoint is None and cfg.model.get("second_look"):
        cfg.model.second_look = None
    _drop_weights(cfg.model)
    return cfg


def _drop_weights(part: object) -> None:
    """Take out every ``init_cfg`` that would load a file."""
    if isinstance(part, dict):
        starts = part.get("init_cfg") or []
        starts = [starts] if isinstance(starts, dict) else starts
        if any(start.get("type") == "Pretrained" for start in starts):
            part.init_cfg = None
        for inner in part.values():
            _drop_weights(inner)
    elif isinstance(part, list):
        for inner in part:
            _drop_weights(inner)
