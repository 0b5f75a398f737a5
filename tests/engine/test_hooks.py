from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmdet.registry import HOOKS, METRICS, VISUALIZERS
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData
from rich.console import Console

import mmdigits.engine  # noqa: F401  registers
from mmdigits.engine.hooks import progress_bar


def runner_with(metrics, **reader):
    evaluator = SimpleNamespace(metrics=metrics)
    return SimpleNamespace(
        cfg=ConfigDict(reader=dict(type="DigitStringPostprocessor", **reader)),
        val_evaluator=evaluator,
        test_evaluator=evaluator,
        visualizer=None,
        work_dir="/runs/one",
    )


def test_one_reader_reaches_every_metric_that_has_none_of_its_own():
    own = dict(type="DigitStringPostprocessor", score_thr=0.9)
    metrics = [
        METRICS.build(dict(type="SequenceAccuracy")),
        METRICS.build(dict(type="SequenceAccuracy", reader=own)),
        METRICS.build(dict(type="SubmissionWriter")),
    ]
    HOOKS.build(dict(type="EvaluationContextHook")).before_val(runner_with(metrics, score_thr=0.2))
    assert [metric.reader.score_thr for metric in metrics] == [0.2, 0.9, 0.2]


def test_the_export_goes_to_the_runs_folder_unless_told_otherwise(tmp_path):
    metrics = [
        METRICS.build(dict(type="SubmissionWriter")),
        METRICS.build(dict(type="SubmissionWriter", out_dir=str(tmp_path))),
    ]
    HOOKS.build(dict(type="EvaluationContextHook")).before_test(runner_with(metrics))
    assert [metric.out_dir for metric in metrics] == [Path("/runs/one/submission"), tmp_path]


def summarise(info):
    lines = []
    runner = SimpleNamespace(
        rank=0,
        message_hub=SimpleNamespace(runtime_info=info),
        cfg=SimpleNamespace(filename="configs/x.py"),
        logger=SimpleNamespace(info=lines.append),
    )
    HOOKS.build(dict(type="RunSummaryHook")).after_train(runner)
    return "".join(lines)


@pytest.mark.parametrize(
    "info",
    [
        {
            "best_score_digits/seq_acc": 0.91,
            "best_ckpt_digits/seq_acc": "runs/a b.pth",
            "best_score_coco/bbox_mAP": 0.4,
            "last_ckpt": "runs/last.pth",
        },
        {"best_score": 0.91, "best_ckpt": "runs/a b.pth", "last_ckpt": "runs/last.pth"},
    ],
)
def test_a_training_ends_with_accuracy_checkpoint_and_the_next_command(info):
    summary = summarise(info)
    assert "best string accuracy in validation: 0.9100" in summary
    assert "checkpoint: 'runs/a b.pth'" in summary
    assert "next: python tools/test.py configs/x.py 'runs/a b.pth' --show-dir pictures" in summary


def test_without_validation_the_last_checkpoint_is_named():
    assert "checkpoint: runs/last.pth" in summarise({"last_ckpt": "runs/last.pth"})
    assert summarise({}) == ""


def progress_runner():
    return SimpleNamespace(
        rank=0,
        max_iters=4,
        iter=1,
        logger=SimpleNamespace(handlers=[]),
        val_dataloader=range(2),
        test_dataloader=range(3),
    )


def test_the_bar_counts_training_and_validation_on_a_terminal(monkeypatch):
    monkeypatch.setattr(progress_bar, "Console", lambda: Console(force_terminal=True, quiet=True))
    hook, runner = HOOKS.build(dict(type="ProgressBarHook")), progress_runner()
    hook.before_train(runner)
    hook.after_train_iter(runner, 0)
    hook.before_val_epoch(runner)
    hook.after_val_iter(runner, 0)
    shown = {task.description: (task.completed, task.total) for task in hook._progress.tasks}
    assert shown == {"training": (2, 4), "validation": (1, 2)}
    hook.after_val_epoch(runner)
    assert [task.description for task in hook._progress.tasks] == ["training"]
    hook.after_train(runner)
    assert hook._progress is None


def test_there_is_no_bar_in_a_pipe(monkeypatch):
    monkeypatch.setattr(progress_bar, "Console", lambda: Console(force_terminal=False))
    hook, runner = HOOKS.build(dict(type="ProgressBarHook")), progress_runner()
    hook.before_test_epoch(runner)
    hook.after_test_iter(runner, 0)
    assert hook._progress is None


def test_pictures_are_made_of_the_data_sets_own_pixels(tmp_path):
    drawn = []

    class Visualizer:
        def add_datasample(self, name, image, **kwargs):
            drawn.append((image, kwargs["out_file"]))

    # The hook takes the runner's visualizer when it is built.
    VISUALIZERS.build(dict(type="DigitVisualizer", name="of this test"))
    hook = HOOKS.build(dict(type="DigitVisualizationHook", draw=True, test_out_dir="pictures"))
    hook._visualizer = Visualizer()
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    dataset = SimpleNamespace(read_image=lambda index: pixels if index == 5 else None)
    sample = DetDataSample(metainfo=dict(sample_idx=5, img_path="test/17.jpg"))
    sample.pred_instances = InstanceData(scores=torch.zeros(0))
    runner = SimpleNamespace(
        work_dir=str(tmp_path), timestamp="now", test_dataloader=SimpleNamespace(dataset=dataset)
    )
    hook.after_test_iter(runner, 0, {}, [sample])
    image, out_file = drawn[0]
    assert np.array_equal(image, pixels[..., ::-1])
    assert out_file == str(tmp_path / "now" / "pictures" / "17.png")
