import numpy as np
import pytest

from mmdigits.datasets.random_fields import elastic_field


def fields(deviation, count=50):
    return [
        elastic_field((192, 96), 40, deviation, np.random.default_rng(seed))
        for seed in range(count)
    ]


def test_displacements_have_the_deviation_asked_for():
    assert np.std(fields(1.0)) == pytest.approx(1.0, rel=0.08)
    assert not np.any(fields(0.0, 1))


@pytest.mark.parametrize("deviation", [1, 4, 40])
def test_nothing_folds_over_however_strong_the_distortion(deviation):
    for field in fields(deviation):
        # Of the map p -> p + field(p); above 0 everywhere it is one to one and mirrors nothing.
        (x_by_y, x_by_x), (y_by_y, y_by_x) = (np.gradient(field[..., i]) for i in range(2))
        assert ((1 + x_by_x) * (1 + y_by_y) - x_by_y * y_by_x).min() > 0.05
