"""The search, with judges whose best options are known."""

from dataclasses import replace

import numpy as np
import pytest
from labelled_sets import case_of

from mmdigits.reading import DigitReader
from mmdigits.tuning.cases import right
from mmdigits.tuning.steps import STEPS, THRESHOLDS, search

EVERY = np.ones(4, dtype=bool)


def judging(*criteria):
    """A judge for whom each criterion that a reader meets is one of four images right."""

    def judge(reader: DigitReader) -> np.ndarray:
        return np.array([bool(met(reader)) for met in criteria] + [False] * (4 - len(criteria)))

    return judge


def between(low: float, high: float):
    return lambda reader: low <= reader.score_thr <= high


@pytest.mark.parametrize("name", STEPS)
def test_every_step_finds_the_best_threshold_and_takes_the_middle_of_its_run(name):
    found = search(name, DigitReader(score_thr=0.9), judging(between(0.3, 0.6)), EVERY)
    assert found == DigitReader(score_thr=0.45)


def test_the_middle_is_that_of_the_longest_run():
    met = judging(lambda r: 0.1 <= r.score_thr <= 0.2 or 0.5 <= r.score_thr <= 0.7)
    assert search("score threshold", DigitReader(score_thr=0.9), met, EVERY).score_thr == 0.6


def test_a_better_threshold_beats_a_longer_run():
    judge = judging(between(0.3, 0.8), between(0.6, 0.65))
    found = search("score threshold", DigitReader(score_thr=0.05), judge, EVERY)
    assert found.score_thr in (0.6, 0.65)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize(
    "start",
    [DigitReader(), DigitReader(score_thr=0.33, max_digits=2, iou_thr=0.9, order="x")],
    ids=["plain", "changed"],
)
def test_a_step_that_adds_nothing_leaves_the_reader_as_it_is(name, start):
    for judge in (judging(), judging(lambda reader: True), judging(between(0.3, 0.6))):
        assert search(name, start, judge, EVERY) == start


@pytest.mark.parametrize(
    ("name", "met"),
    [
        ("suppression", lambda reader: reader.containment_thr < 1),
        ("suppression", lambda reader: reader.iou_thr > 0.65),
        ("suppression", lambda reader: reader.iou_thr < 0.35),
        (
            "fall-back levels",
            lambda reader: reader.fallback_thrs and reader.fallback_thrs[-1] < 0.2,
        ),
        ("size limits", lambda reader: reader.height_range is not None),
        ("size limits", lambda reader: reader.width_range is not None),
        ("most digits", lambda reader: reader.max_digits == 4),
    ],
)
def test_a_step_finds_its_options_and_changes_no_others(name, met):
    start = DigitReader(score_thr=0.5, order="x", candidate_thr=0.1)
    found = search(name, start, judging(met), EVERY)
    assert met(found) and not met(start)
    searched = ("iou_thr", "containment_thr", "fallback_thrs", "height_range", "width_range")
    plain = {option: getattr(start, option) for option in (*searched, "max_digits")}
    assert replace(found, **plain) == start


@pytest.mark.parametrize(
    ("name", "met"),
    [
        ("score threshold", lambda reader: reader.containment_thr < 1),
        ("most digits", lambda reader: reader.containment_thr < 1),
        ("suppression", lambda reader: reader.max_digits == 4),
    ],
)
def test_a_step_does_not_touch_the_options_of_others(name, met):
    assert search(name, DigitReader(), judging(met), EVERY) == DigitReader()


def test_the_threshold_is_searched_again_with_the_new_options():
    # A lower threshold helps only once long numbers are cut.
    judge = judging(
        lambda reader: reader.max_digits == 4,
        lambda reader: reader.max_digits == 4 and reader.score_thr <= 0.3,
    )
    found = search("most digits", DigitReader(), judge, EVERY)
    assert found.max_digits == 4 and found.score_thr <= 0.3


def test_only_the_images_that_count_are_counted():
    def judge(reader: DigitReader) -> np.ndarray:
        return np.array([reader.score_thr < 0.3, reader.score_thr < 0.3, reader.score_thr > 0.7])

    start = DigitReader()
    assert search("score threshold", start, judge, np.array([True, True, True])).score_thr < 0.3
    assert search("score threshold", start, judge, np.array([False, False, True])).score_thr > 0.7
    assert search("score threshold", start, judge, np.array([False, False, False])) == start


def test_options_are_found_on_detections():
    # A 1 inside every true 7, and in one image a digit too weak for the start's threshold.
    seven, inside, four = (7, 0, 0, 20, 30), (1, 14, 2, 4, 26, 0.6), (4, 22, 0, 15, 30)
    cases = [
        case_of([seven], [(*seven, 0.9), inside]),
        case_of([seven, four], [(*seven, 0.9), inside, (*four, 0.42)]),
    ]
    assert right(DigitReader(), cases).tolist() == [False, False]
    found = search("suppression", DigitReader(), lambda r: right(r, cases), EVERY[:2])
    assert right(found, cases).tolist() == [True, True]
    assert found.score_thr < 0.42 and found.score_thr in THRESHOLDS
