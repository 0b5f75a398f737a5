"""The reader: its options by hand, its invariants on random detections, other detectors' files."""

import copy
import json
import pickle
import subprocess
import sys
from dataclasses import replace

import digit_scenes
import numpy as np
import pytest
from detection_rows import detections, shuffled

from mmdigits.errors import InputError
from mmdigits.files.detections import Detections, read_detections
from mmdigits.files.image_set import read_image_set
from mmdigits.reading import Alternative, DigitReader, Reading
from mmdigits.reading.candidates import MOST_CANDIDATES
from mmdigits.reading.chain_model import ChainModel
from mmdigits.reading.confidence_model import ConfidenceModel, StringFeatures

pytestmark = pytest.mark.filterwarnings("error")

METHODS = ["threshold", "best_set"]
NOTHING = detections()
# Set by hand, so that the tests don't depend on what the package's own weights are.
BY_HAND = ChainModel((1.0, 0.0, -1.0, -1.0), (-4.0, -4.0, -0.5, -1.0, -1.0))
FITTED = dict(
    chain=ChainModel((1.6, -0.4, -1.2, -0.7), (-5.0, -3.0, -0.6, -0.8, -0.3)),
    confidence=ConfidenceModel((0.4,) * len(StringFeatures._fields), -1.5, 0.3),
)
# A model this sure of itself leaves next to nothing for other strings.
SURE = dict(FITTED, chain=ChainModel((6.0, 0.0, -1.0, -1.0), (-9.0, -9.0, -0.5, -1.0, -1.0)))
MODELS = {"plain": {}, "fitted": FITTED, "sure": SURE}


def row_of(string: str, score: float = 0.9, x: float = 0, y: float = 0, size: float = 20) -> list:
    """Digits side by side."""
    return [
        (int(digit), x + place * 0.6 * size, y, size / 2, size, score)
        for place, digit in enumerate(string)
    ]


def read(rows, **options) -> Reading:
    return DigitReader(**{"chain": BY_HAND, **options}).read(detections(*rows))


def strings(reading: Reading, second: bool = False) -> list[str]:
    return [other.string for other in reading.alternatives if other.second_number is second]


# The threshold and its lower levels.


@pytest.mark.parametrize(
    ("scores", "fallback_thrs", "string"),
    [
        ([0.9, 0.5], (), "12"),
        ([0.9, 0.49], (), "1"),
        ([0.49, 0.3], (), ""),
        ([0.49, 0.3], (0.3,), "12"),
        ([0.49, 0.29], (0.3,), "1"),
        ([0.9, 0.3], (0.3,), "1"),
        ([0.25, 0.2], (0.3, 0.2), "12"),
        ([0.35, 0.2], (0.3, 0.2), "1"),
        ([0.1, 0.1], (0.3, 0.2), ""),
        ([0.0, 0.0], (0.0,), "12"),
    ],
)
def test_a_lower_level_counts_where_none_reaches_the_one_before(scores, fallback_thrs, string):
    rows = [(*digit[:5], score) for digit, score in zip(row_of("12"), scores, strict=True)]
    assert read(rows, fallback_thrs=fallback_thrs).string == string


def test_overlapping_digits_are_suppressed_whatever_they_are():
    rows = [(7, 0, 0, 10, 20, 0.9), (1, 2, 0, 9, 20, 0.8)]
    assert read(rows).string == "7"
    assert read(rows, iou_thr=1).string == "71"


def test_a_thin_one_inside_a_seven_is_suppressed_by_containment():
    rows = [(7, 0, 0, 20, 30, 0.9), (1, 12, 2, 4, 26, 0.8)]
    assert read(rows).string == "71"
    assert read(rows, containment_thr=0.8).string == "7"


def test_what_does_not_fit_in_size_is_left_out():
    rows = [*row_of("12"), (3, 24, 8, 3, 6, 0.9)]
    assert read(rows).string == "123"
    assert read(rows, height_range=(0.5, 2)).string == "12"
    assert read(rows, width_range=(0.5, 2)).string == "12"


@pytest.mark.parametrize("method", METHODS)
def test_the_best_scored_digits_stay_in_their_order(method):
    rows = [
        (*digit[:5], score)
        for digit, score in zip(row_of("1234"), [0.7, 0.99, 0.6, 0.9], strict=True)
    ]
    read_with = dict(method=method, candidate_thr=0.5)
    assert read(rows, **read_with).string == "1234"
    assert [read(rows, max_digits=most, **read_with).string for most in (4, 3, 2, 1)] == [
        "1234",
        "124",
        "24",
        "2",
    ]


def test_rows_are_read_one_by_one_unless_x_alone_counts():
    rows = [*row_of("12"), *row_of("34", x=4, y=24)]
    assert read(rows).string == "1234"
    assert read(rows, order="x").string == "1324"


# Numbers beside the one that is read.


@pytest.mark.parametrize("method", METHODS)
def test_a_second_number_is_left_out_and_told(method):
    rows = [*row_of("123"), *row_of("45", x=300)]
    reading = read(rows, method=method)
    assert reading.string == "123" and reading.digits.tolist() == [0, 1, 2]
    assert reading.alternatives[-1] == Alternative("45", None, True)
    assert strings(reading, second=True) == ["45"]
    assert not any({"4", "5"} & set(string) for string in strings(reading))


@pytest.mark.parametrize("method", METHODS)
def test_what_was_suppressed_in_a_second_number_is_no_digit_of_the_main_one(method):
    # Nothing but their places speaks against the 9 and the 4, rivals of the 5.
    chain = ChainModel((1.0, 0.0, 0.0, 0.0), (-4.0, -4.0, 0.0, 0.0, 0.0))
    rivals = [(9, 313, 0, 10, 20, 0.85), (4, 312, 1, 10, 20, 0.2)]
    rows = [*row_of("123"), *row_of("45", x=300), *rivals]
    reading = read(rows, method=method, chain=chain)
    assert reading.string == "123" and strings(reading, second=True) == ["45"]
    assert not any(set("459") & set(string) for string in strings(reading))


def test_by_x_alone_there_is_one_number():
    reading = read([*row_of("123"), *row_of("45", x=300)], order="x")
    assert reading.string == "12345" and strings(reading, second=True) == []


# The best set.


def test_the_best_set_is_the_seven_not_the_one_in_it():
    rows = [(7, 0, 0, 20, 30, 0.9), (1, 12, 2, 4, 26, 0.7)]
    reading = read(rows, method="best_set")
    assert reading.string == "7" and reading.digits.tolist() == [0]
    assert reading.alternatives[0].string in ("1", "71")


@pytest.mark.parametrize(
    "rivals",
    [
        pytest.param([(9, 0.5, 0, 20, 36, 0.9), (1, 7, 2, 6, 32, 0.95)], id="a 1 between 4 and 9"),
        pytest.param([(7, 0, 0, 20, 36, 0.9991)], id="two very sure of one box"),
        pytest.param([(7, 0, 0, 20, 36, 1.0)], id="two certain of one box"),
    ],
)
def test_one_place_is_one_digit_in_the_best_set(rivals):
    reading = read(
        [(4, 0, 0, 20, 36, 0.95 if len(rivals) > 1 else 1.0), *rivals], method="best_set"
    )
    assert len(reading.string) == 1


def test_a_weak_digit_in_a_gap_of_the_row_is_read_by_the_best_set_alone():
    rows = [*row_of("1"), *row_of("2", 0.45, x=12), *row_of("3", x=24)]
    # Nothing but the gap speaks for it, so the model must know what a gap means.
    chain = ChainModel((1.0, 0.0, -1.0, -1.0), (-4.0, -4.0, -2.0, -1.0, -1.0))
    assert read(rows, chain=chain).string == "13"
    assert read(rows, method="best_set", chain=chain).string == "123"


def test_a_weak_detection_far_from_the_row_is_not_read():
    rows = [*row_of("12"), (3, 12, 60, 10, 20, 0.55)]
    assert read(rows, method="best_set", order="x").string == "12"


def test_candidates_below_the_threshold_are_alternatives():
    weak = read([*row_of("12"), (7, 0, 0, 10, 20, 0.3)])
    assert weak.string == "12" and "72" in strings(weak)
    assert "72" not in strings(read([*row_of("12"), (7, 0, 0, 10, 20, 0.3)], candidate_thr=0.4))


def test_the_likeliest_alternative_comes_first():
    reading = read([*row_of("1"), (7, 0, 0, 10, 20, 0.4), (4, 0, 0, 10, 20, 0.2)])
    probabilities = [other.probability for other in reading.alternatives]
    assert strings(reading)[:2].index("7") < strings(reading).index("4")
    assert probabilities == sorted(probabilities, reverse=True)


def test_two_equal_digits_in_one_place_are_equally_likely():
    # Without suppression both are read, but as one or the other they are told apart by nothing.
    reading = read([(7, 0, 0, 10, 20, 0.6), (1, 0, 0, 10, 20, 0.6)], method="best_set")
    (other,) = [one for one in reading.alternatives if one.string in ("7", "1")]
    assert other.probability == pytest.approx(reading.confidence)


# Confidence.


def test_a_single_certain_digit_is_as_sure_as_its_calibrated_score():
    chain = ChainModel((2.0, -1.0, 0.0, 0.0), (0.0,) * 5)
    for score in (0.6, 0.9):
        odds = (score / (1 - score)) ** 2 / np.e
        reading = read([(4, 0, 0, 10, 20, score)], chain=chain)
        assert reading.confidence == pytest.approx(odds / (1 + odds))
        assert strings(reading) == [""]
        assert reading.alternatives[0].probability == pytest.approx(1 - reading.confidence)


def test_nothing_read_is_sure_only_as_far_as_tuning_has_seen_it():
    weak = detections((4, 0, 0, 10, 20, 0.2))
    chain = ChainModel((1.0, 0.0, 0.0, 0.0), (0.0,) * 5)
    untuned = DigitReader(chain=chain).read(weak)
    assert untuned.confidence == 0
    assert untuned.alternatives[0] == Alternative("4", pytest.approx(0.2), False)
    told = DigitReader(**FITTED).read(weak)
    assert told.string == "" and told.confidence == FITTED["confidence"].empty


@pytest.mark.parametrize("method", METHODS)
def test_stronger_scores_make_a_reading_surer(method):
    found = [read(row_of("12", score), method=method, **FITTED) for score in (0.6, 0.8, 0.95)]
    assert found[0].confidence < found[1].confidence < found[2].confidence


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("options", MODELS.values(), ids=MODELS)
def test_an_empty_image(method, options):
    reader = DigitReader(method=method, **options)
    reading = reader.read(NOTHING)
    assert reader(*NOTHING) == reading.string == ""
    assert reading.digits.shape == (0,) and reading.digits.dtype == np.int64
    assert reading.alternatives == ()
    confidence = options.get("confidence")
    assert reading.confidence == (confidence.empty if confidence else 0)
    assert reader.choose(NOTHING).tolist() == []


# What holds for every image.


def random_image(seed: int) -> Detections:
    """A made scene's digits, some missed, with rivals in their places and noise, shuffled."""
    rng = np.random.default_rng(seed)
    kinds = ("one_row", "one_row", "arc", "two_rows", "column", "small_second_number")
    boxes, _ = getattr(digit_scenes, kinds[seed % len(kinds)])(rng, 0.05)
    boxes = boxes[rng.random(len(boxes)) > 0.1]
    if not len(boxes):
        return NOTHING
    rivals = boxes[rng.random(len(boxes)) < 0.4]
    rivals = rivals + rng.normal(0, 0.05, rivals.shape) * (boxes[0, 3] - boxes[0, 1])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    corners = rng.uniform(low, high, (int(rng.integers(0, 8)), 2))
    sizes = rng.uniform(0.1, 1, corners.shape) * (boxes[0, 3] - boxes[0, 1])
    noise = np.hstack([corners, corners + sizes])
    scores = [
        rng.beta(*beta, len(part))
        for beta, part in (((5, 1.5), boxes), ((2, 3), rivals), ((1, 5), noise))
    ]
    every = np.concatenate([boxes, rivals, noise])
    found = Detections(every, rng.integers(0, 10, len(every)), np.concatenate(scores))
    return shuffled(found, rng.permutation(len(every)))


def readers(method: str) -> list[DigitReader]:
    return [
        DigitReader(method=method, **options, **limits)
        for options in MODELS.values()
        for limits in (
            {},
            dict(fallback_thrs=(0.2,), max_digits=3, containment_thr=0.8),
            dict(order="x", height_range=(0.5, 2), iou_thr=1),
        )
    ]


@pytest.mark.parametrize("method", METHODS)
def test_a_reading_says_one_thing(method):
    told = 0
    for seed in range(150):
        found = random_image(seed)
        reader = readers(method)[seed % 9]
        reading = reader.read(found)
        spelled = "".join(map(str, found.labels[reading.digits]))
        assert reading.string == spelled == reader(*found)
        assert reading.digits.tolist() == reader.choose(found).tolist()
        assert len(set(reading.digits.tolist())) == len(reading.digits)
        others = [other for other in reading.alternatives if not other.second_number]
        named = [reading.string, *(other.string for other in others)]
        assert len(set(named)) == len(named)
        assert all(other.probability is None for other in reading.alternatives[len(others) :])
        probabilities = [other.probability for other in others]
        assert all(0 <= p <= 1 for p in (reading.confidence, *probabilities))
        assert reading.confidence + sum(probabilities) <= 1 + 1e-9
        assert probabilities == sorted(probabilities, reverse=True)
        told += len(others)
    assert told > 150


@pytest.mark.parametrize("slope", [4, 8, 20])
def test_probabilities_add_up_to_one_at_most_however_sure_the_chain_model_is(slope):
    # The confidence model doubts what leaves next to nothing for other strings.
    reader = DigitReader(
        method="best_set",
        chain=ChainModel((float(slope), 0.0, -1.0, -1.0), (-9.0, -9.0, -0.5, -1.0, -1.0)),
        confidence=ConfidenceModel((0.0,) * len(StringFeatures._fields), 0.0, 0.5),
    )
    for seed in range(60):
        reading = reader.read(random_image(seed))
        others = [o.probability for o in reading.alternatives if not o.second_number]
        assert reading.confidence + sum(others) <= 1 + 1e-9


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_the_detections_does_not_matter(method):
    for seed in range(72):
        found, rng = random_image(seed), np.random.default_rng(seed)
        reader = readers(method)[seed % 9]
        order = rng.permutation(len(found.scores))
        reading, again = reader.read(found), reader.read(shuffled(found, order))
        assert order[again.digits].tolist() == reading.digits.tolist()
        assert again.string == reading.string
        assert again.confidence == pytest.approx(reading.confidence, abs=1e-9)
        assert strings(again, True) == strings(reading, True)


@pytest.mark.parametrize("method", METHODS)
def test_where_the_picture_is_and_how_large_does_not_matter(method):
    for seed in range(72):
        found, rng = random_image(seed), np.random.default_rng(seed)
        reader = readers(method)[seed % 9]
        zoom, shift = 10 ** rng.uniform(-3, 3), np.tile(rng.uniform(-500, 500, 2), 2)
        reading = reader.read(found)
        for boxes in (found.bboxes * zoom, found.bboxes + shift):
            again = reader.read(found._replace(bboxes=boxes))
            assert again.string == reading.string
            assert again.digits.tolist() == reading.digits.tolist()
            assert again.confidence == pytest.approx(reading.confidence, abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_equally_scored_detections_does_not_matter(method):
    # No number at this threshold: the candidates' line goes through one of them.
    rows = [(1, 0, 0, 10, 20, 0.4), (2, 12, 3, 10, 20, 0.4), (3, 24, 9, 12, 26, 0.4)]
    rows.append((4, 12, 40, 10, 20, 0.4))
    found = detections(*rows)
    reader = DigitReader(method=method, **FITTED, candidate_thr=0.1)
    for level in ((), (0.4,)):
        reader = replace(reader, fallback_thrs=level)
        reading = reader.read(found)
        for seed in range(10):
            order = np.random.default_rng(seed).permutation(4)
            again = reader.read(shuffled(found, order))
            assert again.string == reading.string
            assert again.confidence == pytest.approx(reading.confidence, abs=1e-9)
            assert strings(again) == strings(reading)


@pytest.mark.parametrize("method", METHODS)
def test_the_detections_are_left_alone(method):
    found = random_image(3)
    before = [part.copy() for part in found]
    for part in found:
        part.setflags(write=False)
    DigitReader(method=method, **FITTED).read(found)
    for part, copied in zip(found, before, strict=True):
        np.testing.assert_array_equal(part, copied)


@pytest.mark.parametrize("method", METHODS)
def test_detections_in_float32_read_the_same(method):
    for seed in range(30):
        found = random_image(seed)
        single = Detections(
            found.bboxes.astype(np.float32),
            found.labels.astype(np.int32),
            found.scores.astype(np.float32),
        )
        reader = DigitReader(method=method, **FITTED)
        reading, again = reader.read(found), reader.read(single)
        assert again.string == reading.string
        assert again.confidence == pytest.approx(reading.confidence, abs=1e-3)
        assert type(again.confidence) is float


@pytest.mark.parametrize("method", METHODS)
def test_boxes_and_scores_may_be_integers(method):
    found = detections(*row_of("12", 1), (7, 0, 0, 10, 20, 0))
    whole = Detections(found.bboxes.astype(int), found.labels, found.scores.astype(int))
    reader = DigitReader(method=method, candidate_thr=0, **FITTED)
    reading, again = reader.read(found), reader.read(whole)
    assert again.string == reading.string == "12"
    assert again.confidence == reading.confidence
    assert again.alternatives == reading.alternatives


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([(1, 0, 0, 0, 0, 0.9)], id="a point"),
        pytest.param([(1, 0, 0, 0, 0, 0.9), (2, 9, 0, 0, 0, 0.8)], id="points"),
        pytest.param([(1, 0, 0, 0, 0, 0.9), *row_of("2", 0.8, x=12)], id="a point and a digit"),
        pytest.param([(1, 0, 0, 0, 20, 0.9), (2, 9, 0, 0, 20, 0.8)], id="upright lines"),
        pytest.param([(1, 5, 5, 0, 0, 0.9)] * 3, id="points on one spot"),
    ],
)
def test_boxes_without_size_are_read(rows, method):
    reading = read(rows, method=method, height_range=(0.5, 2), width_range=(0.5, 2))
    assert reading.string and 0 <= reading.confidence <= 1


@pytest.mark.parametrize("method", METHODS)
def test_more_detections_than_candidates_are_read(method):
    rows = [*row_of("123"), *[(7, 90 + x, 70, 4, 8, 0.2 + x / 999) for x in range(99)]]
    reading = read(rows, method=method)
    assert reading.string == "123" and 0.3 < reading.confidence <= 1
    rows = [*row_of("1234567890" * (MOST_CANDIDATES // 10 + 1))]
    assert read(rows).string == "1234567890" * (MOST_CANDIDATES // 10 + 1)


@pytest.mark.parametrize("method", METHODS)
def test_many_better_detections_of_another_number_leave_the_main_one_as_it_is(method):
    beside = [(4, 300 + x / 99, 0, 10, 20, 0.9) for x in range(MOST_CANDIDATES + 1)]
    alone, reading = (
        read([*row_of("123", 0.6, size=40), *others], method=method) for others in ([], beside)
    )
    assert alone.string == reading.string == "123"
    assert 0 < reading.confidence <= alone.confidence


# The reader as an object.


def test_a_reader_is_a_value():
    reader = DigitReader(fallback_thrs=[0.3], height_range=[0.5, 2], **FITTED)
    same = DigitReader(
        fallback_thrs=(0.3,),
        height_range=(0.5, 2.0),
        chain=FITTED["chain"]._asdict(),
        confidence=json.loads(json.dumps(FITTED["confidence"]._asdict())),
    )
    assert same == reader and hash(same) == hash(reader)
    assert replace(reader, score_thr=0.6) != reader
    assert pickle.loads(pickle.dumps(reader)) == copy.deepcopy(reader) == reader
    with pytest.raises(AttributeError):
        reader.score_thr = 0.3


WRONG = [
    *[
        (name, value)
        for name in ("score_thr", "iou_thr", "containment_thr", "candidate_thr")
        for value in (-0.01, 1.01, float("nan"), None, "0.5", True, [0.5], 10**400)
    ],
    *[
        ("fallback_thrs", value)
        for value in (0.3, None, "0.3", [1.1], [-0.1], [0.2, 0.3], ["0.3"], [float("nan")], [None])
    ],
    *[
        (name, value)
        for name in ("height_range", "width_range")
        for value in (
            0.5,
            "12",
            [0.5],
            [0.5, 2, 3],
            [1.1, 2],
            [0.5, 0.9],
            [-1, 2],
            [0.5, float("nan")],
            [0.5, float("inf")],
            [None, 2],
            {0.5: 2},
        )
    ],
    *[("max_digits", value) for value in (0, -1, 2.0, "3", True, [3])],
    *[("order", value) for value in ("y", None, "", ["x"], 1)],
    *[("method", value) for value in ("best", None, "", ["threshold"])],
    *[
        ("chain", value)
        for value in (
            3,
            "x",
            {},
            [[1] * 4, [1] * 5],
            dict(unary=[1] * 4),
            dict(FITTED["chain"]._asdict(), more=1),
            FITTED["confidence"],
            *[
                dict(FITTED["chain"]._asdict(), **{part: wrong})
                for part in ("unary", "pairwise")
                for wrong in ((), (1,) * 99, "12345", "", 1, None)
            ],
            dict(FITTED["chain"]._asdict(), unary=(1, 1, 1, None)),
            dict(FITTED["chain"]._asdict(), unary=(1, 1, 1, float("inf"))),
        )
    ],
    *[
        ("confidence", value)
        for value in (
            3,
            "x",
            {},
            FITTED["chain"],
            *[
                FITTED["confidence"]._replace(**{part: wrong})
                for part, wrong in (
                    ("weights", ()),
                    ("weights", (0,) * 99),
                    ("weights", None),
                    ("weights", 1),
                    ("offset", None),
                    ("offset", (1,)),
                    ("offset", float("nan")),
                    ("empty", 1.1),
                    ("empty", -0.1),
                    ("empty", None),
                )
            ],
        )
    ],
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=lambda part: f"{part!r:.40}")
def test_an_option_out_of_its_range_is_an_error_of_one_line(name, value):
    with pytest.raises(InputError, match=rf"^reader: {name}\b.* is .*; allowed is .*") as caught:
        DigitReader(**{name: value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [np.zeros((2, 2)), "a\nb"], ids=["array", "text"])
@pytest.mark.parametrize("name", ["score_thr", "height_range", "max_digits", "chain"])
def test_a_value_of_several_lines_is_told_in_one(name, value):
    with pytest.raises(InputError) as caught:
        DigitReader(**{name: value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["score_thr", "iou_thr", "containment_thr", "candidate_thr"])
@pytest.mark.parametrize("value", [0, 1, 0.0, 1.0, np.float64(0.5)], ids=repr)
def test_the_ends_of_a_range_are_in_it(name, value):
    assert getattr(DigitReader(**{name: value}), name) == value


# Without PyTorch, and with detections of others.


def test_reading_needs_neither_pytorch_nor_mmdetection():
    program = (
        "import sys, numpy as np\n"
        "from mmdigits.files.detections import Detections\n"
        "from mmdigits.reading import DigitReader\n"
        "found = Detections(np.array([[0, 0, 10, 20.0]]), np.array([7]), np.array([0.9]))\n"
        "for method in ('threshold', 'best_set'):\n"
        "    print(DigitReader(method=method).read(found).string)\n"
        "print({'torch', 'torchvision', 'mmdet', 'mmengine', 'mmcv'} & set(sys.modules))\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout.splitlines() == ["7", "7", "set()"], result.stderr


def test_detections_of_another_framework_are_read(tmp_path):
    # A COCO results list, unsorted, images mixed, as pycocotools' loadRes takes it.
    results = [
        dict(image_id=2, category_id=1, bbox=[30.5, 10.0, 8.0, 16.0], score=0.88, id=5, area=128.0),
        dict(image_id=1, category_id=4, bbox=[40.0, 12.0, 10.0, 20.0], score=0.61, iscrowd=0),
        dict(image_id=2, category_id=10, bbox=[20.0, 10.0, 8.0, 16.0], score=0.97),
        dict(image_id=1, category_id=2, bbox=[29.0, 11.0, 4.0, 19.0], score=0.12),
        dict(image_id=1, category_id=8, bbox=[28.0, 11.5, 10.0, 20.0], score=1),
        dict(image_id=1, category_id=7, bbox=[2.0, 2.0, 3.0, 5.0], score=0.04),
    ]
    (tmp_path / "bbox.json").write_text(json.dumps(results))
    (tmp_path / "ids.csv").write_text("image_id\n1\n2\n3\n")
    found = read_detections(tmp_path / "bbox.json", read_image_set(ids=tmp_path / "ids.csv"))
    for method in METHODS:
        reader = DigitReader(method=method, chain=BY_HAND)
        assert [reader(*found[image]) for image in (1, 2, 3)] == ["73", "90", ""]
        assert reader.read(found[1]).digits.tolist() == [0, 1]  # by falling score
