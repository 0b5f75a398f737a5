from itertools import combinations, permutations

import numpy as np
import pytest
from made_detections import write_made

from mmdigits.analysis.errors import KINDS, LABEL_BONUS, MIN_IOU, classify, classify_all
from mmdigits.files.annotations import Annotation, ImageRecord
from mmdigits.files.detections import Detections, read_detections
from mmdigits.files.image_set import read_image_set
from mmdigits.reading.reading import Reading


def box(x: float, width: float = 10) -> tuple[float, float, float, float]:
    """A box of a digit, 20 pixels high, whose left side is at x."""
    return x, 0.0, x + width, 20.0


def number(truth: str) -> ImageRecord:
    """An image whose digits stand at x = 0, 10, 20 and so on, side by side."""
    digits = [Annotation(box(10 * i), int(digit), False) for i, digit in enumerate(truth)]
    return ImageRecord(7, "7.png", (100, 20), digits)


def read_at(*digits: tuple[str, float]) -> tuple[Detections, Reading]:
    """Digits read one after the other, each with its x; the detections stand in another order."""
    order = np.arange(len(digits))[::-1]
    detections = Detections(
        np.array([box(digits[i][1]) for i in order]).reshape(-1, 4),
        np.array([int(digits[i][0]) for i in order], dtype=np.int64),
        np.full(len(digits), 0.9),
    )
    return detections, Reading("".join(digit for digit, _ in digits), order, 0.9)


CASES = {
    # true digits, digits read with x, kind, (missed, extra, confused)
    "right": ("12", [("1", 0), ("2", 10)], "right", (0, 0, 0)),
    "no digit and none read": ("", [], "right", (0, 0, 0)),
    "nothing read": ("12", [], "nothing read", (2, 0, 0)),
    "first missed": ("12", [("2", 10)], "missed digit", (1, 0, 0)),
    "two missed": ("123", [("2", 10)], "missed digit", (2, 0, 0)),
    "one of two equal missed": ("11", [("1", 10)], "missed digit", (1, 0, 0)),
    "read behind the number": ("12", [("1", 0), ("2", 10), ("5", 50)], "extra digit", (0, 1, 0)),
    "read where there is none": ("", [("5", 50)], "extra digit", (0, 1, 0)),
    "one read twice": ("12", [("1", 0), ("1", 2), ("2", 10)], "extra digit", (0, 1, 0)),
    "two labels on one": ("7", [("1", 1), ("7", 0)], "extra digit", (0, 1, 0)),
    "another label": ("12", [("1", 0), ("7", 10)], "confused digit", (0, 0, 1)),
    "two other labels": ("12", [("4", 0), ("7", 10)], "confused digit", (0, 0, 2)),
    "neighbours swapped": ("12", [("2", 10), ("1", 0)], "wrong order", (0, 0, 0)),
    "first read last": ("123", [("2", 10), ("3", 20), ("1", 0)], "wrong order", (0, 0, 0)),
    "one missed, one confused": ("123", [("1", 0), ("8", 10)], "several", (1, 0, 1)),
}
# What strings alone can't tell from something simpler, or see otherwise.
BY_BOXES_ALONE = {
    "missed here, false there": ("12", [("1", 0), ("5", 50)], "several", (1, 1, 0)),
    "swapped and one missed": ("123", [("2", 10), ("1", 0)], "several", (1, 0, 0)),
    "swapped and one confused": ("123", [("2", 10), ("1", 0), ("9", 20)], "several", (0, 0, 1)),
    "equal ones swapped": ("112", [("1", 10), ("1", 0), ("3", 20)], "confused digit", (0, 0, 1)),
    "three of ten pixels off": ("1", [("5", 3)], "confused digit", (0, 0, 1)),
    "six of ten pixels off": ("1", [("5", 6)], "several", (1, 1, 0)),
    "same digits elsewhere": ("12", [("2", 50), ("1", 70)], "several", (2, 2, 0)),
    "right label a little off": ("7", [("1", 0), ("7", 3)], "extra digit", (0, 1, 0)),
    "right label far off": ("7", [("1", 0), ("7", 4)], "several", (0, 1, 1)),
}


@pytest.mark.parametrize(
    ("truth", "digits", "kind", "counts"),
    [*CASES.values(), *BY_BOXES_ALONE.values()],
    ids=[*CASES, *BY_BOXES_ALONE],
)
def test_boxes_say_what_is_wrong(truth, digits, kind, counts):
    outcome = classify(number(truth), *read_at(*digits))
    assert outcome.kind == kind
    assert (outcome.missed, outcome.extra, outcome.confused) == counts


@pytest.mark.parametrize(("truth", "digits", "kind", "counts"), CASES.values(), ids=CASES)
def test_strings_alone_say_the_same_of_simple_errors(truth, digits, kind, counts):
    outcome = classify(number(truth), None, "".join(digit for digit, _ in digits))
    assert outcome.kind == kind
    assert (outcome.missed, outcome.extra, outcome.confused) == counts


def test_pairs_name_the_partners():
    outcome = classify(number("123"), *read_at(("3", 20), ("8", 0), ("5", 60)))
    assert outcome.pairs == ((0, 1), (1, None), (2, 0), (None, 2))
    assert outcome.kind == "several"
    assert outcome[:1] + outcome[2:4] == (7, "123", "385")


def test_equal_strings_are_right_wherever_the_boxes_are():
    outcome = classify(number("12"), *read_at(("1", 50), ("2", 80)))
    assert outcome.kind == "right" and outcome.pairs == ((0, 0), (1, 1))


@pytest.mark.parametrize(
    "digits",
    [
        pytest.param([0], id="too few"),
        pytest.param([0, 1], id="another sequence"),
        pytest.param([1, 9], id="no such detection"),
        pytest.param([-1, 0], id="a negative index"),
    ],
)
def test_digits_that_do_not_spell_the_string_leave_strings_alone(digits):
    # By boxes two are missed and two extra; by strings the order is wrong.
    detections, reading = read_at(("2", 50), ("1", 70))
    assert classify(number("12"), detections, reading).kind == "several"
    outcome = classify(number("12"), detections, reading._replace(digits=np.array(digits)))
    assert outcome.kind == "wrong order"


def random_scene(rng) -> tuple[ImageRecord, Detections, Reading]:
    """Few digits and labels, boxes that often overlap: all kinds of errors occur."""
    truth = "".join(map(str, rng.integers(0, 3, rng.integers(0, 4))))
    digits = [
        (str(rng.integers(0, 3)), float(rng.integers(0, 30))) for _ in range(rng.integers(0, 4))
    ]
    if truth and rng.random() < 0.5:
        digits = [(digit, 10.0 * i) for i, digit in enumerate(truth)]
        rng.shuffle(digits)
        digits = [(str(digit), float(x)) for digit, x in digits[: rng.integers(0, 4)]]
    return number(truth), *read_at(*digits)


def test_every_image_is_of_one_kind_and_the_kind_says_how_to_mend_it():
    rng, seen = np.random.default_rng(0), set()
    for _ in range(2000):
        record, detections, reading = random_scene(rng)
        by_boxes = rng.random() < 0.5
        outcome = classify(record, detections, reading if by_boxes else reading.string)
        _, kind, truth, string, missed, extra, confused, pairs = outcome
        seen.add((kind, by_boxes))
        assert kind in KINDS and (kind == "right") == (truth == string)
        # Every digit is in one pair, true ones first.
        indices = [index for index, _ in pairs if index is not None]
        positions = [position for _, position in pairs if position is not None]
        assert indices == list(range(len(truth))) and sorted(positions) == list(range(len(string)))
        matched = [pair for pair in pairs if None not in pair]
        assert missed == len(truth) - len(matched) and extra == len(string) - len(matched)
        assert confused == sum(truth[index] != string[position] for index, position in matched)
        flaws = [missed > 0, extra > 0, confused > 0]
        if kind == "nothing read":
            assert string == "" != truth and missed == len(truth)
        elif kind == "missed digit":
            assert flaws == [True, False, False]
            assert "".join(truth[index] for index, _ in matched) == string
        elif kind == "extra digit":
            assert flaws == [False, True, False]
            assert "".join(string[p] for p in sorted(p for _, p in matched)) == truth
        elif kind == "confused digit":
            assert flaws == [False, False, True]
            mended = list(string)
            for index, position in matched:
                mended[position] = truth[index]
            assert "".join(mended) == truth
        elif kind == "wrong order":
            assert flaws == [False, False, False]
            assert "".join(string[position] for _, position in matched) == truth
        elif kind == "several":
            # What one kind of mending leaves wrong: flaws of two kinds, or one and the order.
            in_order = sorted(matched)
            as_read = sorted(matched, key=lambda pair: pair[1])
            reordered = [truth[i] for i, _ in in_order] != [truth[i] for i, _ in as_read]
            assert sum(flaws) + reordered >= 2
    assert seen == {(kind, by_boxes) for kind in KINDS for by_boxes in (True, False)}


def test_one_made_error_has_its_kind_by_boxes_and_by_strings():
    rng = np.random.default_rng(1)
    for _ in range(300):
        truth = "".join(map(str, rng.integers(0, 10, rng.integers(2, 6))))
        digits = [(digit, 10.0 * i + rng.uniform(-2, 2)) for i, digit in enumerate(truth)]
        place = int(rng.integers(len(truth)))
        kind = str(rng.choice(["missed digit", "extra digit", "confused digit", "wrong order"]))
        if kind == "missed digit":
            del digits[place]
        elif kind == "extra digit":
            digits.append((str(rng.integers(10)), 90.0))
        elif kind == "confused digit":
            other = (int(truth[place]) + int(rng.integers(1, 10))) % 10
            digits[place] = (str(other), digits[place][1])
        else:
            digits.sort(key=lambda digit: digit[0], reverse=digits[0][0] < digits[-1][0])
            if "".join(digit for digit, _ in digits) == truth:
                continue
        detections, reading = read_at(*digits)
        assert classify(number(truth), detections, reading).kind == kind
        assert classify(number(truth), None, reading.string).kind == kind


def iou(one: float, other: float) -> float:
    shared = max(10 - abs(one - other), 0)
    return shared / (20 - shared)


def test_pairs_have_the_largest_sum_of_all_pairings():
    rng = np.random.default_rng(2)
    for _ in range(200):
        record, detections, reading = random_scene(rng)
        outcome = classify(record, detections, reading)
        if outcome.kind == "right":
            continue
        places = detections.bboxes[reading.digits, 0]

        def weight(index, position, outcome=outcome, places=places):
            overlap = iou(10 * index, places[position])
            same = outcome.truth[index] == outcome.string[position]
            return overlap + LABEL_BONUS * same if overlap >= MIN_IOU else 0

        # With as many stand-ins as true digits, a permutation is any pairing.
        size = len(outcome.truth) + len(outcome.string)
        best = max(
            sum(
                weight(index, position)
                for index, position in enumerate(chosen)
                if position < len(outcome.string)
            )
            for chosen in permutations(range(size), len(outcome.truth))
        )
        paired = [weight(*pair) for pair in outcome.pairs if None not in pair]
        assert sum(paired) == pytest.approx(best) and all(value > 0 for value in paired)


def test_images_are_classified_in_order_and_each_needs_a_reading():
    records = [number("1")._replace(image_id=5), number("2")._replace(image_id=3)]
    detections, reading = read_at(("1", 0))
    outcomes = classify_all(records, {5: detections}, {3: "", 5: reading})
    assert [(o.image_id, o.kind) for o in outcomes] == [(5, "right"), (3, "nothing read")]
    assert classify_all(records, None, {3: "2", 5: "7"})[0].kind == "confused digit"
    with pytest.raises(KeyError):
        classify_all(records, None, {5: reading})


def test_a_digit_read_on_its_neighbour_is_not_that_digit_in_photographs(svhn):
    # The least overlap of a pair lies above what true digits share.
    pairs = not_paired = 0
    for record in read_image_set(labels=svhn / "valid.json").records:
        for one, other in combinations(record.annotations, 2):
            detections = Detections(
                np.array([other.bbox], dtype=float), np.array([one.label]), np.array([0.9])
            )
            alone = record._replace(annotations=[one._replace(label=(one.label + 1) % 10)])
            outcome = classify(alone, detections, Reading(str(one.label), np.array([0]), 0.9))
            pairs += 1
            not_paired += outcome.kind == "several"
    assert pairs == 460 and not_paired == 459


def test_detections_with_a_detectors_errors_give_each_kind_its_share(svhn, tmp_path):
    labels = svhn / "valid.json"
    images = read_image_set(labels=labels)
    detections = read_detections(
        write_made(tmp_path / "p.json", labels, seed=0, missed=0.1, confused=0.1), images
    )
    readings = {}
    for image_id, image in detections.items():
        kept = np.nonzero(image.scores >= 0.5)[0]
        kept = kept[np.argsort(image.bboxes[kept, 0], kind="stable")]
        readings[image_id] = Reading("".join(map(str, image.labels[kept])), kept, 0.5)
    outcomes = classify_all(images.records, detections, readings)
    right = [readings[i].string == t for i, t in zip(images.names, images.truths, strict=True)]
    assert [outcome.kind == "right" for outcome in outcomes] == right
    digits = sum(map(len, images.truths))
    # A tenth gets a random label, a tenth of those its own; a seventh has a score below .5.
    assert sum(outcome.confused for outcome in outcomes) / digits == pytest.approx(0.08, abs=0.03)
    assert {outcome.kind for outcome in outcomes} >= {"right", "missed digit", "several"}
