import numpy as np
import pytest
from mmdet.registry import DATA_SAMPLERS
from mmengine.hooks import DistSamplerSeedHook
from mmengine.runner import Runner
from torch.utils.data import ConcatDataset

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.datasets.samplers import curriculum_sampler
from mmdigits.errors import InputError

PHOTOS, RENDERED = 30, 500


class Numbers(list):
    """A data set whose samples are their own indices."""


def mixture(*sizes):
    return ConcatDataset([Numbers(range(size)) for size in sizes or (PHOTOS, RENDERED)])


def build(**kwargs):
    settings = dict(batch_size=8, batches=10, start_ratio=[0, 1], end_ratio=[1, 1], begin=1, end=3)
    dataset = kwargs.pop("dataset", mixture())
    sampler = dict(type="CurriculumSampler", seed=0, dataset=dataset)
    return DATA_SAMPLERS.build(sampler | settings | kwargs)


def epochs(sampler, numbers):
    drawn = []
    for epoch in numbers:
        sampler.set_epoch(epoch)
        drawn.append(list(sampler))
    return drawn


def photos_in(batches):
    return [sum(index < PHOTOS for index in batch) for batch in batches]


def test_shares_move_linearly_between_two_epochs_and_stay_outside_them():
    sampler = build()
    wanted = {
        0: [0, 1],
        1: [0, 1],
        1.5: [0.125, 0.875],
        2: [0.25, 0.75],
        3: [0.5, 0.5],
        9: [0.5, 0.5],
    }
    for epoch, shares in wanted.items():
        np.testing.assert_allclose(sampler.shares(epoch), shares)


def test_shares_jump_where_begin_is_end():
    sampler = build(begin=2, end=2)
    assert sampler.shares(1.999).tolist() == [0, 1]
    assert sampler.shares(2).tolist() == [0.5, 0.5]


def test_every_batch_has_its_shares():
    drawn = epochs(build(begin=2, end=2), range(4))
    batches = [epoch[start : start + 8] for epoch in drawn for start in range(0, 80, 8)]
    assert photos_in(batches) == [0] * 20 + [4] * 20


def test_shares_that_are_no_whole_numbers_are_met_on_average():
    sampler = build(start_ratio=[1, 4], end_ratio=[1, 4], batches=100)  # 1.6 photographs of 8
    counts = photos_in(np.reshape(list(sampler), (100, 8)))
    assert set(counts) == {1, 2}
    assert sum(counts) == 160
    assert abs(np.cumsum(counts) - 1.6 * np.arange(1, 101)).max() < 1


def test_a_part_is_drawn_through_before_it_comes_again():
    sampler = build(begin=0, end=0)  # 4 photographs of 8, 40 an epoch: one passage is 30
    photos = [index for epoch in epochs(sampler, range(6)) for index in epoch if index < PHOTOS]
    passages = [photos[start : start + PHOTOS] for start in range(0, 240, PHOTOS)]
    assert all(sorted(passage) == list(range(PHOTOS)) for passage in passages)
    assert passages[0] != passages[1]


def test_indices_are_those_of_the_concatenation():
    drawn = [index for epoch in epochs(build(), range(5)) for index in epoch]
    assert 0 <= min(drawn) and max(drawn) < PHOTOS + RENDERED
    assert max(drawn) >= PHOTOS + RENDERED / 2


def test_an_epoch_is_the_same_whether_or_not_earlier_ones_were_drawn():
    assert epochs(build(), [4]) == epochs(build(), range(5))[4:]


def test_seeds_draw_differently():
    assert list(build(seed=1)) != list(build(seed=2))


def test_processes_share_no_image_before_a_part_is_through(monkeypatch):
    drawn = []
    for rank in range(2):
        monkeypatch.setattr(curriculum_sampler, "get_dist_info", lambda rank=rank: (rank, 2))
        drawn.append(list(build(batches=15)))  # 120 of 500 each
    assert len(set(drawn[0]) | set(drawn[1])) == 240


def test_the_runner_draws_new_images_each_epoch():
    sampler = dict(
        type="CurriculumSampler",
        batch_size=4,
        batches=3,
        start_ratio=[1, 3],
        end_ratio=[1, 3],
        begin=0,
        end=0,
    )
    loader = Runner.build_dataloader(dict(dataset=mixture(), batch_size=4, sampler=sampler), seed=0)
    seen = []
    for epoch in range(2):
        runner = type("Runner", (), dict(train_loop=type("Loop", (), dict(dataloader=loader))))
        runner.epoch = epoch
        DistSamplerSeedHook().before_train_epoch(runner)
        assert len(loader) == 3
        seen.append([index for batch in loader for index in batch])
    assert not set(seen[0]) & set(seen[1])


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (dict(start_ratio=[1]), r"start_ratio=\[1\] for 2 data sets"),
        (dict(end_ratio=[1, -1]), r"end_ratio=\[1, -1\]"),
        (dict(end_ratio=[0, 0]), r"end_ratio=\[0, 0\]"),
        (dict(dataset=Numbers(range(3))), "for 0 data sets"),
        (dict(batch_size=0), "batch_size=0"),
        (dict(batches=0), "batches=0"),
        (dict(begin=-1), "begin=-1"),
        (dict(begin=4), "begin=4, end=3"),
    ],
)
def test_settings_out_of_range_are_refused(settings, named):
    with pytest.raises(InputError, match=named):
        build(**settings)
