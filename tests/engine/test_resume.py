"""A killed and resumed run has the rates and the samples of one that nobody disturbed."""

from itertools import count

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner

import mmdigits.datasets
import mmdigits.engine  # noqa: F401  registers

# 12 epochs of 5 samples in batches of 2, 2 and 1 make 36 iterations; the kinds R0 to R4 use.
EPOCHS, ITERATIONS = 12, 36
SCHEDULES = {
    "warmup": dict(type="LinearWarmupCosineLR", warmup=0.25, by_epoch=False),
    "restarts": dict(
        type="CosineRestartLR",
        by_epoch=False,
        periods=[7, 14, 28],
        restart_weights=[1, 1, 1],
        eta_min=0,
    ),
    "step": dict(type="StepLR", step_size=3, gamma=0.3),
    "cosine": dict(type="CosineAnnealingLR", T_max=EPOCHS, eta_min=1e-6),
    "constant": None,
}
names = (f"resume_{number}" for number in count())


class Killed(Exception):
    """Stands for whatever ends a run without its consent."""


class Numbers(list):
    """A data set whose samples are their own indices, every third upright."""

    def get_data_info(self, index):
        return dict(width=20, height=30 if index % 3 else 10)


class Recorder(BaseModel):
    """Note the iteration's rates and samples; die at the given iteration."""

    def __init__(self, dies_at):
        super().__init__()
        self.weights = torch.nn.ParameterList(torch.zeros(1) for _ in range(2))
        self.dies_at = dies_at
        self.seen = []

    def train_step(self, data, optim_wrapper):
        if len(self.seen) == self.dies_at:
            raise Killed
        self.seen.append(([group["lr"] for group in optim_wrapper.param_groups], list(data)))
        return super().train_step(data, optim_wrapper)

    def forward(self, *indices, mode):
        return dict(loss=sum(weight.sum() for weight in self.weights))


def train(work_dir, loop, schedule, dies_at=None, resume=False, **loader):
    """Run to the end, or to the iteration ``dies_at`` of this start; return what was seen."""
    by_epoch = loop["type"] == "EpochBasedTrainLoop"
    if not by_epoch and schedule is not None:
        schedule = dict(schedule, by_epoch=False)
    sampler = dict(type="RandomFractionSampler", fraction=0.1)
    model = Recorder(dies_at)
    runner = Runner(
        model,
        str(work_dir),
        train_dataloader=dict(
            dict(dataset=Numbers(range(50)), batch_size=2, sampler=sampler), **loader
        ),
        train_cfg=loop,
        optim_wrapper=dict(
            optimizer=dict(type="SGD", lr=0.1, momentum=0.9),
            paramwise_cfg=dict(custom_keys={"weights.1": dict(lr_mult=0.5)}),
        ),
        param_scheduler=[] if schedule is None else [schedule],
        default_hooks=dict(
            checkpoint=dict(type="CheckpointHook", by_epoch=by_epoch, interval=2 if by_epoch else 5)
        ),
        resume=resume,
        randomness=dict(seed=7),
        experiment_name=next(names),
        default_scope="mmdet",
        log_level="ERROR",
    )
    try:
        runner.train()
    except Killed:
        assert dies_at is not None
    return model.seen


LOOPS = {
    # Killed in epoch 8: epochs 0 to 7 are in the checkpoint, the begun one starts again.
    "epochs": (dict(type="EpochBasedTrainLoop", max_epochs=EPOCHS), 25, 24),
    # Killed in iteration 23: 20 are in the checkpoint, which is in the middle of a draw.
    "iterations": (dict(type="IterBasedTrainLoop", max_iters=ITERATIONS), 23, 20),
}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    """MMEngine pauses two seconds whenever an iteration-based run begins the data anew."""
    monkeypatch.setattr("mmengine.runner.loops.time.sleep", lambda seconds: None)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_resumed_run_goes_on_as_if_nothing_had_happened(tmp_path, loop, schedule):
    loop, dies_at, saved = LOOPS[loop]
    schedule = SCHEDULES[schedule]
    whole = train(tmp_path / "whole", loop, schedule)
    assert len(whole) == ITERATIONS
    killed = train(tmp_path / "killed", loop, schedule, dies_at)
    assert killed == whole[:dies_at]
    resumed = train(tmp_path / "killed", loop, schedule, resume=True)
    assert resumed == whole[saved:]


@pytest.mark.parametrize("loop", LOOPS)
def test_so_does_one_whose_batches_are_grouped_by_shape(tmp_path, loop):
    loop, dies_at, saved = LOOPS[loop]
    grouped = dict(batch_sampler=dict(type="AspectRatioBatchSampler"))
    whole = train(tmp_path / "whole", loop, None, **grouped)
    draws = [whole[start : start + 3] for start in range(0, ITERATIONS, 3)]
    assert len({frozenset(i for _, batch in draw for i in batch) for draw in draws}) == EPOCHS
    train(tmp_path / "killed", loop, None, dies_at, **grouped)
    assert train(tmp_path / "killed", loop, None, resume=True, **grouped) == whole[saved:]
