from itertools import chain
from types import SimpleNamespace

import pytest
from mmdet.registry import DATA_SAMPLERS
from mmengine.hooks import DistSamplerSeedHook
from mmengine.runner import Runner

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.errors import InputError


class Numbers(list):
    """A data set whose samples are their own indices, every third upright."""

    def get_data_info(self, index):
        return dict(width=20, height=30 if index % 3 else 10)


def build(length=100, fraction=0.1, seed=0, **kwargs):
    sampler = dict(type="RandomFractionSampler", fraction=fraction, seed=seed, **kwargs)
    return DATA_SAMPLERS.build(dict(sampler, dataset=Numbers(range(length))))


def epochs(sampler, first=0, last=10):
    drawn = []
    for epoch in range(first, last):
        sampler.set_epoch(epoch)
        drawn.append(list(sampler))
    return drawn


def loader(seed=0, length=50, **kwargs):
    """The runner's own loader: 50 samples make epochs of 5, hence batches of 2, 2 and 1."""
    sampler = dict(type="RandomFractionSampler", fraction=0.1)
    return Runner.build_dataloader(
        dict(dict(dataset=Numbers(range(length)), batch_size=2, sampler=sampler), **kwargs),
        seed=seed,
    )


@pytest.mark.parametrize(
    ("length", "fraction", "count"),
    [
        (30062, 0.1, 3006),  # 3006.2: R2's epoch
        (16, 0.1, 2),  # 1.6
        (25, 0.1, 2),  # 2.5: halves go to the even number
        (35, 0.1, 4),  # 3.5
        (3, 0.1, 1),  # 0.3, but never none
        (7, 1, 7),
    ],
)
def test_an_epoch_is_the_fraction_without_repetition(length, fraction, count):
    sampler = build(length, fraction)
    drawn = list(sampler)
    assert len(drawn) == len(set(drawn)) == len(sampler) == count
    assert set(drawn) <= set(range(length))
    assert all(type(index) is int for index in drawn)


def test_every_epoch_is_another_draw():
    drawn = epochs(build())
    assert len({frozenset(part) for part in drawn}) == 10
    # 10 draws of a tenth reach 1 - 0.9 ** 10 = 65% of the data on average.
    assert 50 <= len(set().union(*drawn)) <= 80


def test_samples_are_drawn_equally_often():
    # 10 of 40 samples in each of 2,000 epochs: 500 times each, standard deviation 19.4.
    counts = [0] * 40
    for part in epochs(build(40, 0.25), last=2000):
        for index in part:
            counts[index] += 1
    assert sum(counts) == 20000 and 420 < min(counts) and max(counts) < 580


def test_the_seed_decides():
    assert epochs(build(seed=4)) == epochs(build(seed=4))
    # Neighbouring seeds don't give the same draws an epoch later.
    one, two = (({frozenset(p) for p in epochs(build(seed=seed))}) for seed in (4, 5))
    assert not one & two


def test_an_epoch_does_not_depend_on_those_before():
    assert epochs(build(), first=6) == epochs(build())[6:]


def test_without_a_seed_it_is_drawn(monkeypatch):
    monkeypatch.setattr("mmengine.dataset.sampler.sync_random_seed", lambda: 4)
    assert epochs(build(seed=None)) == epochs(build(seed=4))


def parts_of(monkeypatch, ranks, *arguments, **options) -> list[list[int]]:
    """What each rank uses in epoch 1."""
    parts = []
    for rank in range(ranks):
        name = "mmengine.dataset.sampler.get_dist_info"
        monkeypatch.setattr(name, lambda rank=rank: (rank, ranks))
        sampler = build(*arguments, **options)
        sampler.set_epoch(1)
        parts.append(list(sampler))
        assert len(sampler) == len(parts[-1])
    return parts


@pytest.mark.parametrize(
    ("ranks", "round_up", "lengths"),
    [
        (2, True, [6, 6]),
        (2, False, [6, 5]),
        (3, True, [4, 4, 4]),
        (4, True, [3, 3, 3, 3]),
        (4, False, [3, 3, 3, 2]),
    ],
)
def test_ranks_share_an_epoch_and_no_sample(monkeypatch, ranks, round_up, lengths):
    whole = build(110, round_up=round_up)  # eleven samples
    whole.set_epoch(1)
    parts = parts_of(monkeypatch, ranks, 110, round_up=round_up)
    assert [len(part) for part in parts] == lengths
    used = [index for part in parts for index in part]
    assert len(set(used)) == len(used) and set(whole) <= set(used)


def test_where_the_data_set_has_no_more_samples_some_are_used_twice(monkeypatch):
    parts = parts_of(monkeypatch, 4, 10, fraction=1.0)
    assert [len(part) for part in parts] == [3] * 4
    used = [index for part in parts for index in part]
    assert set(used) == set(range(10)) and max(map(used.count, used)) == 2


def test_more_ranks_than_samples_each_get_one_of_their_own(monkeypatch):
    parts = parts_of(monkeypatch, 5, 20)  # two samples
    assert [len(part) for part in parts] == [1] * 5
    assert len({index for part in parts for index in part}) == 5


@pytest.mark.parametrize(
    "batch_sampler", [None, dict(type="AspectRatioBatchSampler")], ids=["plain", "by_shape"]
)
def test_the_hook_moves_the_loader_to_the_epoch(batch_sampler):
    expected = epochs(build(50))
    batches = loader(batch_sampler=batch_sampler)
    runner = SimpleNamespace(train_loop=SimpleNamespace(dataloader=batches))
    for runner.epoch in (0, 1, 7):
        DistSamplerSeedHook().before_train_epoch(runner)
        seen = list(batches)
        assert [len(batch) for batch in seen] == [2, 2, 1] and len(batches) == 3
        assert sorted(chain(*seen)) == sorted(expected[runner.epoch])


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, float("nan")])
def test_an_impossible_fraction_is_refused(fraction):
    with pytest.raises(InputError, match="above 0 and at most 1"):
        build(fraction=fraction)


def test_an_empty_data_set_is_refused():
    with pytest.raises(InputError, match="data set is empty"):
        build(0)
