"""``readings.json``: every number with its confidence and what else it may be."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mmdigits.errors import InputError
from mmdigits.files.detections import Detections
from mmdigits.files.image_set import ImageSet
from mmdigits.files.submission import ImageResult, detection_rows
from mmdigits.reading import DigitReader
from mmdigits.reading.reading import Alternative, Reading

# What a file of another kind gives rise to; a wrong encoding is a ValueError.
UNREADABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


def reading_row(image_id: int, reading: Reading) -> dict:
    """Turn a reading into an entry of ``readings.json``.

    Args:
        image_id: Of its image.
        reading: The reading; its detections are those of the image by falling score.

    Returns:
        ``image_id``; ``string``, ``""`` where nothing is read; ``confidence``, the probability that
        it is exactly right; ``digits``, the boxes that spell it as positions in the image's entries
        of ``pred.json`` (from 0, in reading order); and ``alternatives``, a list of ``string``,
        ``probability`` (null for a second number, which stands beside the one that was read) and
        ``second_number``. Probabilities have six decimals.
    """
    return dict(
        image_id=image_id,
        string=reading.string,
        confidence=round(reading.confidence, 6),
        digits=reading.digits.tolist(),
        alternatives=[
            dict(
                string=other.string,
                probability=None if other.probability is None else round(other.probability, 6),
                second_number=other.second_number,
            )
            for other in reading.alternatives
        ],
    )


def read_image(
    image_id: int, file_name: str | None, detections: Detections, reader: DigitReader
) -> ImageResult:
    """Read an image and say all that a submission says about it.

    Args:
        image_id: Its id.
        file_name: Name of its file, or None where only the id is known.
        detections: All of it, by falling score.
        reader: Reads it.

    Returns:
        The result, with a reading.
    """
    reading = reader.read(detections)
    return ImageResult(
        image_id,
        file_name,
        reading.string,
        detection_rows(image_id, detections),
        reading_row(image_id, reading),
    )


def write_readings(path: Path, readings: Mapping[int, Reading]) -> None:
    """Write readings as a JSON list of what :func:`reading_row` makes.

    Args:
        path: The file.
        readings: By image id.
    """
    rows = [reading_row(image_id, reading) for image_id, reading in readings.items()]
    path.write_text(json.dumps(rows), encoding="utf-8")


def read_readings(path: str | os.PathLike, images: ImageSet) -> dict[int, Reading]:
    """Read what :func:`write_readings` wrote.

    Args:
        path: The file.
        images: The images that it must list, each once.

    Returns:
        The reading of every image of ``images``, in its order.

    Raises:
        InputError: If the file is missing or not such a list, or it is about other images.
    """
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(rows, list):
            raise TypeError(f"a {type(rows).__name__} instead of a list")
        readings = {row["image_id"]: _reading(row) for row in rows}
    except FileNotFoundError:
        raise InputError(f"readings: there is no file {path}; tools/test.py writes one") from None
    except UNREADABLE as error:
        raise InputError(
            f"readings: {path} is not a readings.json ({error!r:.80}); tools/test.py writes one"
        ) from None
    missing, unknown = set(images.names) - set(readings), set(readings) - set(images.names)
    if missing or unknown or len(readings) < len(rows):
        raise InputError(
            f"readings: {path} lists {len(rows)} images: {len(missing)} of {images.source} are "
            f"missing, {len(unknown)} are unknown there, {len(rows) - len(readings)} come twice; "
            "give the file of these images"
        )
    return {image_id: readings[image_id] for image_id in images.names}


def _reading(row: dict) -> Reading:
    string, digits = _digits(row["string"]), row["digits"]
    if not all(type(index) is int and 0 <= index < 2**31 for index in digits):
        raise ValueError(f"digits {digits}")
    if len(digits) != len(string):
        raise ValueError(f"{len(digits)} digits for the string {string!r}")
    return Reading(
        string,
        np.array(digits, dtype=np.int64),
        _probability(row["confidence"]),
        tuple(
            Alternative(
                _digits(other["string"]),
                None if other["probability"] is None else _probability(other["probability"]),
                bool(other["second_number"]),
            )
            for other in row["alternatives"]
        ),
    )


def _digits(text: str) -> str:
    if text.strip("0123456789"):
        raise ValueError(f"string {text!r}")
    return text


def _probability(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"probability {value!r}")
    return float(value)
