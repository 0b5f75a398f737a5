import pytest
from mmdet.registry import DATA_SAMPLERS

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.errors import InputError


class Numbers(list):
    """A data set that takes epoch * length + index."""

    takes_epoch_indices = True


def build(length=7, **kwargs):
    dataset = Numbers(range(length))
    return DATA_SAMPLERS.build(
        dict(type="EpochIndexSampler", dataset=dataset, **dict(dict(seed=0), **kwargs))
    )


def test_a_data_set_that_does_not_take_such_indices_is_refused():
    with pytest.raises(InputError, match=r"range does not take .* set the loader's sampler to"):
        DATA_SAMPLERS.build(dict(type="EpochIndexSampler", dataset=range(7)))


def test_the_first_epoch_is_that_of_the_stock_sampler():
    stock = DATA_SAMPLERS.build(dict(type="DefaultSampler", dataset=range(7), seed=0))
    assert list(build()) == list(stock)


def test_an_epoch_is_a_permutation_moved_by_whole_lengths():
    sampler = build()
    sampler.set_epoch(3)
    assert sorted(sampler) == list(range(21, 28))
    assert list(sampler) == list(sampler)
    assert len(sampler) == 7


def test_epochs_are_shuffled_differently():
    sampler = build(50)
    first = list(sampler)
    sampler.set_epoch(1)
    assert [index - 50 for index in sampler] != first


def test_order_is_kept_without_shuffling():
    sampler = build(shuffle=False)
    sampler.set_epoch(2)
    assert list(sampler) == list(range(14, 21))


@pytest.mark.parametrize("round_up", [True, False])
def test_ranks_share_an_epoch(monkeypatch, round_up):
    parts = []
    for rank in range(2):
        monkeypatch.setattr("mmengine.dataset.sampler.get_dist_info", lambda rank=rank: (rank, 2))
        sampler = build(round_up=round_up)
        sampler.set_epoch(1)
        parts.append(list(sampler))
    # Seven indices for two ranks: one is asked for twice when the ranks must be equally long.
    assert [len(part) for part in parts] == ([4, 4] if round_up else [4, 3])
    assert set(parts[0]) | set(parts[1]) == set(range(7, 14))
    assert len(set(parts[0]) & set(parts[1])) == (1 if round_up else 0)
