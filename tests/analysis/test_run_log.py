import pytest
import torch
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner
from run_files import epoch_lines, train_line, val_line, write
from torch import nn

from mmdigits.analysis.comparison import common_unit, positions
from mmdigits.analysis.run_log import RunLog, read_run


class Line(BaseModel):
    """The least that MMEngine can train."""

    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.ones(1))

    def forward(self, inputs, data_samples=None, mode="tensor"):
        return {"loss": (self.slope * sum(inputs)).mean()} if mode == "loss" else [0]


class Half(BaseMetric):
    default_prefix = "digits"

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        return dict(seq_acc=0.5)


def train_a_line(work_dir, by_epoch, end, **resume):
    """Train on 12 samples, one a step, to epoch or iteration ``end``."""
    data = [dict(inputs=torch.tensor([float(i)])) for i in range(12)]
    loader = dict(dataset=data, sampler=dict(type="DefaultSampler", shuffle=False), batch_size=1)
    loop = dict(max_epochs=end) if by_epoch else dict(max_iters=end, val_interval=10)
    Runner(
        model=Line(),
        work_dir=str(work_dir),
        train_dataloader=loader,
        train_cfg=dict(by_epoch=by_epoch, **loop),
        optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.5)),
        val_dataloader=loader,
        val_cfg=dict(),
        val_evaluator=Evaluator(Half()),
        default_hooks=dict(
            logger=dict(type="LoggerHook", interval=5, log_metric_by_epoch=by_epoch),
            checkpoint=dict(
                type="CheckpointHook", by_epoch=by_epoch, interval=1 if by_epoch else 10
            ),
        ),
        log_processor=dict(by_epoch=by_epoch),
        experiment_name=f"{work_dir.name}_{end}",
        default_scope="mmengine",
        **resume,
    ).train()


def test_what_mmengine_logs_by_epochs_is_read(tmp_path):
    train_a_line(tmp_path / "run", True, 2)
    train_a_line(
        tmp_path / "run", True, 3, resume=True, load_from=str(tmp_path / "run/epoch_1.pth")
    )
    run = read_run(tmp_path / "run")
    assert run.epoch_length == 12
    assert run.curves["train_loss"].iterations.tolist() == [5, 10, 17, 22, 29, 34]
    assert run.curves["seq_acc"].iterations.tolist() == [12, 24, 36]
    assert run.curves["lr"].values.tolist() == [0.5] * 6


def test_what_mmengine_logs_by_iterations_is_read(tmp_path):
    train_a_line(tmp_path / "run", False, 20)
    train_a_line(
        tmp_path / "run", False, 25, resume=True, load_from=str(tmp_path / "run/iter_10.pth")
    )
    run = read_run(tmp_path / "run")
    assert run.epoch_length is None
    assert run.curves["train_loss"].iterations.tolist() == [5, 10, 15, 20, 25]
    assert run.curves["seq_acc"].iterations.tolist() == [10, 20, 25]


def test_a_run_by_epochs_is_read(tmp_path):
    run = read_run(write(tmp_path, epoch_lines(3)))
    assert run.epoch_length == 25
    assert sorted(run.curves) == ["bbox_mAP", "lr", "seq_acc", "train_loss"]
    assert run.curves["train_loss"].iterations.tolist() == [10, 20, 35, 45, 60, 70]
    assert run.curves["seq_acc"].iterations.tolist() == [25, 50, 75]
    assert run.curves["seq_acc"].values.tolist() == [0.1, 0.2, 0.3]
    assert positions(run, "seq_acc", "epoch").tolist() == [1, 2, 3]
    assert positions(run, "train_loss", "epoch").tolist() == [0.4, 0.8, 1.4, 1.8, 2.4, 2.8]


def test_an_epoch_shorter_than_the_logging_interval_is_logged_at_its_end(tmp_path):
    lines = [train_line(4, epoch=1), val_line(1), train_line(8, epoch=2), val_line(2)]
    run = read_run(write(tmp_path, lines))
    assert run.epoch_length == 4
    assert run.curves["seq_acc"].iterations.tolist() == [4, 8]


def test_a_run_by_iterations_is_read(tmp_path):
    lines = [train_line(50), train_line(100), val_line(120), train_line(150), val_line(150)]
    run = read_run(write(tmp_path, lines))
    assert run.epoch_length is None
    assert run.curves["seq_acc"].iterations.tolist() == [120, 150]


@pytest.mark.parametrize("epoch", [None, 1])
def test_validations_that_count_no_steps_stand_behind_the_training_before_them(tmp_path, epoch):
    # An iteration-based run whose logger was left to count epochs: every validation is epoch 0.
    lines = [train_line(50, epoch=epoch), val_line(0), train_line(100, epoch=epoch), val_line(0)]
    run = read_run(write(tmp_path, lines))
    assert run.curves["seq_acc"].iterations.tolist() == [50, 100]


def test_a_run_in_its_first_epoch_counts_iterations(tmp_path):
    run = read_run(write(tmp_path, [*epoch_lines(1)]))
    assert run.epoch_length is None
    assert run.curves["seq_acc"].iterations.tolist() == [20]
    other = RunLog(run.curves, 25, 0)
    assert common_unit({"a": other, "b": run}) == "iteration"
    assert common_unit({"a": other}) == "epoch"


def test_a_resumed_run_is_one_curve(tmp_path):
    # Killed in epoch 3, resumed from the checkpoint of epoch 1, then in epoch 2 once more.
    write(tmp_path, list(epoch_lines(3, loss=3.0))[:-1], "20260101_000000", end='{"lr": 0.1, "lo')
    write(tmp_path, list(epoch_lines(2, start=2, loss=2.0))[:1], "20260101_010000")
    write(tmp_path, epoch_lines(4, start=2, loss=1.0), "20260102_000000")
    run = read_run(tmp_path)
    assert run.unreadable == 1
    assert run.curves["train_loss"].iterations.tolist() == [10, 20, 35, 45, 60, 70, 85, 95]
    assert run.curves["train_loss"].values.tolist() == [3, 3, 1, 1, 1, 1, 1, 1]
    assert run.curves["seq_acc"].iterations.tolist() == [25, 50, 75, 100]
    alone = read_run(tmp_path / "20260102_000000")
    assert alone.curves["train_loss"].iterations.tolist() == [35, 45, 60, 70, 85, 95]


def test_a_fresh_start_in_the_same_folder_replaces_the_old_one(tmp_path):
    write(tmp_path, epoch_lines(3, loss=3.0), "20260101_000000")
    write(tmp_path, epoch_lines(1, loss=1.0), "20260102_000000")
    run = read_run(tmp_path)
    assert run.curves["train_loss"].values.tolist() == [1, 1]
    assert run.curves["seq_acc"].values.tolist() == [0.1]


def test_starts_within_one_second_share_a_file(tmp_path):
    run = read_run(write(tmp_path, [*epoch_lines(3, loss=3.0), *epoch_lines(2, start=2)]))
    assert run.curves["train_loss"].values.tolist() == [3, 3, 1, 1]
    assert run.curves["seq_acc"].iterations.tolist() == [25, 50]


@pytest.mark.parametrize(
    "wrong", [dict(iter=None), dict(iter="7"), dict(epoch=None), dict(iter=10**30), dict(step=True)]
)
def test_a_line_that_does_not_count_is_passed_over(tmp_path, wrong):
    lines = [*epoch_lines(2)]
    run = read_run(write(tmp_path, [*lines, {**train_line(99, epoch=3), **wrong}]))
    assert run.unreadable == 1
    assert run.curves["train_loss"].iterations.max() < 99


def test_a_start_that_logged_nothing_changes_nothing(tmp_path):
    write(tmp_path, epoch_lines(2), "20260101_000000")
    write(tmp_path, [], "20260102_000000")
    assert read_run(tmp_path).curves["seq_acc"].iterations.tolist() == [25, 50]


@pytest.mark.parametrize("names", [("val_loss", "val_loss_cls"), ("loss", "loss_cls")])
def test_the_total_of_the_validation_losses_is_taken(tmp_path, names):
    total, part = names
    lines = [train_line(10), val_line(10, **{part: 9.0, total: 0.7})]
    assert read_run(write(tmp_path, lines)).curves["val_loss"].values.tolist() == [0.7]


def test_names_with_their_phase_are_understood(tmp_path):
    lines = [
        {"train/lr": 0.1, "train/loss": 2.0, "iter": 10, "step": 10},
        {"val/digits/seq_acc": 0.5, "val/val_loss": 0.7, "step": 10},
    ]
    curves = read_run(write(tmp_path, lines)).curves
    assert {name: curve.values.tolist() for name, curve in curves.items()} == {
        **{"train_loss": [2.0], "lr": [0.1], "val_loss": [0.7], "seq_acc": [0.5]},
    }


def test_the_base_rate_stands_for_groups_of_parameters(tmp_path):
    run = read_run(write(tmp_path, [train_line(10, lr=0.001, base_lr=0.1)]))
    assert run.curves["lr"].values.tolist() == [0.1]
