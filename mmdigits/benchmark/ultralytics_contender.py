"""Ultralytics' detectors as contenders, where a user has installed them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision.ops import box_convert

from mmdigits.benchmark.feeding import (
    endless_batches,
    first_batches,
    folder_of,
    images_of,
    photographs,
)
from mmdigits.benchmark.rows import UltralyticsRow
from mmdigits.errors import InputError
from mmdigits.files.detections import Detections
from mmdigits.files.readings_file import read_image
from mmdigits.files.submission import ImageResult
from mmdigits.reading import DigitReader

MOST_DETECTIONS = 100  # of an image, as in the configs of the other rows
_UPDATE = "run `pip install -U ultralytics`, or leave its rows out with --only"


class UltralyticsContender:
    """A detector of Ultralytics' with random weights, in float32, trained by AdamW.

    It gets images as Ultralytics' own trainer and predictor make them: enlarged to fit a square,
    with grey around. The learning rate is 0, so that every step does the same work. For inference
    BatchNorm is folded into the convolutions, as Ultralytics does. Files are read by
    ``YOLO.predict``. As many boxes are kept as of MMDetection's networks, whatever their scores:
    random weights would find nothing, and nothing would be left to read.

    ``ultralytics`` is licensed under the AGPL and changes settings of PyTorch and OpenCV when it is
    imported: build this in a process of its own.

    Args:
        row: Its row.
        root: Folder of the checkout.
        device: Where it runs.

    Raises:
        InputError: If ``ultralytics`` is missing, or the photographs can't be found.
    """

    parts = ("train_step", "infer", "read")

    def __init__(self, row: UltralyticsRow, root: Path, device: str) -> None:
        # It would talk on stdout, where the table goes.
        os.environ.setdefault("YOLO_VERBOSE", "false")
        try:
            from ultralytics import YOLO
            from ultralytics.cfg import get_cfg
            from ultralytics.data.augment import LetterBox
            from ultralytics.nn.tasks import DetectionModel
            from ultralytics.utils.nms import non_max_suppression
        except ImportError:
            raise InputError(
                f"benchmark: {row.name} needs the package ultralytics 8.4 or later, whose license "
                f"is the AGPL; {_UPDATE}"
            ) from None
        name = f"{row.model}.yaml"
        try:
            self.model = DetectionModel(name, nc=10, verbose=False).to(device)
        except FileNotFoundError:
            raise InputError(f"benchmark: this ultralytics has no {row.model}; {_UPDATE}") from None
        self.model.args = get_cfg()
        self._fused = DetectionModel(name, nc=10, verbose=False).to(device).eval()
        self._fused.fuse(verbose=False)
        self._suppress = non_max_suppression
        self._yolo = YOLO(name)
        self._yolo.model = DetectionModel(name, nc=10, verbose=False).to(device)
        parameters = [value for value in self.model.parameters() if value.requires_grad]
        self.optimizer = torch.optim.AdamW(parameters, lr=0.0)
        self._letter_box = LetterBox((row.size, row.size), auto=False)
        self._row = row
        self._device = device
        cfg = photographs(root)
        train, test = (
            endless_batches(loader, row.batch_size)
            for loader in (cfg.train_dataloader, cfg.val_dataloader)
        )
        self._train_batches = first_batches(map(self._with_truth, train))
        self._test_batches = first_batches(map(self._images, test))
        self._paths = folder_of(cfg, row)
        self._reader = DigitReader()
        # Its first prediction leaves PyTorch one thread less than the machine has cores.
        threads = torch.get_num_threads()
        self._predict(self._paths[:1])
        torch.set_num_threads(threads)
        self.images = images_of(self.parts, row)
        self.parameters = sum(value.numel() for value in self.model.parameters())

    def train_step(self) -> Mapping[str, Tensor]:
        """See :class:`~mmdigits.benchmark.contenders.Contender`."""
        self.model.train()
        loss, parts = self.model.loss(next(self._train_batches))
        self.optimizer.zero_grad(set_to_none=True)
        loss.sum().backward()
        self.optimizer.step()
        return parts

    @torch.no_grad()
    def infer(self) -> list:
        """See :class:`~mmdigits.benchmark.contenders.Contender`; results are tensors of rows."""
        found = self._fused(next(self._test_batches))
        end2end = getattr(self._fused, "end2end", False)
        return self._suppress(found, 0.0, 0.5, max_det=MOST_DETECTIONS, end2end=end2end)

    def read(self) -> list[ImageResult]:
        """See :class:`~mmdigits.benchmark.contenders.Contender`."""
        step = self._row.batch_size
        found = [
            result
            for start in range(0, len(self._paths), step)
            for result in self._predict(self._paths[start : start + step])
        ]
        results = []
        for number, (path, result) in enumerate(zip(self._paths, found, strict=True)):
            boxes = result.boxes.cpu().numpy()
            labels = boxes.cls.astype(np.int64)
            detections = Detections(boxes.xyxy.astype(float), labels, boxes.conf.astype(float))
            results.append(read_image(number, path.name, detections, self._reader))
        return results

    def _predict(self, paths: Sequence[Path]) -> list:
        return self._yolo.predict(
            [str(path) for path in paths],
            imgsz=self._row.size,
            device=self._device,
            conf=0.0,
            max_det=MOST_DETECTIONS,
            verbose=False,
        )

    def _images(self, batch: Mapping[str, list]) -> Tensor:
        """``(N, 3, size, size)`` RGB in 0..1."""
        images = [
            self._letter_box(image=image.permute(1, 2, 0).numpy())[..., ::-1]
            for image in batch["inputs"]
        ]
        pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()
        return pixels.to(self._device).float() / 255

    def _with_truth(self, batch: Mapping[str, list]) -> dict[str, Tensor]:
        """The same with boxes as Ultralytics' trainer gives them: centres and sides in [0, 1]."""
        size = self._row.size
        truths = [sample.gt_instances for sample in batch["data_samples"]]
        boxes = []
        for image, truth in zip(batch["inputs"], truths, strict=True):
            height, width = image.shape[1:]
            times = min(size / height, size / width)
            beside = torch.tensor([size - width * times, size - height * times]) / 2
            boxes.append((truth.bboxes.tensor * times + beside.repeat(2)) / size)
        labels = [truth.labels for truth in truths]
        made = dict(
            bboxes=box_convert(torch.cat(boxes), "xyxy", "cxcywh"),
            cls=torch.cat(labels).float()[:, None],
            batch_idx=torch.cat(
                [torch.full_like(of_image, number) for number, of_image in enumerate(labels)]
            ).float(),
        )
        placed = {name: value.to(self._device) for name, value in made.items()}
        return dict(placed, img=self._images(batch))
