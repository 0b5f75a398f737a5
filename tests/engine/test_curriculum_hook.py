from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmdet.registry import HOOKS
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch.utils.data import ConcatDataset, DataLoader, SequentialSampler

import mmdigits.datasets
import mmdigits.engine  # noqa: F401  registers
from mmdigits.errors import InputError


def loader(batch_size=4, batch_sampler=None, **sampler):
    settings = dict(batch_size=4, batches=3, start_ratio=[0, 1], end_ratio=[1, 0]) | sampler
    config = dict(type="CurriculumSampler", **settings)
    dataset = ConcatDataset([list(range(50)), list(range(50, 100))])
    return Runner.build_dataloader(
        dict(dataset=dataset, batch_size=batch_size, sampler=config, batch_sampler=batch_sampler)
    )


def begin_run(train_dataloader, epochs=6):
    runner = SimpleNamespace(
        train_dataloader=train_dataloader, max_iters=epochs * len(train_dataloader), max_epochs=1
    )
    HOOKS.build(dict(type="CurriculumHook")).before_train(runner)
    return train_dataloader.sampler


def test_a_curriculum_without_an_end_ends_with_the_run():
    sampler = begin_run(loader())
    assert sampler.end == 6
    np.testing.assert_allclose(sampler.shares(1.5), [0.25, 0.75])
    sampler.set_epoch(5)
    assert sum(index < 50 for index in sampler) >= 10  # of 12, in the last of 6 epochs


def test_an_end_of_ones_own_is_kept():
    assert begin_run(loader(end=2)).end == 2


def test_other_samplers_are_left_alone():
    dataset = list(range(8))
    plain = DataLoader(dataset, 2, sampler=SequentialSampler(dataset))
    before = dict(vars(plain.sampler))
    begin_run(plain)
    assert vars(plain.sampler) == before


def test_without_the_hook_a_curriculum_without_an_end_is_refused():
    sampler = loader().sampler
    with pytest.raises(InputError, match="CurriculumHook"):
        next(iter(sampler))


class Model(BaseModel):
    """Note which images a run sees."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.seen = []

    def train_step(self, data, optim_wrapper):
        self.seen += list(data)
        return super().train_step(data, optim_wrapper)

    def forward(self, *images, mode):
        return dict(loss=self.weight.sum())


@pytest.mark.parametrize(
    "length",
    [
        dict(type="EpochBasedTrainLoop", max_epochs=4),
        dict(type="IterBasedTrainLoop", max_iters=12),
    ],
    ids=["by_epoch", "by_iteration"],
)
def test_a_run_ends_with_the_second_mixture_however_it_is_counted(tmp_path, length):
    runner = Runner(
        Model(),
        str(tmp_path),
        train_dataloader=loader(),
        train_cfg=length,
        optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.1)),
        default_scope="mmdet",
        default_hooks=dict(curriculum=dict(type="CurriculumHook")),
        experiment_name=f"curriculum {length['type']}",
    )
    model = runner.train()
    photographs = (np.reshape(model.seen, (4, 12)) < 50).sum(axis=1)
    assert runner.train_dataloader.sampler.end == 4
    assert (np.diff(photographs) > 0).all()
    assert photographs[0] <= 2 and photographs[-1] >= 10


def test_a_sampler_within_a_batch_sampler_is_found():
    grouped = loader(batch_sampler=dict(type="AspectRatioBatchSampler"))
    begin_run(grouped)
    assert grouped.batch_sampler.sampler.end == 6


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (dict(batch_size=2), r"sampler\.batch_size is 4 and train_dataloader\.batch_size 2"),
        (dict(begin=7), "begin is 7, but the run ends after 6 epochs"),
    ],
)
def test_a_curriculum_that_does_not_fit_the_run_is_refused(settings, named):
    with pytest.raises(InputError, match=named):
        begin_run(loader(**settings))
