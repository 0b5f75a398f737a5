import json

import numpy as np
import pytest
from detection_rows import detections, shuffled
from labelled_sets import case_of, record_of, write_labels
from made_detections import made_rows

from mmdigits.errors import InputError
from mmdigits.files.image_set import read_image_set
from mmdigits.reading import DigitReader
from mmdigits.tuning.cases import make_case, read_cases, right

pytestmark = pytest.mark.filterwarnings("error")

SEVEN, THREE = (7, 0, 0, 10, 20), (3, 12, 0, 10, 20)


@pytest.mark.parametrize(
    ("truth", "found", "is_digit"),
    [
        pytest.param([SEVEN, THREE], [(*THREE, 0.9), (*SEVEN, 0.8)], [True, True], id="both"),
        pytest.param([SEVEN], [(1, *SEVEN[1:], 0.9)], [False], id="another label"),
        pytest.param(
            [SEVEN], [(*SEVEN, 0.8), (*SEVEN, 0.9)], [False, True], id="one a digit, the best"
        ),
        # Moved by a third of its width: half of the union.
        pytest.param([(7, 0, 0, 12, 20)], [(7, 4, 0, 12, 20, 0.9)], [True], id="half of the union"),
        pytest.param([(7, 0, 0, 12, 20)], [(7, 4.1, 0, 12, 20, 0.9)], [False], id="less than half"),
        pytest.param(
            [(7, 0, 0, 10, 20), (7, 2, 0, 10, 20)],
            [(7, 2, 0, 10, 20, 0.9), (7, 1.5, 0, 10, 20, 0.8)],
            [True, True],
            id="the second takes what the first left",
        ),
        pytest.param(
            [(7, 0, 0, 10, 20)],
            [(7, 1, 0, 10, 20, 0.9), (7, 0, 0, 10, 20, 0.8)],
            [True, False],
            id="the better score, not the better place",
        ),
        pytest.param([SEVEN], [(7, 0, 0, 0, 0, 0.9)], [False], id="no area"),
        pytest.param([(7, 5, 5, 0, 0)], [(7, 5, 5, 0, 0, 0.9)], [False], id="no area, both"),
        pytest.param([], [(*SEVEN, 0.9)], [False], id="nothing is true"),
        pytest.param([SEVEN], [], [], id="nothing is found"),
        pytest.param([], [], [], id="nothing at all"),
    ],
)
def test_detections_are_matched_with_labels(truth, found, is_digit):
    case = case_of(truth, found)
    assert case.is_digit.tolist() == is_digit and case.is_digit.dtype == bool
    assert case.truth == "".join(str(digit[0]) for digit in truth)
    assert len(case.detections.labels) == len(found)


def test_equal_scores_are_matched_alike_in_any_order():
    found = detections((7, 0, 0, 10, 20, 0.5), (7, 1, 0, 10, 20, 0.5), (7, 2, 0, 10, 20, 0.5))
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        case = make_case(record_of(SEVEN), shuffled(found, np.array(order)))
        assert np.array(order)[case.is_digit].tolist() == [0]


def test_a_reader_is_right_where_its_string_is_the_true_one():
    cases = [
        case_of([SEVEN, THREE], [(*SEVEN, 0.9), (*THREE, 0.8)]),
        case_of([SEVEN, THREE], [(*SEVEN, 0.9), (*THREE, 0.3)]),
        case_of([], [(*SEVEN, 0.3)]),
        case_of([SEVEN], []),
    ]
    assert right(DigitReader(), cases).tolist() == [True, False, True, False]
    assert right(DigitReader(score_thr=0.2), cases).tolist() == [True, True, False, False]
    assert right(DigitReader(), []).shape == (0,)


@pytest.fixture
def labels(tmp_path):
    return write_labels(tmp_path / "labels.json", 20)


@pytest.fixture
def rows(labels):
    return made_rows(labels, seed=0)


@pytest.fixture
def write(tmp_path):
    def write_rows(name, rows):
        (tmp_path / name).write_text(json.dumps(rows))
        return tmp_path / name

    return write_rows


def same(cases, others) -> bool:
    return len(cases) == len(others) and all(
        case.truth == other.truth
        and case.is_digit.tolist() == other.is_digit.tolist()
        and all(map(np.array_equal, case.detections, other.detections))
        for case, other in zip(cases, others, strict=True)
    )


def test_every_image_is_a_case_in_the_order_of_the_images(labels, rows, write):
    images = read_image_set(labels=labels)
    cases = read_cases([write("pred.json", rows)], images)
    assert [case.truth for case in cases] == images.truths
    assert sum(len(case.detections.labels) for case in cases) == len(rows)
    assert sum(case.is_digit.sum() for case in cases) > 20


def test_files_of_different_images_are_taken_together(labels, rows, write):
    images = read_image_set(labels=labels)
    parts = [[row for row in rows if row["image_id"] % 3 == part] for part in range(3)]
    paths = [write(f"{number}.json", part) for number, part in enumerate(parts)]
    whole = read_cases([write("pred.json", rows)], images)
    assert same(read_cases(paths, images), whole)
    assert same(read_cases(paths[::-1], images), whole)


def test_a_file_without_detections_adds_nothing(labels, rows, write):
    images = read_image_set(labels=labels)
    paths = [write("pred.json", rows), write("empty.json", [])]
    assert same(read_cases(paths, images), read_cases(paths[:1], images))
    assert same(read_cases(paths[::-1], images), read_cases(paths[:1], images))


def test_files_that_share_an_image_are_an_error(labels, rows, write):
    paths = [write("a.json", rows), write("b.json", [row for row in rows if row["image_id"] == 7])]
    with pytest.raises(
        InputError, match=r"a\.json and .*b\.json both have detections on image 7; .*ensemble\.py"
    ):
        read_cases(paths, read_image_set(labels=labels))


def test_detections_of_unknown_images_are_an_error(labels, rows, write):
    with pytest.raises(InputError, match=r"1 images that .*labels\.json does not list"):
        read_cases(
            [write("pred.json", [{**rows[0], "image_id": 99}])], read_image_set(labels=labels)
        )
