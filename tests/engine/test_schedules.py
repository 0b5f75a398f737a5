"""The learning rate at every iteration of a whole run, compared with what the reports used."""

import math
from itertools import count

import pytest
import torch
from mmdet.registry import PARAM_SCHEDULERS
from mmengine.config import Config
from mmengine.hooks import ParamSchedulerHook
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from torch.optim import lr_scheduler

import mmdigits.datasets
import mmdigits.engine  # noqa: F401  registers
from mmdigits.engine import LinearWarmupCosineLR
from mmdigits.errors import InputError

TRAINING_IMAGES = 30062
# Nothing is trained here: the rates are read off.
pytestmark = pytest.mark.filterwarnings("ignore:Detected call of")
names = (f"schedules_{number}" for number in count())


def hugging_face(optimizer, steps, warmup=0.05):
    """transformers.get_cosine_schedule_with_warmup, by its published formula."""
    rising = int(warmup * steps)

    def factor(step):
        if step < rising:
            return step / max(1, rising)
        progress = (step - rising) / max(1, steps - rising)
        return max(0.0, 0.5 * (1.0 + math.cos(math.pi * 0.5 * 2.0 * progress)))

    return lr_scheduler.LambdaLR(optimizer, factor)


def step_lr(size, gamma):
    return lambda optimizer, steps: lr_scheduler.StepLR(optimizer, size, gamma)


def constant(optimizer, steps):
    return lr_scheduler.ConstantLR(optimizer, factor=1)


def cosine(optimizer, steps):
    return lr_scheduler.CosineAnnealingLR(optimizer, T_max=10, eta_min=1e-6)


def restarts(optimizer, steps):
    return lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=10000, T_mult=2)


def original_rates(build, base, epochs, epoch_length, unit):
    """The rates of a plain PyTorch loop that steps once an iteration or once an epoch."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], base)
    scheduler = build(optimizer, epochs * epoch_length)
    rates = []
    for _ in range(epochs):
        for _ in range(epoch_length):
            rates.append(optimizer.param_groups[0]["lr"])
            if unit == "iteration":
                scheduler.step()
        if unit == "epoch":
            scheduler.step()
    return rates


def runner_of(config, images, work_dir):
    """A runner right before its first iteration, over a data set of the given length."""
    runner = Runner(
        OneWeight(),
        str(work_dir),
        train_dataloader=dict(config.train_dataloader, dataset=range(images)),
        train_cfg=config.train_cfg,
        optim_wrapper=config.optim_wrapper,
        param_scheduler=config.param_scheduler,
        experiment_name=next(names),
        default_scope="mmdet",
        log_level="ERROR",
    )
    # In the order of Runner.train().
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    runner.param_schedulers = runner.build_param_scheduler(runner.param_schedulers)
    return runner


class OneWeight(BaseModel):
    """The least that a runner takes."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, *inputs, mode):
        return dict(loss=self.weight.sum())


def rates_of(runner):
    """The rate that the optimiser has at every iteration, stepped by MMEngine's own hook."""
    hook, group = ParamSchedulerHook(), runner.optim_wrapper.param_groups[0]
    rates = []
    for _ in range(runner.max_epochs):
        for iteration in range(len(runner.train_dataloader)):
            rates.append(group["lr"])
            hook.after_train_iter(runner, iteration)
        hook.after_train_epoch(runner)
    return rates


# Epochs of 30,062 / 4, a tenth of 30,062 / 2, and 30,062 / 8 iterations.
REPORTS = {
    "r0_faster_rcnn_r50_fpn_v2": (5e-3, 30, 7516, step_lr(10, 0.1), "epoch"),
    "r0_faster_rcnn_r50_fpn_v2_cbam_cosine": (5e-3, 30, 7516, hugging_face, "iteration"),
    "r1_faster_rcnn_r50_fpn_v2": (5e-3, 10, 7516, step_lr(5, 0.1), "epoch"),
    "r1_faster_rcnn_r50_fpn_v2_constant": (5e-3, 10, 7516, constant, "epoch"),
    "r2_faster_rcnn_r50_fpn_v2": (1e-4, 10, 1503, cosine, "epoch"),
    "r2_faster_rcnn_r50_fpn_v2_step": (1e-4, 10, 1503, step_lr(1, 0.7), "epoch"),
    "r3_faster_rcnn_r101_fpn_v1": (5e-5, 20, 3758, constant, "epoch"),
    "r3_faster_rcnn_r101_fpn_v1_restarts": (5e-5, 20, 3758, restarts, "iteration"),
    "r4_faster_rcnn_r50_fpn_v2": (5e-3, 10, 7516, step_lr(3, 0.3), "epoch"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_reports_config_has_the_originals_rate_at_every_iteration(repository, tmp_path, name):
    base, epochs, epoch_length, original, unit = REPORTS[name]
    config = Config.fromfile(repository / "configs" / "reports" / f"{name}.py")
    rates = rates_of(runner_of(config, TRAINING_IMAGES, tmp_path))
    expected = original_rates(original, base, epochs, epoch_length, unit)
    assert len(rates) == len(expected) == epochs * epoch_length
    assert max(abs(a - b) for a, b in zip(rates, expected, strict=True)) < 1e-8 * base


def optimizer_of(*rates):
    groups = [dict(params=[torch.nn.Parameter(torch.zeros(1))], lr=rate) for rate in rates]
    return OptimWrapper(torch.optim.SGD(groups))


def warmup_rates(steps, run, *bases, **kwargs):
    """The rates of every group at every step of a run; a schedule of ``steps`` steps."""
    optimizer = optimizer_of(*bases)
    scheduler = PARAM_SCHEDULERS.build(
        dict(type="LinearWarmupCosineLR", optimizer=optimizer, end=steps, **kwargs)
    )
    rates = []
    for _ in range(run):
        rates.append([group["lr"] for group in optimizer.param_groups])
        scheduler.step()
    return rates


def test_the_rate_rises_from_0_in_a_line_and_falls_along_a_cosine():
    # Two of eight steps warm up; cos of 0, 30, 60, ... 150 degrees.
    root = math.sqrt(3)
    expected = [0, 1, 2, 1 + root / 2, 1.5, 1, 0.5, 1 - root / 2]
    rates = [rate for (rate,) in warmup_rates(8, 8, 2, warmup=0.25, by_epoch=False)]
    assert rates == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 19, 20, 21, 40, 999])
@pytest.mark.parametrize("warmup", [0, 0.05, 0.5, 1])
def test_a_run_of_any_length_is_hugging_faces(steps, warmup):
    expected = original_rates(
        lambda optimizer, steps: hugging_face(optimizer, steps, warmup), 0.1, 1, steps, "iteration"
    )
    rates = [rate for (rate,) in warmup_rates(steps, steps, 0.1, warmup=warmup, by_epoch=False)]
    assert rates == pytest.approx(expected, abs=1e-12)


def test_too_short_a_run_to_warm_up_begins_at_the_base_rate():
    assert warmup_rates(19, 1, 0.1) == [[0.1]]
    assert warmup_rates(20, 2, 0.1) == [[0.0], [0.1]]


def test_every_group_keeps_its_own_base_rate():
    both = [pair[:2] for pair in warmup_rates(40, 40, 0.1, 0.003)]  # the wrapper adds a group
    one, other = warmup_rates(40, 40, 0.1), warmup_rates(40, 40, 0.003)
    assert both == [[*a, *b] for a, b in zip(one, other, strict=True)]


def test_the_rate_is_left_alone_before_the_schedule_and_after_it():
    rates = warmup_rates(25, 30, 0.1, begin=5)
    alone = warmup_rates(20, 20, 0.1)
    assert rates == [[0.1]] * 5 + alone + alone[-1:] * 5


@pytest.mark.parametrize(
    "entry", [dict(by_epoch=False), dict(convert_to_iter_based=True)], ids=["iterations", "epochs"]
)
def test_the_runner_supplies_the_length_of_the_run(tmp_path, entry):
    config = Config(
        dict(
            train_dataloader=dict(batch_size=4, sampler=dict(type="DefaultSampler")),
            train_cfg=dict(type="EpochBasedTrainLoop", max_epochs=3),
            optim_wrapper=dict(type="OptimWrapper", optimizer=dict(type="SGD", lr=0.1)),
            param_scheduler=[dict(type="LinearWarmupCosineLR", warmup=0.1, **entry)],
        )
    )
    rates = rates_of(runner_of(config, 40, tmp_path))
    assert rates == [rate for (rate,) in warmup_rates(30, 30, 0.1, warmup=0.1)]


def test_part_of_an_epoch_converts_to_whole_iterations():
    scheduler = LinearWarmupCosineLR.build_iter_from_epoch(
        optimizer_of(0.1), begin=0.5, end=2.5, epoch_length=7
    )
    assert (scheduler.begin, scheduler.end, scheduler.by_epoch) == (3, 17, False)


@pytest.mark.parametrize("warmup", [-0.01, 1.5, float("nan")])
def test_an_impossible_share_is_refused(warmup):
    with pytest.raises(InputError, match="0 to 1; mend it in param_scheduler"):
        warmup_rates(10, 1, 0.1, warmup=warmup)


def test_what_counts_in_iterations_is_not_converted():
    with pytest.raises(InputError, match="leave convert_to_iter_based out"):
        LinearWarmupCosineLR.build_iter_from_epoch(
            optimizer_of(0.1), end=2, epoch_length=7, by_epoch=False
        )
