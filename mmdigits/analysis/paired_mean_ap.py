"""Two runs on the same images: how far their mAP is apart."""

from typing import NamedTuple

import numpy as np

from mmdigits.analysis.average_precision import AveragePrecision
from mmdigits.analysis.bootstrap import basic_interval, draws
from mmdigits.errors import InputError


class PairedMeanAP(NamedTuple):
    """The mAP of two runs on the same images.

    Attributes:
        a: mAP of run A, in [0, 1].
        a_low: Lower bound of its interval, that of :meth:`AveragePrecision.interval`.
        a_high: Upper bound.
        b: mAP of run B.
        b_low: Lower bound of its interval.
        b_high: Upper bound.
        difference: ``b`` - ``a``, in [-1, 1].
        low: Lower bound of its interval.
        high: Upper bound.
        p: 1 minus the coverage of the interval that just reaches 0; small when 0 is far outside.
        resamples: How many draws of the images it's from.
    """

    a: float
    a_low: float
    a_high: float
    b: float
    b_low: float
    b_high: float
    difference: float
    low: float
    high: float
    p: float
    resamples: int


def paired_mean_ap(
    a: AveragePrecision,
    b: AveragePrecision,
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> PairedMeanAP:
    """Compare the mAP of two runs by a bootstrap over the images, the same draws for both.

    Source: Davison and Hinkley, Bootstrap Methods and their Application, 1997: eq. 5.6 for the
    interval, chapter 4 for counting one more draw in p, which is never 0.

    Args:
        a: Run A.
        b: Run B, on the same images.
        resamples: How often as many images are drawn, with replacement; p isn't less than 2 over
            one more than that.
        seed: Of the draws.
        confidence: Coverage of the interval, in (0, 1).

    Returns:
        The comparison; draws without a true box don't count.

    Raises:
        ValueError: If the runs are on different images.
        InputError: If no draw has a true box.
    """
    if a.image_ids != b.image_ids:
        raise ValueError(
            f"paired_mean_ap: {len(a.image_ids)} and {len(b.image_ids)} images, not the same ones; "
            "give two runs on one set"
        )
    drawn = np.array(
        [(a.of(images), b.of(images)) for images in draws(len(a.image_ids), resamples, seed)]
    )
    # Whether a draw has a true box doesn't depend on the run.
    of_a, of_b = drawn[drawn[:, 0] >= 0].T
    if not of_a.size:
        raise InputError(f"mAP: no true box in {resamples} draws of the images; draw more often")
    differences, difference = of_b - of_a, b.at() - a.at()
    low, high = basic_interval(difference, differences, confidence)
    # The interval reaches 0 where a draw is twice as far from 0 as the value.
    across = min((differences >= 2 * difference).sum(), (differences <= 2 * difference).sum())
    return PairedMeanAP(
        *(a.at(), *_in_range(basic_interval(a.at(), of_a, confidence))),
        *(b.at(), *_in_range(basic_interval(b.at(), of_b, confidence))),
        *(difference, max(low, -1.0), min(high, 1.0)),
        min(1.0, 2 * (int(across) + 1) / (of_a.size + 1)),
        of_a.size,
    )


def _in_range(interval: tuple[float, float]) -> tuple[float, float]:
    return max(interval[0], 0.0), min(interval[1], 1.0)
