import zipfile
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmdet.registry import HOOKS, METRICS, VISUALIZERS
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.hooks import CheckpointHook
from PIL import Image
from rich.console import Console

import mmdigits.engine  # noqa: F401  registers
from mmdigits.engine.hooks import progress_bar
from mmdigits.errors import InputError


def runner_with(metrics, **reader):
    evaluator = SimpleNamespace(metrics=metrics)
    return SimpleNamespace(
        cfg=ConfigDict(reader=dict(type="DigitStringPostprocessor", **reader)),
        val_evaluator=evaluator,
        test_evaluator=evaluator,
        visualizer=None,
        work_dir="/runs/one",
    )


def context(runner):
    hook = HOOKS.build(dict(type="EvaluationContextHook"))
    hook.before_run(runner)
    return hook


def test_a_bad_reader_stops_the_run_before_it_starts():
    with pytest.raises(InputError, match="score_thr is 5"):
        context(runner_with([], score_thr=5))


@pytest.mark.parametrize(
    ("save_best", "stops"),
    [("digits/seq_acc", False), ("auto", False), (["digits/seq_acc", "coco/bbox_mAP"], True)],
)
def test_a_result_that_nobody_measures_can_not_choose_the_checkpoint(save_best, stops):
    runner = runner_with([METRICS.build(dict(type="SequenceAccuracy"))])
    runner.val_loop = runner.val_evaluator
    rule = None if save_best == "auto" else "greater"
    runner.hooks = [CheckpointHook(save_best=save_best, rule=rule)]
    with pytest.raises(InputError, match="'coco/bbox_mAP'") if stops else nullcontext():
        context(runner).before_train(runner)


def test_one_reader_reaches_every_metric_that_has_none_of_its_own():
    own = dict(type="DigitStringPostprocessor", score_thr=0.9)
    metrics = [
        METRICS.build(dict(type="SequenceAccuracy")),
        METRICS.build(dict(type="SequenceAccuracy", reader=own)),
        METRICS.build(dict(type="SubmissionWriter")),
    ]
    context(runner_with(metrics, score_thr=0.2)).before_val(runner_with(metrics))
    assert [metric.reader.score_thr for metric in metrics] == [0.2, 0.9, 0.2]


def test_the_export_goes_to_the_runs_folder_unless_told_otherwise(tmp_path):
    metrics = [
        METRICS.build(dict(type="SubmissionWriter")),
        METRICS.build(dict(type="SubmissionWriter", out_dir=str(tmp_path))),
    ]
    context(runner_with(metrics)).before_test(runner_with(metrics))
    assert [metric.out_dir for metric in metrics] == [Path("/runs/one/submission"), tmp_path]


def summarise(info, save_best, config="configs/x.py"):
    lines = []
    runner = SimpleNamespace(
        rank=0,
        message_hub=SimpleNamespace(runtime_info=info),
        hooks=[CheckpointHook(save_best=save_best, rule="greater" if save_best else None)],
        cfg=SimpleNamespace(filename=config),
        work_dir="runs",
        logger=SimpleNamespace(info=lines.append),
    )
    HOOKS.build(dict(type="RunSummaryHook")).after_train(runner)
    return "".join(lines)


BOTH = {
    "best_score_digits/seq_acc": 0.91,
    "best_ckpt_digits/seq_acc": "runs/a b.pth",
    "best_score_coco/bbox_mAP": 0.4,
    "best_ckpt_coco/bbox_mAP": "runs/c.pth",
    "last_ckpt": "runs/last.pth",
}


def test_a_training_ends_with_its_results_checkpoint_and_the_next_command():
    assert summarise(BOTH, ["digits/seq_acc", "coco/bbox_mAP"]).splitlines() == [
        "Training is done.",
        "best string accuracy in validation: 0.9100",
        "best mAP in validation: 0.4000",
        "checkpoint: 'runs/a b.pth'",
        "next: python tools/test.py runs/x.py 'runs/a b.pth' --show-dir pictures",
    ]


def test_a_result_of_zero_does_not_choose_the_first_checkpoint():
    watched = ["digits/seq_acc", "coco/bbox_mAP"]
    nothing_read = {**BOTH, "best_score_digits/seq_acc": 0.0}
    assert "checkpoint: runs/c.pth" in summarise(nothing_read, watched)
    nothing_found = {**nothing_read, "best_score_coco/bbox_mAP": 0.0}
    assert "checkpoint: runs/last.pth" in summarise(nothing_found, watched)


def test_a_single_watched_result_is_called_what_it_is():
    info = {"best_score": 0.41, "best_ckpt": "runs/c.pth", "last_ckpt": "runs/last.pth"}
    summary = summarise(info, "coco/bbox_mAP")
    assert "best mAP in validation: 0.4100" in summary and "accuracy" not in summary


def test_without_validation_the_last_checkpoint_is_named():
    assert "checkpoint: runs/last.pth" in summarise({"last_ckpt": "runs/last.pth"}, None)
    assert summarise({}, None) == ""
    assert "next:" not in summarise({"last_ckpt": "runs/last.pth"}, None, config=None)


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        pytest.param(lambda state: None, True, id="the same network"),
        pytest.param(lambda state: state.pop("bias"), False, id="missing"),
        pytest.param(lambda state: state.update(cbam=torch.zeros(1)), False, id="unknown"),
        pytest.param(lambda state: state.update(weight=torch.zeros(9, 9)), False, id="shape"),
    ],
)
def test_a_test_takes_a_checkpoint_of_its_own_network_only(change, fits):
    runner = SimpleNamespace(model=torch.nn.Linear(2, 3), cfg={})
    state = dict(runner.model.state_dict())
    change(state)
    hook = HOOKS.build(dict(type="CheckpointFitHook"))
    hook.after_load_checkpoint(runner, dict(state_dict=state))
    with nullcontext() if fits else pytest.raises(InputError, match="1 weights are missing"):
        hook.before_test(runner)


def test_a_test_takes_a_checkpoint_of_its_own_options_only():
    model = dict(backbone=dict(style="pytorch"))
    runner = SimpleNamespace(model=torch.nn.Linear(2, 3), cfg=dict(model=model))
    checkpoint = dict(
        state_dict=runner.model.state_dict(),
        meta=dict(cfg="model = dict(\n    backbone=dict(style='caffe'))\n"),
    )
    hook = HOOKS.build(dict(type="CheckpointFitHook"))
    hook.after_load_checkpoint(runner, checkpoint)
    with pytest.raises(InputError, match="style is 'pytorch' and was 'caffe'; give the config"):
        hook.before_test(runner)


@pytest.mark.parametrize("content", ["text", "archive", "truncated"])
def test_a_file_that_is_no_checkpoint_stops_the_run(tmp_path, content):
    path = tmp_path / "x.pth"
    if content == "text":
        path.write_text("hello")
    elif content == "archive":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("pred.json", "[]")
    else:
        torch.save(dict(weight=torch.zeros(99)), path)
        path.write_bytes(path.read_bytes()[:-50])
    hook = HOOKS.build(dict(type="CheckpointFitHook"))
    with pytest.raises(InputError, match=r"x\.pth is damaged or not a torch\.save file"):
        hook.before_run(runner_from(load_from=str(path)))
    with pytest.raises(InputError, match=r"x\.pth is damaged or not a torch\.save file"):
        hook.before_run(runner_from(start=dict(type="Pretrained", checkpoint=str(path))))


def runner_from(load_from=None, start=None):
    """What a run starts from: a file for all of the network, or for its backbone."""
    model = torch.nn.Module()
    model.backbone = torch.nn.Linear(2, 3)
    model.backbone.init_cfg = start
    return SimpleNamespace(cfg=dict(load_from=load_from), model=model)


@pytest.mark.parametrize(
    ("names", "prefix", "fits"),
    [
        pytest.param(["weight", "bias"], None, True, id="its own"),
        pytest.param(["bias", "fc.weight"], None, True, id="a part of its own"),
        pytest.param(["backbone.weight"], None, False, id="a detector's"),
        pytest.param(["backbone.weight"], "backbone", True, id="a detector's, with the prefix"),
        pytest.param(["fc.weight"], None, False, id="another network's"),
    ],
)
def test_a_backbone_does_not_stay_random_for_a_file_that_does_not_fit(
    tmp_path, names, prefix, fits
):
    own = torch.nn.Linear(2, 3).state_dict()
    path = tmp_path / "x.pth"
    torch.save({name: own[name.rpartition(".")[2]] for name in names}, path)
    start = dict(type="Pretrained", checkpoint=str(path), prefix=prefix)
    hook = HOOKS.build(dict(type="CheckpointFitHook"))
    message = r"no weight in .*x\.pth fits model\.backbone, which would stay random"
    with nullcontext() if fits else pytest.raises(InputError, match=message):
        hook.before_run(runner_from(start=start))


def test_a_backbone_of_other_shapes_does_not_fit(tmp_path):
    torch.save(torch.nn.Linear(4, 5).state_dict(), tmp_path / "x.pth")
    start = dict(type="Pretrained", checkpoint=str(tmp_path / "x.pth"))
    with pytest.raises(InputError, match=r"no weight in .*x\.pth fits"):
        HOOKS.build(dict(type="CheckpointFitHook")).before_run(runner_from(start=start))


@pytest.mark.parametrize("legacy", [True, False])
def test_what_torch_saved_is_taken_for_a_checkpoint(tmp_path, legacy):
    torch.save({}, tmp_path / "x.pth", _use_new_zipfile_serialization=not legacy)
    hook = HOOKS.build(dict(type="CheckpointFitHook"))
    hook.before_run(runner_from(load_from=str(tmp_path / "x.pth")))
    hook.before_run(runner_from(load_from="torchvision://resnet50"))
    hook.before_run(runner_from(start=dict(type="Pretrained", checkpoint="torchvision://resnet50")))


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
    monkeypatch.setattr(
        progress_bar, "Console", lambda **_: Console(force_terminal=True, quiet=True)
    )
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
    monkeypatch.setattr(progress_bar, "Console", lambda **_: Console(force_terminal=False))
    hook, runner = HOOKS.build(dict(type="ProgressBarHook")), progress_runner()
    hook.before_test_epoch(runner)
    hook.after_test_iter(runner, 0)
    assert hook._progress is None


@pytest.mark.parametrize("stored", [True, False], ids=["file", "rendered"])
def test_pictures_show_the_stored_pixels(tmp_path, stored):
    drawn = []

    class Pen:
        def add_datasample(self, name, image, **kwargs):
            drawn.append((image, kwargs["out_file"]))

    # The hook takes the runner's visualizer when it is built.
    VISUALIZERS.build(dict(type="DigitVisualizer", name="of this test"))
    hook = HOOKS.build(dict(type="DigitVisualizationHook", draw=True, test_out_dir="pictures"))
    hook._visualizer = Pen()
    pixels = np.full((40, 60, 3), (10, 90, 200), np.uint8)  # BGR
    if stored:
        exif = Image.Exif()
        exif[0x0112] = 6  # turn by 90 degrees: boxes are in the frame before that
        Image.fromarray(pixels[..., ::-1]).save(tmp_path / "17.jpg", exif=exif, quality=100)
    dataset = SimpleNamespace(read_image=lambda index: pixels if index == 5 else None)
    sample = DetDataSample(metainfo=dict(sample_idx=5, img_path=str(tmp_path / "17.jpg")))
    runner = SimpleNamespace(
        work_dir=str(tmp_path), timestamp="now", test_dataloader=SimpleNamespace(dataset=dataset)
    )
    hook.after_test_iter(runner, 0, {}, [sample])
    image, out_file = drawn[0]
    assert image.shape == (40, 60, 3)
    assert np.abs(image.astype(int) - (200, 90, 10)).max() <= 2
    assert out_file == str(tmp_path / "now" / "pictures" / "17.jpg")
