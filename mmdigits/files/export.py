"""A folder that a run exported: detections, numbers and, where it has them, readings."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from mmdigits.errors import InputError
from mmdigits.files.detections import Detections, read_detections
from mmdigits.files.image_set import ImageSet
from mmdigits.files.labels_file import read_labels_file
from mmdigits.files.readings_file import read_readings
from mmdigits.reading.reading import Reading


class Submission(NamedTuple):
    """What a run says about a set of images.

    Attributes:
        name: For readers.
        detections: By image id, in the order of the images; none are missing.
        strings: The same; ``""`` where nothing is read.
        readings: The same, or None without a ``readings.json``.
    """

    name: str
    detections: Mapping[int, Detections]
    strings: Mapping[int, str]
    readings: Mapping[int, Reading] | None

    @property
    def answers(self) -> Mapping[int, Reading | str]:
        """Readings where there are some, strings otherwise."""
        return self.strings if self.readings is None else self.readings

    @property
    def confidences(self) -> dict[int, float] | None:
        """Confidence of each image, six decimals, so that a page can carry them; None without."""
        if self.readings is None:
            return None
        return {number: round(reading.confidence, 6) for number, reading in self.readings.items()}


def read_submission(folder: Path, images: ImageSet) -> Submission:
    """Read the export of a run.

    Args:
        folder: Holds ``pred.json``, ``pred.csv`` and, where this package wrote them,
            ``readings.json``.
        images: The images that it's about.

    Returns:
        Its content. The name is that of the folder; one that is called ``submission``, as
        ``tools/test.py`` does, bears its parent's.

    Raises:
        InputError: If a file is missing or wrong or about other images, or ``readings.json`` says
            other numbers than ``pred.csv``.
    """
    detections = read_detections(folder / "pred.json", images)
    strings = read_labels_file(folder / "pred.csv", images)
    readings = None
    if (folder / "readings.json").is_file():
        readings = read_readings(folder / "readings.json", images)
        other = [number for number, text in strings.items() if readings[number].string != text]
        if other:
            raise InputError(
                f"readings.json and pred.csv in {folder} say different numbers for "
                f"{len(other)} images, such as image {other[0]}; they must come from one export: "
                "write both again, or remove readings.json"
            )
    path = folder.resolve()
    name = path.parent.name if path.name == "submission" else path.name
    return Submission(name, detections, strings, readings)
