"""How right and how fast detectors read, and which settings no other beats."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from mmdigits.analysis.average_precision import AveragePrecision
from mmdigits.analysis.strings import accuracy_interval
from mmdigits.benchmark.machine import describe_machine
from mmdigits.benchmark.timing import counted, time_in_turn
from mmdigits.errors import InputError, one_line
from mmdigits.evaluation.prediction import TrainedReader, load_model, read_images
from mmdigits.files.detections import read_detections
from mmdigits.files.image_set import ImageSet
from mmdigits.files.images import check_image
from mmdigits.files.submission import ImageResult, write_submission

Say = Callable[[str], object]


class Setting(NamedTuple):
    """A way to read.

    Attributes:
        name: What the table calls it.
        model: Name of its network, which other settings may share.
        config: The network's config.
        checkpoint: Its weights, ``.pth`` or ``.onnx``.
        options: What differs from the config, as ``--cfg-options`` names it.
        tta: Whether the config's several views of each image are merged.
    """

    name: str
    model: str
    config: Path
    checkpoint: Path
    options: Mapping[str, object] = {}
    tta: bool = False


def measure_settings(
    settings: Sequence[Setting],
    images: ImageSet,
    folder: Path,
    out: Path,
    device: str,
    repeats: int,
    batch_size: int = 8,
    say: Say = lambda what: None,
) -> dict[str, object]:
    """Read a folder in every setting, in turn, from the files to the numbers.

    Args:
        settings: What is measured, with different names.
        images: The labelled images, with names.
        folder: Where they lie.
        out: Gets a folder for each setting with what it read, as ``tools/predict.py`` writes it.
        device: Where the networks run.
        repeats: How often each setting reads all images for its time, at least once; once more
            before that, for its scores.
        batch_size: Most images that a network sees at once, at least 1.
        say: Gets what is being done, for a progress bar.

    Returns:
        What ``json`` can write: ``machine``, ``images`` (how many), ``repeats``, ``batch_size`` and
        ``rows``, for each setting its ``name``, ``model``, ``options`` and ``tta``; ``right`` and
        ``accuracy`` with its 95% ``interval``; ``map`` with ``map_interval``; ``times`` (seconds a
        pass, in order), their ``median``, ``lower`` and ``upper`` quartile; and ``front``, see
        :func:`pareto_front`.

    Raises:
        InputError: If an image or a setting can't be used.
        OSError: If nothing can be written to ``out``.
    """
    paths = [folder / name for name in images.names.values()]
    for path in paths:
        check_image(path)
    readers = {}
    for setting in settings:
        say(f"loading {setting.name}")
        readers[setting.name] = _load(setting, device)
    rows = []
    for setting in settings:
        say(f"reading once: {setting.name}")
        results = _read_all(readers[setting.name], paths, list(images.names), batch_size)
        write_submission(out / setting.name, results)
        scores = _scores(images, results, out / setting.name)
        how = dict(model=setting.model, options=str(dict(setting.options)), tta=setting.tta)
        rows.append(dict(name=setting.name, **how, **scores))
    calls = {
        name: partial(_read_all, reader, paths, list(images.names), batch_size)
        for name, reader in readers.items()
    }
    done = counted(say, "reading all", len(calls) * repeats)
    timings = time_in_turn(calls, repeats, warmup=0, done=done)
    for row in rows:
        row.update(timings[row["name"]]._asdict())
    front = pareto_front([(row["median"], row["right"]) for row in rows])
    for row, is_front in zip(rows, front, strict=True):
        row["front"] = is_front
    return dict(
        machine=describe_machine(device),
        images=len(paths),
        repeats=repeats,
        batch_size=batch_size,
        rows=rows,
    )


def pareto_front(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Find what no other point beats.

    Args:
        points: Cost and gain of each.

    Returns:
        For each whether none costs as little and gains more, and none costs less and gains as much.
    """
    return [
        not any(
            other_cost <= cost and other_gain >= gain and (other_cost, other_gain) != (cost, gain)
            for other_cost, other_gain in points
        )
        for cost, gain in points
    ]


def _load(setting: Setting, device: str) -> TrainedReader:
    try:
        return load_model(
            setting.config, setting.checkpoint, device, [], setting.tta, setting.options
        )
    except InputError:
        raise
    except (AssertionError, KeyError, TypeError, ValueError) as error:  # of a wrong option
        raise InputError(
            f"{setting.name}: can't be built with {dict(setting.options)}: {one_line(error)}"
        ) from None


def _read_all(
    reader: TrainedReader, paths: Sequence[Path], ids: Sequence[int], batch_size: int
) -> list[ImageResult]:
    return list(read_images(reader, paths, batch_size=batch_size, ids=ids))


def _scores(images: ImageSet, results: Sequence[ImageResult], folder: Path) -> dict[str, object]:
    right = sum(
        result.string == truth for result, truth in zip(results, images.truths, strict=True)
    )
    precision = AveragePrecision(images.records, read_detections(folder / "pred.json", images))
    return dict(
        right=right,
        accuracy=right / len(results),
        interval=accuracy_interval(right, len(results)),
        map=precision.at(),
        map_interval=precision.interval(),
    )
