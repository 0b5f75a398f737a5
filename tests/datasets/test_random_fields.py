import numpy as np
import pytest

from mmdigits.datasets.random_fields import displaced, elastic_field, noise, stretched_noise


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


@pytest.mark.parametrize(
    "cells", [(0.5, 1), (1.5, 1), (2, 7), (5, 5), (40, 33), (500, 400), (3, 90)]
)
@pytest.mark.parametrize("fields", [None, 1, 2])
def test_hills_fill_any_size(cells, fields):
    for size in ((1, 1), (7, 3), (64, 40), (333, 2)):
        hills = stretched_noise(size, cells, np.random.default_rng(0), fields)
        assert hills.shape == (*size[::-1], *([] if fields is None else [fields]))
        assert hills.dtype == np.float32
        assert np.isfinite(hills).all()


@pytest.mark.parametrize(("cell", "deviation"), [(1, 1), (2.5, 0.65), (6, 0.85), (30, 0.85)])
def test_hills_are_as_high_and_as_wide_as_said(cell, deviation):
    hills = np.array([noise((160, 96), cell, np.random.default_rng(seed), 2) for seed in range(60)])
    assert hills.std() == pytest.approx(deviation, rel=0.08)
    assert abs(hills.mean()) < 0.1
    both = np.corrcoef(hills[..., 0].ravel(), hills[..., 1].ravel())[0, 1]
    assert abs(both) < 0.1
    near, far = (
        np.mean(hills[:, :, :-step] * hills[:, :, step:]) / hills.var()
        for step in (max(1, round(cell / 4)), round(2.5 * cell) + 1)
    )
    assert abs(far) < 0.1
    assert cell == 1 or near > 0.6


def test_wide_hills_have_no_steps():
    for seed in range(5):
        hills = noise((300, 4), 150, np.random.default_rng(seed))
        bends = np.abs(np.diff(hills, 2, axis=1)).max()
        assert bends < 0.3 * np.abs(np.diff(hills, axis=1)).max()


def test_a_pixel_comes_from_its_own_place_and_the_displacement():
    field = np.random.default_rng(0).normal(size=(3, 5, 2)).astype(np.float32)
    given = field.copy()
    places = displaced(field)
    assert places.dtype == np.float32
    np.testing.assert_array_equal(field, given)
    for y in range(3):
        for x in range(5):
            np.testing.assert_array_equal(places[y, x], np.float32([x, y]) + field[y, x])
