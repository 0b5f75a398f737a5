"""Synthetic street numbers as files: a folder in the homework's layout, or one sheet to look at."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import mmdigits
from mmdigits.datasets.synthetic.renderer import DigitRenderer
from mmdigits.datasets.synthetic.streams import pixel_stream
from mmdigits.errors import InputError
from mmdigits.files.annotations import coco_annotation, write_annotations
from mmdigits.files.writing import new_folder, written_together


def write_folder(
    out: Path,
    counts: Mapping[str, int],
    renderer: DigitRenderer,
    seed: int,
    progress: Callable[[Iterable, str], Iterable] = lambda items, split: items,
) -> None:
    """Write ``train/ID.png``, ``valid/ID.png``, ``test/ID.png``, ``train.json``, ``valid.json``.

    The pixels are those of :class:`~mmdigits.datasets.SyntheticDigitsDataset` with the same seed
    and options, in its epoch 0. As in the homework the test images have no labels. The folder
    appears complete or not at all.

    Args:
        out: Folder to write; it must not exist, or be empty.
        counts: Number of images by split; a split with 0 is left out.
        renderer: Draws the images.
        seed: Not negative.
        progress: Wraps each split's range of positions, to show how far it is.

    Raises:
        InputError: If ``out`` is a file or holds anything, a count or the seed is negative, or
            there's nothing to write.
    """
    if any(count < 0 for count in counts.values()) or not any(counts.values()):
        raise InputError(
            f"make_synthetic: {dict(counts)} images; give a positive number for one split or more"
        )
    _check_seed(seed)
    with new_folder(out, "make_synthetic") as folder:
        for split, count in counts.items():
            if count:
                positions = progress(range(count), split)
                _write_split(folder, split, positions, renderer, seed)


def write_contact_sheet(path: Path, renderer: DigitRenderer, seed: int) -> None:
    """Write the first training images side by side, in 256 colours to keep the file small.

    Args:
        path: A ``.png`` file; written whole or not at all, over any that is there.
        renderer: Draws the images.
        seed: Not negative.

    Raises:
        InputError: If ``path`` doesn't end in ``.png``, its folder doesn't exist, or the seed is
            negative.
    """
    _check_seed(seed)
    if path.suffix != ".png" or not path.parent.is_dir():
        raise InputError(
            f"make_synthetic: --contact-sheet {path} must be a .png file in a folder that exists"
        )
    # More than fit on a sheet; the generator draws only those that are taken.
    drawn = (renderer.render(pixel_stream(seed, "train", 0, i)).image for i in range(1000))
    sheet = Image.fromarray(contact_sheet(drawn)[..., ::-1]).quantize(256)
    with written_together(path.parent) as folder:
        sheet.save(folder / path.name, "PNG", optimize=True)


def contact_sheet(
    images: Iterable[np.ndarray], width: int = 960, rows: int = 8, height: int = 52
) -> np.ndarray:
    """Lay images out in rows.

    Args:
        images: ``(h, w, 3)`` uint8 BGR each; as many are taken as there's room for.
        width: Of the sheet, in pixels.
        rows: How many.
        height: To which each image is scaled, in pixels.

    Returns:
        ``(rows * (height + 2), width, 3)`` uint8 BGR, black where there's nothing.
    """
    sheet = np.zeros((rows * (height + 2), width, 3), np.uint8)
    row, x = 0, 0
    for image in images:
        wide = max(1, min(width, round(image.shape[1] * height / image.shape[0])))
        if x + wide > width:
            row, x = row + 1, 0
        if row == rows:
            break
        shrinks = image.shape[0] > height
        tile = cv2.resize(
            image, (wide, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        )
        sheet[row * (height + 2) : row * (height + 2) + height, x : x + wide] = tile
        x += wide + 2
    return sheet


def _check_seed(seed: int) -> None:
    if seed < 0:
        raise InputError(f"make_synthetic: seed={seed} must not be negative")


def _write_split(
    folder: Path, split: str, positions: Iterable[int], renderer: DigitRenderer, seed: int
) -> None:
    (folder / split).mkdir(parents=True)
    images, annotations = [], []
    for position in positions:
        drawn = renderer.render(pixel_stream(seed, split, 0, position))
        name = f"{position + 1}.png"
        path = folder / split / name
        # imencode, since imwrite only returns False when the disk is full.
        path.write_bytes(cv2.imencode(".png", drawn.image)[1].tobytes())
        height, width = drawn.image.shape[:2]
        images.append(dict(id=position + 1, file_name=name, width=width, height=height))
        for (x1, y1, x2, y2), label in zip(
            drawn.bboxes.tolist(), drawn.labels.tolist(), strict=True
        ):
            box = [x1, y1, x2 - x1, y2 - y1]
            annotations.append(coco_annotation(len(annotations) + 1, position + 1, label, box))
    if split == "test":
        return
    description = f"synthetic street numbers, mmdigits {mmdigits.__version__}"
    write_annotations(folder / f"{split}.json", description, images, annotations)
