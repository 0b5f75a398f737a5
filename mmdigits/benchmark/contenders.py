"""Detectors under one interface: a training step, an inference, and what they are fed with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, cycle, islice, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol

import torch
from mmdet.registry import DATASETS, MODELS, TASK_UTILS
from mmdet.structures import SampleList
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmengine.structures import InstanceData
from torch import Tensor, nn
from torchvision.models import get_model
from torchvision.models.detection import FasterRCNN
from torchvision.ops import FrozenBatchNorm2d

from mmdigits.benchmark.rows import PROPOSALS, ROIS, ConfigRow, Row, TorchvisionRow
from mmdigits.config_file import read_config
from mmdigits.deployment.onnx_detector import OnnxDetector
from mmdigits.engine.hooks.checkpoint_fit import misfits, refuse_misfits
from mmdigits.engine.inference import prepare_inference
from mmdigits.errors import InputError
from mmdigits.evaluation.prediction import TrainedReader, read_images
from mmdigits.files.submission import ImageResult
from mmdigits.models.weights import read_state_dict, torchvision_to_mmdet

BATCHES = 4  # made before the clock starts, and shown in turn
READ_BATCHES = 8  # whose images are read in a call, as files
# Gives torchvision's detectors their images: as they are stored, with their boxes.
_PHOTOGRAPHS = "configs/digits/faster_rcnn_r50_fpn_v2.py"


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

    def load(self) -> Mapping:
        """Load one batch for training in this process, augmented and all."""

    def train_step(self) -> Mapping[str, Tensor]:
        """One forward and backward pass and the optimiser's step; returns the losses."""

    def infer(self) -> list:
        """Detect in one batch; returns one result an image."""

    def read(self) -> list[ImageResult]:
        """Read files, from decoding to numbers, while a process loads what comes next."""


def build_contender(row: Row, root: Path, device: str) -> Contender:
    """Build what a row names, with batches of the homework's images.

    Args:
        row: The row.
        root: Folder that the paths of configs start from.
        device: Where it runs.

    Returns:
        The contender.

    Raises:
        InputError: If its config or data set can't be used.
    """
    with DefaultScope.overwrite_default_scope("mmdet"):
        if isinstance(row, TorchvisionRow):
            return TorchvisionContender(row, root, device)
        if row.checkpoint is not None and row.checkpoint.suffix == ".onnx":
            return OnnxContender(row, root)
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
            twin = _torchvision_detector(row.twin)
            model.load_state_dict(torchvision_to_mmdet(twin.state_dict(), row.twin, 10).state_dict)
        if row.checkpoint is not None:
            state = read_state_dict(row.checkpoint)
            refuse_misfits(row.name, misfits(model, state))
            model.load_state_dict(state)
        self.model = model.to(device)
        self._precision = prepare_inference(self.model, cfg)
        self._wrapper = build_optim_wrapper(self.model, cfg.optim_wrapper)
        self.optimizer = self._wrapper.optimizer
        for group in self.optimizer.param_groups:
            group["lr"] = 0.0
        self._loading = _batches(cfg.train_dataloader, row.batch_size)
        self._train_batches = _first(self._loading)
        self._test_batches = _first(_batches(cfg.val_dataloader, row.batch_size))
        self._folder = _Folder(self.model, cfg, self._precision, row.batch_size)
        self.images = _images(self.parts, row.batch_size)
        self.parameters = _parameters(self.model)

    def load(self) -> Mapping:
        """See :class:`Contender`."""
        return next(self._loading)

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
    """A config's network as ``tools/export_onnx.py`` wrote it, on the CPU.

    Args:
        row: Its row; the checkpoint is the file.
        root: Folder that the row's path starts from.

    Raises:
        InputError: If the config, its data set or the file can't be used.
    """

    parts = ("infer", "read")

    def __init__(self, row: ConfigRow, root: Path) -> None:
        cfg = row_config(row, root)
        self.model = OnnxDetector(row.checkpoint, cfg.model).eval()
        self._test_batches = _first(_batches(cfg.val_dataloader, row.batch_size))
        self._folder = _Folder(self.model, cfg, nullcontext, row.batch_size)
        self.images = _images(self.parts, row.batch_size)
        self.parameters = 0

    @torch.no_grad()
    def infer(self) -> list:
        """See :class:`Contender`; results are samples with ``pred_instances``."""
        return self.model.test_step(next(self._test_batches))

    def read(self) -> list[ImageResult]:
        """See :class:`Contender`."""
        return self._folder.read()


class TorchvisionContender:
    """A Faster R-CNN as torchvision builds it, in float32, trained by SGD.

    Weights are random, but the stages are frozen that torchvision freezes when it has weights, and
    with v1 and MobileNetV3 BatchNorm too. It gets images as they are stored and enlarges them
    itself. The learning rate is 0, so that every step does the same work.

    Args:
        row: Its row.
        root: Folder of the checkout.
        device: Where it runs.

    Raises:
        InputError: If the photographs can't be found.
    """

    # What it loads is smaller, since it enlarges images itself: no time to compare.
    parts = ("train_step", "infer", "read")

    def __init__(self, row: TorchvisionRow, root: Path, device: str) -> None:
        options = dict(min_size=row.size[0], max_size=row.size[1])
        if row.few:
            options |= dict(
                rpn_post_nms_top_n_train=PROPOSALS,
                rpn_post_nms_top_n_test=PROPOSALS,
                box_batch_size_per_image=ROIS,
            )
        self.model = _torchvision_detector(row.model, **options)
        _freeze(self.model.backbone.body, norms=not row.model.endswith("v2"))
        self.model.to(device)
        parameters = [value for value in self.model.parameters() if value.requires_grad]
        self.optimizer = torch.optim.SGD(parameters, lr=0.0, momentum=0.9, weight_decay=1e-4)
        cfg = _read(root / _PHOTOGRAPHS)
        for loader in (cfg.train_dataloader, cfg.val_dataloader):
            steps = loader.dataset.pipeline
            loader.dataset.pipeline = [step for step in steps if step["type"] != "Resize"]
        self._train_batches = _first(_batches(cfg.train_dataloader, row.batch_size))
        self._test_batches = _first(_batches(cfg.val_dataloader, row.batch_size))
        self._folder = _Folder(_TorchvisionAsDetector(self), cfg, nullcontext, row.batch_size)
        self._device = device
        self.images = _images(self.parts, row.batch_size)
        self.parameters = _parameters(self.model)

    def train_step(self) -> Mapping[str, Tensor]:
        """See :class:`Contender`."""
        self.model.train()
        batch = next(self._train_batches)
        truths = [sample.gt_instances for sample in batch["data_samples"]]
        targets = [
            dict(
                boxes=truth.bboxes.tensor.to(self._device),
                labels=truth.labels.to(self._device) + 1,
            )
            for truth in truths
        ]
        losses = self.model(self._images(batch), targets)
        self.optimizer.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        self.optimizer.step()
        return losses

    @torch.no_grad()
    def infer(self) -> list:
        """See :class:`Contender`; results are torchvision's dicts."""
        return self.detect(next(self._test_batches))

    def read(self) -> list[ImageResult]:
        """See :class:`Contender`."""
        return self._folder.read()

    def detect(self, batch: Mapping[str, list]) -> list[dict[str, Tensor]]:
        """Detect in images.

        Args:
            batch: ``inputs``, one ``(3, H, W)`` uint8 BGR image each, of any sizes.

        Returns:
            torchvision's results.
        """
        self.model.eval()
        return self.model(self._images(batch))

    def _images(self, batch: Mapping[str, list]) -> list[Tensor]:
        # Stored as BGR bytes.
        return [image.to(self._device).flip(0) / 255 for image in batch["inputs"]]


class _TorchvisionAsDetector:
    """A torchvision contender as :func:`~mmdigits.evaluation.prediction.read_images` takes it."""

    # Its own transform pads: images of any sizes go together.
    data_preprocessor = SimpleNamespace(pad_size_divisor=2**20)

    def __init__(self, contender: TorchvisionContender) -> None:
        self._contender = contender

    def test_step(self, batch: Mapping[str, list]) -> SampleList:
        for sample, found in zip(batch["data_samples"], self._contender.detect(batch), strict=True):
            sample.pred_instances = InstanceData(
                bboxes=found["boxes"], labels=found["labels"] - 1, scores=found["scores"]
            )
        return batch["data_samples"]


class _Folder:
    """Files that are read again and again.

    Args:
        detector: Reads them.
        cfg: Says which they are, how they are prepared and what reads strings.
        precision: Makes the context to predict in.
        batch_size: Images that the detector sees at once.
    """

    def __init__(
        self,
        detector: object,
        cfg: Config,
        precision: Callable[[], AbstractContextManager],
        batch_size: int,
    ) -> None:
        dataset = DATASETS.build(cfg.val_dataloader.dataset)
        infos = cycle(map(dataset.get_data_info, range(len(dataset))))
        self._paths = [Path(info["img_path"]) for info in islice(infos, READ_BATCHES * batch_size)]
        pipeline = Compose(cfg.val_dataloader.dataset.pipeline)
        reader = TASK_UTILS.build(cfg.reader)
        self._reader = TrainedReader(detector, pipeline, reader, precision)
        self._batch_size = batch_size

    def read(self) -> list[ImageResult]:
        ids = range(len(self._paths))
        return list(read_images(self._reader, self._paths, batch_size=self._batch_size, ids=ids))


def _images(parts: Sequence[str], batch_size: int) -> dict[str, int]:
    return {part: batch_size * (READ_BATCHES if part == "read" else 1) for part in parts}


def _torchvision_detector(name: str, **options: object) -> FasterRCNN:
    torch.manual_seed(0)
    return get_model(name, weights=None, weights_backbone=None, num_classes=11, **options)


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
    cfg = _read(root / row.config)
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


def _read(path: Path) -> Config:
    cfg = read_config(path, "train_dataloader")
    missing = [name for name in ("val_dataloader", "optim_wrapper") if not cfg.get(name)]
    if missing:
        raise InputError(
            f"config: {path} has no {' and no '.join(missing)}; give the config of a training"
        )
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


def _batches(loader: ConfigDict, size: int) -> Iterator[dict]:
    """Endlessly the batches of a loader, made when they are asked for, in this process."""
    loader = ConfigDict(
        loader, batch_size=size, num_workers=0, persistent_workers=False, drop_last=True
    )
    if loader.sampler.type == "CurriculumSampler":
        # All of the curriculum's mixtures on average, from the start.
        both = [loader.sampler.start_ratio, loader.sampler.end_ratio]
        mean = [sum(shares) for shares in zip(*both, strict=True)]
        loader.sampler.update(batch_size=size, start_ratio=mean, end_ratio=mean, end=1)
    built = Runner.build_dataloader(loader, seed=0)
    if not len(built):
        raise InputError(
            f"benchmark: a data set of {len(built.dataset)} images has no batch of {size}; give "
            "more images, or smaller batches"
        )
    return chain.from_iterable(repeat(built))


def _first(batches: Iterator[dict]) -> Iterator[dict]:
    """Endlessly the first of them, made once."""
    return cycle(list(islice(batches, BATCHES)))


def _freeze(body: nn.Module, norms: bool) -> None:
    """Freeze a backbone as torchvision does when it has weights: all but its last three stages."""
    stages = dict(body.named_children())
    if "layer1" in stages:
        last = list(stages).index("layer2")
    else:  # MobileNetV3, whose stages begin where it reduces the map
        reduces = [i for i, block in enumerate(stages.values()) if getattr(block, "_is_cn", False)]
        last = [0, *reduces, len(stages) - 1][-3]
    for part in list(stages.values())[:last]:
        part.requires_grad_(False)
    if norms:
        _freeze_norms(body)


def _freeze_norms(part: nn.Module) -> None:
    for name, child in part.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(part, name, FrozenBatchNorm2d(child.num_features, child.eps))
        else:
            _freeze_norms(child)


def _parameters(model: nn.Module) -> int:
    return sum(value.numel() for value in model.parameters())
