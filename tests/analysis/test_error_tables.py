import json

import pytest

from mmdigits.analysis.digit_tables import (
    CONFUSION_COLUMNS,
    CONFUSION_ROWS,
    confusion_matrix,
    digit_table,
)
from mmdigits.analysis.error_tables import (
    Suspect,
    kind_table,
    length_table,
    suspected_label_errors,
)
from mmdigits.analysis.errors import KINDS, classify
from mmdigits.files.annotations import Annotation, ImageRecord


def outcomes(*strings: tuple[str, str]):
    """Outcomes of (truth, string), by strings alone; image ids from 1."""
    return [
        classify(
            ImageRecord(
                *(image_id, f"{image_id}.png", None),
                [Annotation((0, 0, 1, 1), int(digit), False) for digit in truth],
            ),
            None,
            string,
        )
        for image_id, (truth, string) in enumerate(strings, start=1)
    ]


@pytest.fixture
def ten():
    return outcomes(
        *[("1", "1"), ("12", "12"), ("123", "123"), ("", "")],  # right
        ("45", ""),  # nothing read
        *[("67", "6"), ("12", "2")],  # a 7 and a 1 are missed
        ("", "3"),  # a false 3
        ("12", "72"),  # a 1 read as 7
        ("123", "18"),  # a 3 is missed and a 2 read as 8, or the other way round
    )


def test_kinds_are_counted_by_hand(ten):
    rows = kind_table(ten)
    assert [row.kind for row in rows] == list(KINDS)
    assert [row.images for row in rows] == [4, 1, 2, 1, 1, 0, 1]
    assert [row.fraction for row in rows] == [0.4, 0.1, 0.2, 0.1, 0.1, 0, 0.1]
    # Wilson, 4 of 10.
    assert rows[0][3:5] == pytest.approx((0.16818, 0.68733), abs=1e-5)
    assert [row.accuracy_if_mended for row in rows] == [0.4, 0.5, 0.6, 0.5, 0.5, 0.4, 0.5]


def test_no_image_has_no_kinds():
    with pytest.raises(ValueError, match="there is no image"):
        kind_table([])


def test_lengths_are_scored_by_hand(ten):
    rows = length_table(ten)
    assert [row[:4] for row in rows] == [
        (0, 2, 1, 1 / 2),
        (1, 1, 1, 1),
        (2, 5, 1, 1 / 5),
        (3, 2, 1, 1 / 2),
    ]
    # Wilson, 1 of 5.
    assert rows[2][4:] == pytest.approx((0.03622, 0.62446), abs=1e-5)
    assert length_table([]) == []


def test_confusions_are_counted_by_hand(ten):
    counts = confusion_matrix(ten)
    row, column = CONFUSION_ROWS.index, CONFUSION_COLUMNS.index
    cells = {
        *[("1", "1", 4), ("2", "2", 4), ("3", "3", 1), ("6", "6", 1)],
        *[("4", "missed", 1), ("5", "missed", 1), ("7", "missed", 1), ("1", "missed", 1)],
        *[("false", "3", 1), ("1", "7", 1)],
    }
    for truth, read, count in cells:
        assert counts[row(truth)][column(read)] == count
    assert counts[row("2")][column("8")] + counts[row("3")][column("8")] == 1
    assert counts[row("2")][column("missed")] + counts[row("3")][column("missed")] == 1
    assert sum(map(sum, counts)) == sum(count for *_, count in cells) + 2
    assert confusion_matrix([]) == [[0] * 11 for _ in range(11)]


def test_digits_are_scored_by_hand(ten):
    rows = {row.digit: row for row in digit_table(ten)}
    # True 1: in 1, 12, 123, 12, 12 and 123; one missed, one read as 7.
    assert rows["1"][1:8] == (6, 4, 1, 1, 0, 0, 4 / 6)
    assert rows["7"][1:8] == (1, 0, 0, 1, 1, 0, 0)
    assert rows["3"].false == 1 and rows["8"].taken_for == 1
    assert rows["9"] == ("9", 0, 0, 0, 0, 0, 0, None, None, None)
    # Wilson, 4 of 6.
    assert rows["1"][8:] == pytest.approx((0.29999, 0.90323), abs=1e-5)
    for row in rows.values():
        assert row.true == row.right + row.confused + row.missed
    read = sum(len(outcome.string) for outcome in ten)
    assert sum(row.right + row.taken_for + row.false for row in rows.values()) == read


def test_a_digit_in_the_wrong_place_is_still_that_digit():
    assert digit_table(outcomes(("12", "21")))[1][1:4] == (1, 1, 0)


def test_confident_contradictions_come_first():
    confidences = {1: 0.99, 2: 0.95, 3: 0.99, 4: 0.89, 5: 0.9}
    found = outcomes(("1", "7"), ("2", "2"), ("31", "3"), ("4", "9"), ("5", "6"))
    assert suspected_label_errors(found, confidences) == [
        Suspect(1, "1", "7", 0.99, "confused digit"),
        Suspect(3, "31", "3", 0.99, "missed digit"),
        Suspect(5, "5", "6", 0.9, "confused digit"),
    ]
    assert len(suspected_label_errors(found, confidences, threshold=0.5)) == 4
    assert suspected_label_errors(found, confidences, threshold=0.995) == []
    with pytest.raises(KeyError):
        suspected_label_errors(found, {1: 0.99})


def test_tables_can_be_written_as_json(ten):
    tables = [kind_table(ten), length_table(ten), digit_table(ten), confusion_matrix(ten), ten]
    assert json.loads(json.dumps(tables)) == [json.loads(json.dumps(table)) for table in tables]
