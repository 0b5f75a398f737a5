"""SVHN's full numbers as a folder in the homework's layout."""

import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
from PIL import Image
from rich.progress import Progress

import mmdigits
from mmdigits.datasets.svhn.digit_struct import Entry, read_digit_struct
from mmdigits.datasets.svhn.source import LABELS, require_source, take_files
from mmdigits.errors import InputError
from mmdigits.files.annotations import coco_annotation, write_annotations
from mmdigits.files.writing import new_folder


def convert(
    source: Path,
    out: Path,
    *,
    test: Path | None = None,
    valid: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Write ``train/ID.png``, ``valid/ID.png``, ``train.json`` and ``valid.json``.

    With ``test`` also ``test/ID.png`` and ``test.json``. ID is the number SVHN gave the image, so
    an image of ``train.tar.gz`` has the same id whichever part it's cut to. Boxes are SVHN's own,
    those that leave their image included. The folder appears complete or not at all; the sources
    aren't changed.

    Args:
        source: SVHN's ``train.tar.gz``, or the folder to which it was unpacked, the one with
            ``digitStruct.mat``.
        out: Folder to write; it must not exist, or be empty.
        test: The same for ``test.tar.gz``.
        valid: How many images of ``source`` to cut off for validation; 0 leaves that part out. By
            default a tenth, rounded down: 3,340 of SVHN's 33,402, as in the homework.
        seed: Of the cut, 0 to 2**32 - 1; see :func:`validation_ids`.
        progress: Shows how far it is; the caller starts it.

    Returns:
        The number of images by split.

    Raises:
        InputError: If ``out`` holds anything, ``valid`` or ``seed`` is out of range, or a source is
            missing, damaged, or its images and labels don't belong together.
    """
    for given in (source, test):
        if given is not None:
            require_source(given)
    if not 0 <= seed < 2**32:
        raise InputError(f"svhn: the seed is {seed}; allowed are 0 to {2**32 - 1}")
    progress = progress or Progress(disable=True)
    with new_folder(out, "svhn") as folder:
        splits = {"train": _import(source, folder / "train", progress)}
        cut = validation_ids([_image_id(entry) for entry in splits["train"]], valid, seed)
        if cut:
            splits["valid"] = [e for e in splits["train"] if _image_id(e) in cut]
            splits["train"] = [e for e in splits["train"] if _image_id(e) not in cut]
            _move(splits["valid"], folder / "train", folder / "valid")
        if test is not None:
            splits["test"] = _import(test, folder / "test", progress)
        for split, entries in splits.items():
            _write_json(folder, split, progress.track(entries, description=f"{split}.json"))
    return {split: len(entries) for split, entries in splits.items()}


def validation_ids(image_ids: Iterable[int], count: int | None, seed: int) -> set[int]:
    """Choose the images of the validation part.

    Args:
        image_ids: All ids, in any order.
        count: How many to choose; by default a tenth, rounded down.
        seed: Decides which; 0 to 2**32 - 1.

    Returns:
        The ids that were chosen, the same for the same ids and seed with any version of NumPy.

    Raises:
        InputError: If ``count`` is negative or leaves no image for training.
    """
    ordered = sorted(image_ids)
    count = len(ordered) // 10 if count is None else count
    if not 0 <= count < len(ordered):
        raise InputError(
            f"svhn: {count} of {len(ordered)} images for validation; allowed are 0 to "
            f"{len(ordered) - 1}"
        )
    # RandomState, not default_rng: NumPy promises that its stream never changes.
    order = np.random.RandomState(seed).permutation(len(ordered))
    return {ordered[position] for position in order[:count]}


def _import(source: Path, folder: Path, progress: Progress) -> list[Entry]:
    """Bring the images of a source into a new folder, and return their labels by rising id."""
    folder.mkdir(parents=True)
    take_files(source, folder, progress)
    labels = folder / LABELS
    try:
        entries = read_digit_struct(labels, progress)
    except InputError as error:
        raise InputError(str(error).replace(str(labels), f"{source}: {LABELS}")) from None
    labels.unlink()
    names = [entry.name for entry in entries]
    strange = [name for name in names if not re.fullmatch(r"[0-9]+\.png", name)]
    if strange or len({int(name[:-4]) for name in names}) != len(names):
        example = repr(strange[0]) if strange else "one number twice"
        raise InputError(
            f"svhn: {source}: {LABELS} names {example}; each entry must be its own NUMBER.png"
        )
    present = set(os.listdir(folder))
    _require(set(names) - present, f"svhn: {source} lacks", f"that its {LABELS} lists")
    _require(present - set(names), f"svhn: {source} has", f"that its {LABELS} doesn't list")
    return sorted(entries, key=_image_id)


def _require(odd: Collection[str], has: str, which: str) -> None:
    if odd:
        names = sorted(odd, key=lambda name: (len(name), name))
        more = ", ..." if len(names) > 5 else ""
        raise InputError(
            f"{has} {len(names)} images {which}: {', '.join(names[:5])}{more}; it may be "
            "incomplete or mixed with another: fetch it again"
        )


def _move(entries: Iterable[Entry], source: Path, target: Path) -> None:
    target.mkdir()
    for entry in entries:
        os.replace(source / entry.name, target / entry.name)


def _image_id(entry: Entry) -> int:
    return int(Path(entry.name).stem)


def _write_json(folder: Path, split: str, entries: Iterable[Entry]) -> None:
    images, annotations = [], []
    for entry in entries:
        width, height = _size(folder / split / entry.name, split)
        image_id = _image_id(entry)
        images.append(dict(id=image_id, file_name=entry.name, width=width, height=height))
        for bbox, label in zip(entry.bboxes, entry.labels, strict=True):
            annotations.append(coco_annotation(len(annotations) + 1, image_id, label, bbox))
    description = f"SVHN full numbers, converted by mmdigits {mmdigits.__version__}"
    write_annotations(folder / f"{split}.json", description, images, annotations)


def _size(path: Path, split: str) -> tuple[int, int]:
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, SyntaxError, ValueError) as error:
        reason = " ".join(str(error).replace(str(path), path.name).split())
        raise InputError(
            f"svhn: {path.name}, for {split}, can't be read as an image ({reason}); "
            "fetch SVHN again"
        ) from None
