import pytest

from mmdigits.benchmark import timing
from mmdigits.benchmark.timing import Timing, time_in_turn


def test_calls_are_timed_in_turn_and_the_warm_up_is_not_counted(monkeypatch):
    clock, order = [0.0], []

    def call(name, seconds):
        order.append(name)
        clock[0] += seconds if len(order) > 4 else 100

    monkeypatch.setattr(timing, "timer", lambda: clock[0])
    calls = dict(a=lambda: call("a", 1), b=lambda: call("b", len(order)))
    timings = time_in_turn(calls, repeats=3, warmup=2)
    assert order == ["a", "a", "b", "b"] + ["a", "b"] * 3
    assert timings["a"].times == [1, 1, 1]
    assert timings["b"].times == [5, 7, 9]


def test_a_timing_is_its_median_and_quartiles():
    assert Timing.of([5, 1, 2, 4, 3])[:3] == (3, 2, 4)
    assert Timing.of([7])[:3] == (7, 7, 7)


def test_progress_is_told_after_every_call():
    told = []
    time_in_turn(dict(a=int, b=int), repeats=2, warmup=1, done=lambda: told.append(1))
    assert len(told) == 6


def test_what_a_call_raises_is_passed_on():
    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        time_in_turn(dict(a=fail), repeats=1, warmup=0)
