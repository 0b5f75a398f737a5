"""Timings that can be compared: taken in turn in one process, as medians with quartiles."""

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from timeit import Timer
from typing import NamedTuple

import numpy as np
from torch.utils.benchmark.utils.timer import timer


class Timing(NamedTuple):
    """How long a call takes, in seconds.

    Attributes:
        median: The median.
        lower: The lower quartile.
        upper: The upper quartile.
        times: Every time, in the order in which they were taken.
    """

    median: float
    lower: float
    upper: float
    times: list[float]

    @classmethod
    def of(cls, times: Iterable[float]) -> "Timing":
        """Summarise times.

        Args:
            times: At least one, in seconds.
        """
        times = [float(time) for time in times]
        lower, median, upper = np.quantile(times, [0.25, 0.5, 0.75]).tolist()
        return cls(median, lower, upper, times)


def counted(say: Callable[[str], object], what: str, total: int) -> Callable[[], object]:
    """Make what tells, call by call, how many are done.

    Args:
        say: Is told.
        what: Is being timed.
        total: How many calls there are.

    Returns:
        To be called after each.
    """
    made = count(1)
    return lambda: say(f"{what}: {next(made)} of {total} calls")


def time_in_turn(
    calls: Mapping[str, Callable[[], object]],
    repeats: int,
    warmup: int = 1,
    done: Callable[[], object] = lambda: None,
) -> dict[str, Timing]:
    """Time calls in turn, A B C A B C, so that what slows the machine slows all of them.

    PyTorch's clock waits for a GPU to be done. (Its ``torch.utils.benchmark.Timer`` makes two calls
    more before each that it times, too many where one takes half a minute.) Garbage isn't
    collected while a call is timed.

    Args:
        calls: What to time, by name.
        repeats: How often each, at least 1.
        warmup: Calls of each that aren't counted, before all others.
        done: Called after every call, warm-up included; for a progress bar.

    Returns:
        The timings, by name.
    """
    for call in calls.values():
        for _ in range(warmup):
            call()
            done()
    times = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            times[name].append(Timer(call, timer=timer).timeit(1))
            done()
    return {name: Timing.of(of_name) for name, of_name in times.items()}
