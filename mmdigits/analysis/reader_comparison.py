"""Several readers on the same detections."""

from collections.abc import Mapping, Sequence

import numpy as np

from mmdigits.analysis.confidence import expected_calibration_error
from mmdigits.analysis.paired_accuracy import paired_accuracy
from mmdigits.analysis.strings import accuracy_interval
from mmdigits.files.detections import Detections
from mmdigits.reading import DigitReader


def comparison_lines(
    readers: Sequence[tuple[str, DigitReader]],
    detections: Mapping[int, Detections],
    truths: Sequence[str],
) -> list[str]:
    """Read labelled detections with each reader and lay out what that gives.

    Args:
        readers: Each with its name, at least one.
        detections: By image id.
        truths: The true strings in the same order.

    Returns:
        A header and a line a reader: how many strings are right, accuracy with its 95% interval,
        the gain over the reader before it in points with its 95% interval, the expected calibration
        error of the confidence, and the name.
    """
    lines = [
        f"{'right':>5}  accuracy  95% interval      {'gain over the line above':27} "
        f"{'calibration':>11}  reader"
    ]
    before = None
    for name, reader in readers:
        readings = [reader.read(image) for image in detections.values()]
        is_right = np.array([r.string == t for r, t in zip(readings, truths, strict=True)])
        confidence = np.array([reading.confidence for reading in readings])
        right, total = int(is_right.sum()), len(is_right)
        low, high = accuracy_interval(right, total)
        gain = ""
        if before is not None:
            pair = paired_accuracy(before, is_right)
            points = [100 * value for value in (pair.difference, pair.low, pair.high)]
            gain = "{:+6.2f} ({:+.2f} to {:+.2f})".format(*points)
        before = is_right
        error = expected_calibration_error(confidence, is_right)
        lines.append(
            f"{right:5}  {right / total:8.4f}  {low:.4f} to {high:.4f}  {gain:27} {error:11.3f}  "
            f"{name}"
        )
    return lines
