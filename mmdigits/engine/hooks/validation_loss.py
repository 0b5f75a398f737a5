"""The detector's losses on the validation images."""

from collections.abc import Sequence

import torch
from mmdet.registry import HOOKS
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmengine.structures import InstanceData

from mmdigits.datasets.digits import clip_box
from mmdigits.datasets.sample_seed import seeded_by
from mmdigits.errors import InputError

# Of the sampling of anchors and RoIs: the same for every batch, epoch and process.
SEED = 0


@HOOKS.register_module()
class ValidationLossHook(Hook):
    """Add the losses on the validation images to the results of every validation.

    The results are ``val_loss``, the sum that a training would minimise, and its parts under the
    detector's names, ``val_loss_cls`` or ``val_loss_rpn_bbox``. Like the metrics they reach the
    console, the log files and the visualizer's backends, and ``save_best`` or a scheduler may name
    them (with the rule ``"less"``).

    The network is in the mode of the validation: BatchNorm normalises by its running statistics,
    and an averaged model is the one whose strings are read. torchvision's detectors return losses
    in train mode only, so report R1's curve presumably normalises by the batch, and its statistics
    took in the validation images; do not compare the two.

    Nothing of the training is touched: not the statistics, parameters or gradients, nor any
    generator of random numbers. The sampling of anchors and RoIs is seeded: equal weights have
    equal losses, if the batches are the same.

    Labels are clipped, dropped and scaled as training boxes are. A batch's loss counts once for
    each of its images, over all processes; an image that the sampler repeats to give every process
    as many counts twice. A validation takes about twice as long: the network sees each batch once
    more.

    Source: MMEngine's ``ValLoop`` has a name for this, ``val_loss``, but no detector that fills it.

    Raises:
        InputError: If a validation image has no labels.
    """

    # Before RuntimeInfoHook hands the results on.
    priority = "HIGHEST"

    def before_val_epoch(self, runner: Runner) -> None:
        """Start from nothing."""
        self._sums: dict[str, float] = {}
        self._images = 0

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: Sequence[DetDataSample]
    ) -> None:
        """Add the losses of one batch, with the network as the validation has it."""
        model = runner.model
        while is_model_wrapper(model):
            model = model.module
        samples = [_labelled(sample) for sample in data_batch["data_samples"]]
        device = next(model.parameters()).device
        cuda = [device] if device.type == "cuda" else []
        with torch.no_grad(), torch.random.fork_rng(cuda), seeded_by(SEED):
            if cuda:
                torch.cuda.manual_seed(SEED)
            batch = model.data_preprocessor(dict(data_batch, data_samples=samples), False)
            _, losses = model.parse_losses(model(**batch, mode="loss"))
        for name, value in losses.items():
            if "loss" in name:
                total = self._sums.get(f"val_{name}", 0.0)
                self._sums[f"val_{name}"] = total + float(value) * len(samples)
        self._images += len(samples)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Put the means over all images of all processes among the results."""
        parts = all_gather_object((self._sums, self._images))
        images = sum(number for _, number in parts)
        for name in {name: None for sums, _ in parts for name in sums}:
            metrics[name] = sum(sums.get(name, 0.0) for sums, _ in parts) / images
            # MMEngine logs the mean over the last epochs of whatever is called a loss.
            runner.message_hub.log_scalars.pop(f"val/{name}", None)


def _labelled(sample: DetDataSample) -> DetDataSample:
    """A copy of a validation sample with labels as MMDetection's training pipeline packs them."""
    if "truth" not in sample.metainfo:
        raise InputError(
            f"ValidationLossHook: validation image {sample.get('img_id')} has no labels; set "
            "val_dataloader.dataset.ann_file, or remove the hook"
        )
    truth = sample.truth
    height, width = sample.ori_shape
    boxes = [clip_box(bbox, width, height) for bbox in truth["bboxes"]]
    labelled = DetDataSample(metainfo=sample.metainfo)
    for name, flag in (("gt_instances", 0), ("ignored_instances", 1)):
        kept = [
            (box, label)
            for box, label, ignored in zip(
                boxes, truth["labels"], truth["ignore_flags"], strict=True
            )
            if box is not None and ignored == flag
        ]
        bboxes = HorizontalBoxes(torch.tensor([box for box, _ in kept]).float().reshape(-1, 4))
        bboxes.rescale_(sample.get("scale_factor", (1.0, 1.0)))
        bboxes.clip_(sample.img_shape)
        labels = torch.tensor([label for _, label in kept], dtype=torch.int64)
        setattr(labelled, name, InstanceData(bboxes=bboxes, labels=labels))
    return labelled
