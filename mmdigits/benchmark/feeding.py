"""What contenders are fed with, from one data set for all."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain, cycle, islice, repeat
from pathlib import Path

from mmdet.registry import DATASETS
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Dataset

from mmdigits.benchmark.rows import Row
from mmdigits.config_file import read_config
from mmdigits.datasets import DigitCocoDataset, SyntheticDigitsDataset
from mmdigits.errors import InputError
from mmdigits.evaluation.prediction import TrainedReader, build_reader, read_images
from mmdigits.files.submission import ImageResult

BATCHES = 4  # made before the clock starts, and shown in turn
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


def build_loader(loader: ConfigDict, size: int) -> DataLoader:
    """Build a data loader that loads in this process.

    Args:
        loader: Its config. Of a curriculum all mixtures come, from the start.
        size: Images in a batch.

    Returns:
        The loader.

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
    if not len(built):
        raise InputError(
            f"benchmark: a data set of {len(built.dataset)} images has no batch of {size}; give "
            "more images, or smaller batches"
        )
    return built


def endless_batches(loader: ConfigDict, size: int) -> Iterator[dict]:
    """Load batches without end, when they are asked for, in this process.

    Args:
        loader: As :func:`build_loader` takes it.
        size: Images in a batch.

    Returns:
        The batches.

    Raises:
        InputError: If the data set has fewer images than a batch.
    """
    return without_end(build_loader(loader, size))


def without_end(loader: DataLoader) -> Iterator[dict]:
    """Go through a loader again and again.

    Args:
        loader: The loader.

    Returns:
        Its batches.
    """
    return chain.from_iterable(repeat(loader))


def decode_all(dataset: Dataset) -> None:
    """Decode all photographs that a training decodes once.

    Args:
        dataset: A data set, or one around others.
    """
    inner = getattr(dataset, "datasets", None) or [getattr(dataset, "dataset", None)]
    for part in inner:
        if part is not None:
            decode_all(part)
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


def images_of(parts: Sequence[str], row: Row) -> dict[str, int]:
    """Say how many images a call of each part has.

    Args:
        parts: A contender's.
        row: Its row.

    Returns:
        The number for each part.
    """
    return {
        part: row.batch_size * (row.file_batches if part in ("load", "read") else 1)
        for part in parts
    }


def folder_of(cfg: Config, row: Row) -> list[Path]:
    """List the files that a contender reads in a call.

    Args:
        cfg: Has them as validation images.
        row: Its row.

    Returns:
        The first ``row.file_batches`` batches' files; where there are fewer, some come again. Empty
        where validation images aren't files, but rendered.

    Raises:
        InputError: If the data set can't be used.
    """
    dataset = DATASETS.build(cfg.val_dataloader.dataset)
    if isinstance(dataset, SyntheticDigitsDataset):
        return []
    infos = cycle(map(dataset.get_data_info, range(len(dataset))))
    return [Path(info["img_path"]) for info in islice(infos, row.file_batches * row.batch_size)]


class Folder:
    """Files that are read again and again, as ``tools/predict.py`` reads them.

    Args:
        detector: Reads them.
        cfg: Says which they are, how they are prepared and what reads strings.
        precision: Makes the context to predict in.
        row: Says how many the detector sees at once, and how many a call reads.

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
        row: Row,
    ) -> None:
        self.paths = folder_of(cfg, row)
        pipeline = Compose(cfg.val_dataloader.dataset.pipeline)
        self._reader = TrainedReader(detector, pipeline, build_reader(cfg), precision)
        self._batch_size = row.batch_size

    def read(self) -> list[ImageResult]:
        """Read all of them.

        Returns:
            The results, in the files' order.
        """
        ids = range(len(self.paths))
        how = dict(batch_size=self._batch_size, workers=1)  # so that few files are read as many are
        return list(read_images(self._reader, self.paths, ids=ids, **how))
