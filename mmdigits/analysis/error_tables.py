"""Tables over images: kinds of errors, lengths, and labels that may be wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mmdigits.analysis.errors import KINDS, ImageOutcome
from mmdigits.analysis.strings import accuracy_interval


class KindRow(NamedTuple):
    """How many images are of one kind.

    Attributes:
        kind: One of :data:`~mmdigits.analysis.errors.KINDS`.
        images: How many images are.
        fraction: Of all images, in [0, 1].
        low: Lower bound of the 95% interval of ``fraction``, Wilson's.
        high: Upper bound.
        accuracy_if_mended: The accuracy if the images of this kind were right too, in [0, 1];
            today's accuracy in the row ``right``.
    """

    kind: str
    images: int
    fraction: float
    low: float
    high: float
    accuracy_if_mended: float


class LengthRow(NamedTuple):
    """How well numbers of one length are read.

    Attributes:
        length: Number of true digits; 0 for images without digits.
        images: How many images have so many.
        right: How many of these are read right.
        accuracy: ``right`` over ``images``.
        low: Lower bound of the 95% interval of ``accuracy``, Wilson's.
        high: Upper bound.
    """

    length: int
    images: int
    right: int
    accuracy: float
    low: float
    high: float


class Suspect(NamedTuple):
    """An image whose label may be wrong.

    Attributes:
        image_id: Of the image.
        truth: What the label says.
        string: What was read.
        confidence: Of the reading, in [0, 1].
        kind: The kind of error, if the label is right.
    """

    image_id: int
    truth: str
    string: str
    confidence: float
    kind: str


def kind_table(outcomes: Sequence[ImageOutcome]) -> list[KindRow]:
    """Count the images of each kind.

    Args:
        outcomes: One an image, at least one.

    Returns:
        A row a kind, in the order of :data:`~mmdigits.analysis.errors.KINDS`, those that don't
        occur included.

    Raises:
        ValueError: If there is no image.
    """
    if not outcomes:
        raise ValueError("kind_table: there is no image; give the outcomes of at least one")
    counts, total = Counter(outcome.kind for outcome in outcomes), len(outcomes)
    return [
        KindRow(
            kind,
            counts[kind],
            counts[kind] / total,
            *accuracy_interval(counts[kind], total),
            (counts["right"] + (counts[kind] if kind != "right" else 0)) / total,
        )
        for kind in KINDS
    ]


def length_table(outcomes: Sequence[ImageOutcome]) -> list[LengthRow]:
    """Score the images by the length of their true string.

    Args:
        outcomes: One an image; may be empty.

    Returns:
        A row for each length that occurs, by rising length.
    """
    images = Counter(len(outcome.truth) for outcome in outcomes)
    right = Counter(len(outcome.truth) for outcome in outcomes if outcome.kind == "right")
    return [
        LengthRow(
            length,
            images[length],
            right[length],
            right[length] / images[length],
            *accuracy_interval(right[length], images[length]),
        )
        for length in sorted(images)
    ]


def suspected_label_errors(
    outcomes: Sequence[ImageOutcome], confidences: Mapping[int, float], threshold: float = 0.9
) -> list[Suspect]:
    """List confident readings that contradict the label: look at these images first.

    Args:
        outcomes: One an image; may be empty.
        confidences: Of the readings, by image id, in [0, 1]; one for each outcome.
        threshold: Least confidence that is listed.

    Returns:
        The images that are not right, by falling confidence, then image id.

    Raises:
        KeyError: If an image has no confidence.
    """
    suspects = [
        Suspect(o.image_id, o.truth, o.string, float(confidences[o.image_id]), o.kind)
        for o in outcomes
        if o.kind != "right" and confidences[o.image_id] >= threshold
    ]
    return sorted(suspects, key=lambda suspect: (-suspect.confidence, suspect.image_id))
