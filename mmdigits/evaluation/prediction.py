"""Read the numbers in photographs with a trained model."""

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import mmcv
import torch
from mmdet.registry import MODELS, TASK_UTILS, VISUALIZERS
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.model.utils import revert_sync_batchnorm
from mmengine.registry import DefaultScope
from torch import nn

from mmdigits.config_file import digest, read_config
from mmdigits.deployment.onnx_detector import OnnxDetector
from mmdigits.engine.hooks.checkpoint_fit import load_fitting
from mmdigits.engine.inference import prepare_inference, usable_device
from mmdigits.errors import InputError
from mmdigits.evaluation.image_batches import load_batches
from mmdigits.evaluation.parts import ReadingParts
from mmdigits.evaluation.samples import detections_of
from mmdigits.files.images import assign_image_ids, check_image, list_images
from mmdigits.files.readings_file import read_image
from mmdigits.files.submission import ImageResult
from mmdigits.models.postprocessors import DigitStringPostprocessor
from mmdigits.reading import DigitReader, make_reader
from mmdigits.visualization import DigitVisualizer

FEW = 32  # images that are loaded sooner than a process starts that would do it


class TrainedReader(NamedTuple):
    """A detector, what it is fed with and what reads its detections.

    Attributes:
        detector: On its device, in evaluation mode; with several views of each image the config's
            ``tta_model`` around it.
        pipeline: The config's transforms of test images, from a file on; with several views its
            ``tta_pipeline``.
        reader: The reader.
        precision: Makes the context to predict in.
    """

    detector: nn.Module
    pipeline: Compose
    reader: DigitReader
    precision: Callable[[], AbstractContextManager]


def list_inputs(images: Path, check: bool = True) -> list[Path]:
    """Find the images to read.

    Args:
        images: An image file, or a folder of them; folders in it are passed over.
        check: Whether to make sure that every file of a folder is whole; a single one always is.

    Returns:
        Their paths, sorted by name, at least one.

    Raises:
        InputError: If there is no such file or folder, no image in it, or one is broken.
    """
    if images.is_dir():
        paths = [images / name for name in list_images(images)]
        if not paths:
            raise InputError(f"images: {images} holds no image; name a folder that does")
    else:
        paths = [images]
    for path in paths if check or not images.is_dir() else ():
        check_image(path)
    return paths


def check_pictures(paths: Sequence[Path], show_dir: Path) -> None:
    """Refuse to draw over the images or over one another.

    Args:
        paths: The images.
        show_dir: Folder of the pictures, each with its image's name and the ending ``.png``.

    Raises:
        InputError: If a picture would replace an image, or two would have one name.
    """
    pictures = [show_dir.resolve() / f"{path.stem}.png" for path in paths]
    images = {path.resolve() for path in paths}
    for picture, uses in Counter(pictures).items():
        if uses > 1 or picture in images:
            raise InputError(
                f"pictures: {show_dir / picture.name} would replace an image or another picture; "
                "name another folder, and give images that differ before their ending"
            )


def load_model(
    config: Path,
    checkpoint: Path,
    device: str | None,
    words: Sequence[str],
    tta: bool = False,
    options: Mapping[str, object] | None = None,
) -> TrainedReader:
    """Load a model for reading.

    Args:
        config: Its config.
        checkpoint: Its weights, or what ``tools/export_onnx.py`` made of them, an ``.onnx`` file.
        device: Where it runs; None for a GPU where there is one, but for the CPU with ONNX.
        words: What of the config's reader changes, as :func:`~mmdigits.reading.make_reader` takes
            it.
        tta: Whether to detect in several views of each image and merge, as the config's
            ``tta_model`` and ``tta_pipeline`` say: what ``tools/test.py --tta`` does.
        options: What of the config changes, as :func:`~mmdigits.config_file.read_config` takes it.

    Returns:
        The model.

    Raises:
        InputError: If a file is missing or can't be loaded, the reader's words or the options are
            wrong, or the config does not say how views are made and merged.
    """
    for path in (config, checkpoint):
        if not path.is_file():
            raise InputError(f"there is no file {path}; tools/train.py leaves both in its work dir")
    if checkpoint.suffix == ".onnx" and device is None:
        device = "cpu"
    device = usable_device(device)
    with DefaultScope.overwrite_default_scope("mmdet"):
        settings = read_config(config, "test_dataloader", options)
        settings.load_from = None
        if tta:
            _check_tta(config, settings)
        reader = build_reader(settings)
        if words:
            reader = make_reader(words, reader)
        steps = settings.tta_pipeline if tta else settings.test_dataloader.dataset.pipeline
        pipeline = Compose(_from_file(steps))
        if checkpoint.suffix == ".onnx":
            detector = OnnxDetector(checkpoint, settings.model, device).eval()
            precision = contextlib.nullcontext
        else:
            detector = _load_network(settings, checkpoint, device)
            precision = prepare_inference(detector, settings)
        if tta:
            detector = MODELS.build(dict(settings.tta_model, module=detector)).to(device).eval()
    return TrainedReader(detector, pipeline, reader, precision)


def build_reader(settings: Config) -> DigitReader:
    """Build the reader that a config names.

    Args:
        settings: The config.

    Returns:
        Its reader; the default one where it names none.

    Raises:
        InputError: If its options are wrong.
    """
    with DefaultScope.overwrite_default_scope("mmdet"):
        own = settings.get("reader")
        return TASK_UTILS.build(own) if own else DigitStringPostprocessor()


def describe_reading(config: Path, words: Sequence[str], tta: bool) -> dict[str, object]:
    """Tell how images are read, but for the weights, from other ways.

    Args:
        config: The model's config.
        words: What of its reader changes.
        tta: Whether several views of each image are merged.

    Returns:
        ``config``, a digest of the model, the test's pipelines and the reader that it says;
        ``reader``, the words, with a digest in the place of a file; and ``tta``.

    Raises:
        InputError: If the config can't be read.
    """
    settings = read_config(config, "test_dataloader")
    parts = [settings.model, settings.test_dataloader.dataset.pipeline, settings.get("reader")]
    parts += [settings.get(name) for name in ("tta_model", "tta_pipeline")]
    told = [
        hashlib.sha256(Path(word).read_bytes()).hexdigest() if Path(word).is_file() else word
        for word in words
    ]
    return dict(config=digest(parts, without=("init_cfg", "train_cfg")), reader=told, tta=tta)


def read_images(
    model: TrainedReader,
    paths: Sequence[Path],
    show_dir: Path | None = None,
    batch_size: int = 8,
    workers: int | None = None,
    ids: Sequence[int] | None = None,
) -> Iterator[ImageResult]:
    """Read images, some at a time, while others are loaded.

    Args:
        model: The model.
        paths: The images, with different names.
        show_dir: Folder for a picture of each with its boxes and number, made if missing; None for
            none.
        batch_size: Most images that the detector sees at once, at least 1; only images of one
            shape are put together.
        workers: Processes that load images; 0 loads them in this one, None takes one for more than
            ``FEW`` images.
        ids: Their ids; None for those that :func:`~mmdigits.files.images.assign_image_ids` gives.

    Yields:
        What is read in each, in their order.

    Raises:
        InputError: If two names would get one id.
    """
    visualizer = None
    if show_dir is not None:
        visualizer = VISUALIZERS.build(dict(type=DigitVisualizer, name="predict"))
        visualizer.reader = model.reader
    if ids is None:
        ids = assign_image_ids([path.name for path in paths])
    images = list(zip(paths, ids, strict=True))
    detector = getattr(model.detector, "module", model.detector)  # with views, in the wrapper
    divisor = getattr(detector.data_preprocessor, "pad_size_divisor", 1)
    if workers is None:
        workers = 1 if len(paths) > FEW else 0
    batches = load_batches(model.pipeline, images, batch_size, divisor, workers)
    read: dict[int, ImageResult] = {}  # that wait for one before them
    upcoming = 0
    for batch in batches:
        places, samples = zip(*batch, strict=True)
        for place, sample in zip(places, _detect(model, samples), strict=True):
            path, image_id = images[place]
            if visualizer is not None:
                image = mmcv.imread(path, flag="color_ignore_orientation")
                out_file = str(show_dir / f"{path.stem}.png")
                visualizer.add_datasample(path.name, image[..., ::-1], sample, out_file=out_file)
            detections = detections_of(sample.to_dict())
            read[place] = read_image(image_id, path.name, detections, model.reader)
        while upcoming in read:
            yield read.pop(upcoming)
            upcoming += 1


def read_parts(
    model: TrainedReader,
    paths: Sequence[Path],
    parts: ReadingParts,
    shard: int,
    shards: int,
    **how: object,
) -> Iterator[ImageResult]:
    """Read the parts of a shard that aren't there, and keep each when it is whole.

    Args:
        model: The model.
        paths: All images, with different names.
        parts: Where readings are kept.
        shard: The shard, from 0.
        shards: How many there are.
        **how: Further arguments of :func:`read_images`.

    Yields:
        What is read in each image, in their order.

    Raises:
        InputError: If two names would get one id, or an image is broken; parts before it are kept.
    """
    ids = assign_image_ids([path.name for path in paths])
    for number, places in parts.missing(shard, shards):
        chosen = [paths[place] for place in places]
        for path in chosen:
            check_image(path)
        results = []
        for result in read_images(model, chosen, ids=[ids[place] for place in places], **how):
            results.append(result)
            yield result
        parts.write(number, results)


def _detect(model: TrainedReader, samples: Sequence[dict]) -> list[DetDataSample]:
    scope = DefaultScope.overwrite_default_scope("mmdet")
    with scope, torch.no_grad(), model.precision():
        # inference_detector would take views for a batch of images and keep the first alone.
        return [sample.cpu() for sample in model.detector.test_step(pseudo_collate(samples))]


def _load_network(settings: Config, checkpoint: Path, device: str) -> nn.Module:
    # Not by MMEngine, which would run what a stranger's file holds, and pass over weights that it
    # can't place.
    detector = revert_sync_batchnorm(MODELS.build(settings.model))
    load_fitting(detector, settings.model, checkpoint, "model")
    return detector.to(device).eval()


def _check_tta(path: Path, settings: Config) -> None:
    missing = [name for name in ("tta_model", "tta_pipeline") if name not in settings]
    if missing:
        raise InputError(
            f"config: {path} has no {' and no '.join(missing)}, so it does not say how several "
            "views are made and merged; add what is missing, as configs/_base_/datasets does, or "
            "leave --tta out"
        )


def _from_file(pipeline: Sequence[dict]) -> list[dict]:
    # Data sets that render their images have no step that loads one.
    if any(str(step["type"]).startswith(("LoadImage", "LoadCachedImage")) for step in pipeline):
        return list(pipeline)
    return [dict(type="LoadImageFromFile", color_type="color_ignore_orientation"), *pipeline]
