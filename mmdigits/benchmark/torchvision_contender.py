"""torchvision's detectors as contenders."""

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import torch
from mmdet.structures import SampleList
from mmengine.structures import InstanceData
from torch import Tensor, nn
from torchvision.models import get_model
from torchvision.models.detection import FasterRCNN
from torchvision.ops import FrozenBatchNorm2d

from mmdigits.benchmark.feeding import (
    Folder,
    endless_batches,
    first_batches,
    images_of,
    photographs,
)
from mmdigits.benchmark.rows import PROPOSALS, ROIS, TorchvisionRow
from mmdigits.files.submission import ImageResult


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
        self.model = torchvision_detector(row.model, **options)
        _freeze(self.model.backbone.body, norms=not row.model.endswith("v2"))
        self.model.to(device)
        parameters = [value for value in self.model.parameters() if value.requires_grad]
        self.optimizer = torch.optim.SGD(parameters, lr=0.0, momentum=0.9, weight_decay=1e-4)
        cfg = photographs(root)
        self._train_batches = first_batches(endless_batches(cfg.train_dataloader, row.batch_size))
        self._test_batches = first_batches(endless_batches(cfg.val_dataloader, row.batch_size))
        self._folder = Folder(_AsDetector(self), cfg, nullcontext, row)
        self._device = device
        self.images = images_of(self.parts, row)
        self.parameters = sum(value.numel() for value in self.model.parameters())

    def train_step(self) -> Mapping[str, Tensor]:
        """See :class:`~mmdigits.benchmark.contenders.Contender`."""
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
        """See :class:`~mmdigits.benchmark.contenders.Contender`; results are dicts."""
        return self.detect(next(self._test_batches))

    def read(self) -> list[ImageResult]:
        """See :class:`~mmdigits.benchmark.contenders.Contender`."""
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


class _AsDetector:
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


def torchvision_detector(name: str, **options: object) -> FasterRCNN:
    """Build a detector of torchvision's with random weights, the same in every call.

    Args:
        name: Its name in ``torchvision.models``.
        **options: Its builder's.

    Returns:
        The detector, for ten digits.
    """
    torch.manual_seed(0)
    return get_model(name, weights=None, weights_backbone=None, num_classes=11, **options)


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
