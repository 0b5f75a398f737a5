"""What contenders are fed with, from one data set for all."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain, cycle, islice, repeat
from pathlib import Path

from mmdet.registry import DATASETS
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from mmengine.runner import Runner
from torch.utils.data import Dataset

from mmdigits.config_file import read_config
from mmdigits.datasets import DigitCocoDataset, SyntheticDigitsDataset
from mmdigits.errors import InputError
from mmdigits.evaluation.prediction import TrainedReader, build_reader, read_images
from mmdigits.files.submission import ImageResult

BATCHES = 4  # made before the clock starts, and shown in turn
FILE_BATCHES = 8  # that are loaded in a call, and whose images are read in one: times scatter
_PHOTOGRAPHS = "configs/digits/faster_rcnn_r50_fpn_v2.py"


def read_training(path: Path) -> Config:
    """Read a config with all that a contender takes from it.

    Args:
        path: The file.

    Returns:
        The config; has both loaders and an ``optim_wrapper``.

    Raises:
        InputError: If it can't be used or lacks one of these.
    """
    cfg = read_config(path, "train_dataloader")
    missing = [name for name in ("val_dataloader", "optim_wrapper") if not cfg.get(name)]
    if missing:
        raise InputError(
            f"config: {path} has no {' and no '.join(missing)}; give the config of a training"
        )
    return cfg


def photographs(root: Path) -> Config:
    """Read a config whose loaders give images as they are stored, with their boxes.

    Args:
        root: Folder of the checkout.

    Returns:
        The config.

    Raises:
        InputError: If there is no such config.
    """
    cfg = read_training(root / _PHOTOGRAPHS)
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        steps = loader.dataset.pipeline
        loader.dataset.pipeline = [step for step in steps if step["type"] != "Resize"]
    return cfg


def endless_batches(loader: ConfigDict, size: int) -> Iterator[dict]:
    """Load batches without end, when they are asked for, in this process.

    Args:
        loader: The data loader's config. Of a curriculum all mixtures come, from the start.
        size: Images in a batch.

    Returns:
        The batches. Photographs that are decoded once in a training are decoded now.

    Raises:
        InputError: If the data set has fewer images than a batch.
    """
    loader = ConfigDict(
        loader, batch_size=size, num_workers=0, persistent_workers=False, drop_last=True
    )
    if loader.sampler.type == "CurriculumSampler":
        both = [loader.sampler.start_ratio, loader.sampler.end_ratio]
        mean = [sum(shares) for shares in zip(*both, strict=True)]
        loader.sampler.update(batch_size=size, start_ratio=mean, end_ratio=mean, end=1)
    built = Runner.build_dataloader(loader, seed=0)
    _decode_all(built.dataset)
    if not len(built):
        raise InputError(
            f"benchmark: a data set of {len(built.dataset)} images has no batch of {size}; give "
            "more images, or smaller batches"
        )
    return chain.from_iterable(repeat(built))


def _decode_all(dataset: Dataset) -> None:
    inner = getattr(dataset, "datasets", None) or [getattr(dataset, "dataset", None)]
    for part in inner:
        if part is not None:
            _decode_all(part)
    if isinstance(dataset, DigitCocoDataset) and dataset.keeps_images:
        for _ in dataset:
            pass


def first_batches(batches: Iterator[dict]) -> Iterator[dict]:
    """Repeat the first ``BATCHES`` batches without end, made now.

    Args:
        batches: The batches.

    Returns:
        The first of them, in turn.
    """
    return cycle(list(islice(batches, BATCHES)))


def parts_with(parts: Sequence[str], paths: Sequence[Path]) -> tuple[str, ...]:
    """Leave reading out where there is no file to read.

    Args:
        parts: A contender's.
        paths: What :func:`folder_of` lists.

    Returns:
        The parts that it has.
    """
    return tuple(part for part in parts if paths or part != "read")


def images_of(parts: Sequence[str], batch_size: int) -> dict[str, int]:
    """Say how many images a call of each part has.

    Args:
        parts: A contender's.
        batch_size: Images in a batch.

    Returns:
        The number for each part.
    """
    return {part: batch_size * (FILE_BATCHES if part in ("load", "read") else 1) for part in parts}


def folder_of(cfg: Config, batch_size: int) -> list[Path]:
    """List the files that a contender reads in a call.

    Args:
        cfg: Has them as validation images.
        batch_size: Images in a batch.

    Returns:
        The first ``FILE_BATCHES`` batches' files; where there are fewer, some come again. Empty
        where validation images aren't files, but rendered.

    Raises:
        InputError: If the data set can't be used.
    """
    dataset = DATASETS.build(cfg.val_dataloader.dataset)
    if isinstance(dataset, SyntheticDigitsDataset):
        return []
    infos = cycle(map(dataset.get_data_info, range(len(dataset))))
    return [Path(info["img_path"]) for info in islice(infos, FILE_BATCHES * batch_size)]


class Folder:
    """Files that are read again and again, as ``tools/predict.py`` reads them.

    Args:
        detector: Reads them.
        cfg: Says which they are, how they are prepared and what reads strings.
        precision: Makes the context to predict in.
        batch_size: Images that the detector sees at once.

    Attributes:
        paths: The files, as :func:`folder_of` lists them.

    Raises:
        InputError: If the data set can't be used.
    """

    def __init__(
        self,
        detector: object,
        cfg: Config,
        precision: Callable[[], AbstractContextManager],
        batch_size: int,
    ) -> None:
        self.paths = folder_of(cfg, batch_size)
        pipeline = Compose(cfg.val_dataloader.dataset.pipeline)
        self._reader = TrainedReader(detector, pipeline, build_reader(cfg), precision)
        self._batch_size = batch_size

    def read(self) -> list[ImageResult]:
        """Read all of them.

        Returns:
            The results, in the files' order.
        """
        ids = range(len(self.paths))
        return list(read_images(self._reader, self.paths, batch_size=self._batch_size, ids=ids))
