"""Tables over digits: which is read as which, and how well each is read."""

from collections.abc import Sequence
from typing import NamedTuple

from mmdigits.analysis.errors import ImageOutcome
from mmdigits.analysis.strings import accuracy_interval
from mmdigits.digits import DIGITS

CONFUSION_ROWS = (*DIGITS, "false")
CONFUSION_COLUMNS = (*DIGITS, "missed")


class DigitRow(NamedTuple):
    """How well one digit is read.

    Attributes:
        digit: ``"0"`` to ``"9"``.
        true: How many true ones there are: the sum of ``right``, ``confused`` and ``missed``.
        right: How many of them are read as what they are, in whatever order.
        confused: How many of them are read as another digit.
        missed: How many of them are not read.
        taken_for: How many true digits of another kind are read as this one.
        false: How often it's read where no true digit is.
        recall: ``right`` over ``true``; None without true ones.
        low: Lower bound of the 95% interval of ``recall``, Wilson's; None like ``recall``. Digits
            of one image fail together, which it doesn't know: it's a little too narrow.
        high: Upper bound.
    """

    digit: str
    true: int
    right: int
    confused: int
    missed: int
    taken_for: int
    false: int
    recall: float | None
    low: float | None
    high: float | None


def confusion_matrix(outcomes: Sequence[ImageOutcome]) -> list[list[int]]:
    """Count which digit is read as which.

    Args:
        outcomes: One an image; may be empty.

    Returns:
        11 rows of 11 counts. Rows are true digits, see :data:`CONFUSION_ROWS`, the last one what
        is read where no true digit is; columns are what is read, see :data:`CONFUSION_COLUMNS`, the
        last one true digits that are not read. The corner of both is 0. The right images count.
    """
    counts = [[0] * len(CONFUSION_COLUMNS) for _ in CONFUSION_ROWS]
    for outcome in outcomes:
        for index, position in outcome.pairs:
            row = len(DIGITS) if index is None else int(outcome.truth[index])
            column = len(DIGITS) if position is None else int(outcome.string[position])
            counts[row][column] += 1
    return counts


def digit_table(outcomes: Sequence[ImageOutcome]) -> list[DigitRow]:
    """Score each digit by itself.

    Args:
        outcomes: One an image; may be empty.

    Returns:
        Ten rows, ``"0"`` to ``"9"``.
    """
    counts = confusion_matrix(outcomes)
    false, missed = len(DIGITS), len(DIGITS)
    rows = []
    for label, digit in enumerate(DIGITS):
        true, right = sum(counts[label]), counts[label][label]
        confused = true - right - counts[label][missed]
        taken_for = sum(row[label] for row in counts[:false]) - right
        recall = right / true if true else None
        interval = accuracy_interval(right, true) if true else (None, None)
        rows.append(
            DigitRow(
                *(digit, true, right, confused, counts[label][missed], taken_for),
                *(counts[false][label], recall, *interval),
            )
        )
    return rows
