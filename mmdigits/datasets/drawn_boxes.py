"""Boxes as a training sees them: drawn through a config's sampler and pipeline."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import numpy as np
from mmdet.registry import DATA_SAMPLERS, DATASETS
from mmdet.structures.bbox import get_box_tensor
from mmengine.registry import Registry
from rich.console import Console
from rich.progress import track

from mmdigits.command_line import quiet_imports
from mmdigits.datasets.sample_seed import seeded_by
from mmdigits.datasets.samplers import CurriculumSampler
from mmdigits.errors import InputError, one_line


def draw_boxes(loader: dict, images: int, seed: int) -> np.ndarray:
    """Draw images as a training does and take their boxes.

    Args:
        loader: The config's ``train_dataloader``.
        images: How many images, at least 1. They are drawn from what the sampler gives in an epoch,
            in several if one has fewer images.
        seed: Of the sampler, the draw and the transforms.

    Returns:
        ``(N, 4)`` xyxy corners of all boxes that are trained on, in pixels of the network's input.
        Boxes without an area are left out.

    Raises:
        InputError: If the data can't be used, a sample can't be made, or there is no box.
    """
    console = Console(stderr=True)
    drawn = []
    with seeded_by(seed):
        dataset = build_named(DATASETS, loader["dataset"], "train_dataloader.dataset")
        named = dict(dict(loader.get("sampler") or dict(type="DefaultSampler")), dataset=dataset)
        named.setdefault("seed", seed)
        sampler = build_named(DATA_SAMPLERS, named, "train_dataloader.sampler")
        if not len(dataset) or not len(sampler):
            raise InputError("train_dataloader: the data set has no image to draw; give it some")
        pool = max(images, len(sampler))
        if isinstance(sampler, CurriculumSampler) and sampler.end is None:
            sampler.end = pool / len(sampler)  # all of the curriculum, as over a whole run
        epochs = list(islice(_epochs(sampler), pool))
        indices = np.random.default_rng(seed).choice(epochs, images, replace=False).tolist()
        for index in track(
            indices, "images", console=console, transient=True, disable=not console.is_terminal
        ):
            try:
                boxes = dataset[index]["data_samples"].gt_instances.bboxes
            except InputError:
                raise
            except Exception as error:
                raise InputError(
                    f"train_dataloader.dataset: sample {index} can't be made or has no boxes: "
                    f"{type(error).__name__}: {one_line(error)}; a training pipeline loads boxes "
                    "(LoadAnnotations) and ends with PackDetInputs"
                ) from error
            drawn.append(get_box_tensor(boxes).reshape(-1, 4).numpy().astype(float))
    corners = np.concatenate(drawn)
    kept = corners[(corners[:, 2:] > corners[:, :2]).all(1)]
    if not len(kept):
        raise InputError(
            f"train_dataloader.dataset: {images} images drawn have no box; draw more (--images) or "
            "check the labels and the pipeline"
        )
    return kept


def build_named(registry: Registry, config: dict, where: str) -> Any:
    """Build what a config names; what it logs to stdout in doing so is dropped.

    Args:
        registry: Where ``type`` is looked up.
        config: ``type`` and arguments.
        where: Its place in the config, for the message.

    Returns:
        The object.

    Raises:
        InputError: If it can't be built, whatever was raised.
        OSError: As it was raised.
    """
    try:
        with quiet_imports():
            return registry.build(config)
    except (InputError, OSError):
        raise
    except Exception as error:
        raise InputError(f"{where}: {type(error).__name__}: {one_line(error)}") from error


def _epochs(sampler: Any) -> Iterator[int]:
    for epoch in count():
        if hasattr(sampler, "set_epoch"):
            sampler.set_epoch(epoch)
        yield from sampler
