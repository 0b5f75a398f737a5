"""Losses on the validation images, in real runs of a small network."""

import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmdet.registry import DATASETS, HOOKS
from mmdet.structures import DetDataSample
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner
from small_runs import logged, small_config, train

import mmdigits.engine  # noqa: F401  registers
from mmdigits.engine.hooks.validation_loss import _labelled
from mmdigits.errors import InputError

HOOK = dict(type="ValidationLossHook")
# Outside a training MMEngine's CheckpointHook stumbles over two results to save the best by.
VALIDATE = dict(custom_hooks=[HOOK], default_hooks__checkpoint__save_best=None)
PARTS = ["val_loss_rpn_cls", "val_loss_rpn_bbox", "val_loss_cls", "val_loss_bbox"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two epochs with the hook and without: the runner and all generators' states at the end."""
    results = {}
    for name in ("with", "without"):
        work_dir = tmp_path_factory.mktemp(name)
        config = small_config(work_dir)
        if name == "with":
            config.custom_hooks = [HOOK]
            config.default_hooks.checkpoint.update(
                save_best=["digits/seq_acc", "val_loss"], rule=["greater", "less"]
            )
        runner = train(config)
        generators = random.getstate(), np.random.get_state(), torch.get_rng_state()
        results[name] = SimpleNamespace(runner=runner, generators=generators, work_dir=work_dir)
    return results


def test_training_is_the_same_with_it_and_without(runs):
    ours, theirs = (runs[name].runner for name in ("with", "without"))
    state = ours.model.state_dict()
    assert any(name.endswith("running_var") for name in state)
    for name, value in theirs.model.state_dict().items():
        assert torch.equal(state[name], value), name
    moments = [
        [entry["exp_avg"] for entry in runner.optim_wrapper.optimizer.state.values()]
        for runner in (ours, theirs)
    ]
    assert all(map(torch.equal, *moments)) and moments[0]
    assert ours.model.training == theirs.model.training
    (python, array, tensor), (python_without, array_without, tensor_without) = (
        runs[name].generators for name in ("with", "without")
    )
    assert python == python_without and torch.equal(tensor, tensor_without)
    assert np.array_equal(array[1], array_without[1]) and array[2] == array_without[2]


def test_every_epochs_losses_are_logged_beside_the_metrics(runs):
    work_dir = runs["with"].work_dir
    totals = logged(work_dir, "val_loss")
    assert len(totals) == len(logged(work_dir, "coco/bbox_mAP")) == 2
    assert totals == pytest.approx(np.sum([logged(work_dir, part) for part in PARTS], axis=0))
    assert not logged(runs["without"].work_dir, "val_loss")
    (console,) = work_dir.glob("*/*.log")
    assert f"val_loss: {totals[-1]:.4f}" in console.read_text()


def test_equal_weights_have_the_logged_loss_again(runs, tmp_path):
    # Were the second value averaged with the first one's, as MMEngine does with losses, or were
    # other anchors sampled, this would be another number.
    checkpoint = str(runs["with"].work_dir / "epoch_2.pth")
    runner = Runner.from_cfg(small_config(tmp_path, load_from=checkpoint, **VALIDATE))
    torch.manual_seed(17)
    losses = logged(runs["with"].work_dir, "val_loss")
    assert runner.val()["val_loss"] == losses[1] != losses[0]


def test_the_loss_is_the_mean_over_images_of_what_training_computes(tmp_path):
    # Every anchor and RoI is a sample, so that nothing is left to chance.
    everything = {
        f"model__train_cfg__{stage}__sampler__{key}": value
        for stage in ("rpn", "rcnn")
        for key, value in (("num", 100_000), ("pos_fraction", 0.5))
    }
    config = small_config(tmp_path, **VALIDATE, **everything)
    runner = Runner.from_cfg(config)
    results = runner.val()
    dataset = DATASETS.build(
        dict(
            config.val_dataloader.dataset,
            pipeline=config.train_dataloader.dataset.pipeline,
            test_mode=False,
        )
    )
    model, losses, weights = runner.model.eval(), [], []
    for indices in ([0, 1], [2, 3], [4]):
        batch = pseudo_collate([dataset[index] for index in indices])
        with torch.no_grad():
            parts = model(**model.data_preprocessor(batch, True), mode="loss")
        losses.append(
            [
                float(sum(torch.stack(p) if isinstance(p, list) else p[None]))
                for p in (parts[part.removeprefix("val_")] for part in PARTS)
            ]
        )
        weights.append(len(indices))
    expected = np.average(losses, axis=0, weights=weights)
    assert [results[part] for part in PARTS] == pytest.approx(expected, rel=1e-5)
    assert results["val_loss"] == pytest.approx(expected.sum(), rel=1e-5)
    # The last batch is smaller: a mean over batches would be another number.
    assert results["val_loss"] != pytest.approx(np.mean(losses, axis=0).sum(), rel=1e-4)


def test_labels_are_those_of_the_training_pipeline(homework):
    root = homework({1: [(7, -3, 3, 10, 20), (2, 58, 30, 12, 30), (4, 59.5, 1, 9, 9)], 2: []})
    # In float32 60 px come out a little wider than 241 px.
    resize = dict(type="Resize", scale=(241, 200), keep_ratio=True)
    load = dict(type="LoadImageFromFile")
    meta = ("img_id", "ori_shape", "img_shape", "scale_factor", "sample_idx", "truth")
    pack = dict(type="PackDetInputs", meta_keys=meta)
    annotations = dict(type="LoadAnnotations", with_bbox=True)
    train_set, val_set = (
        DATASETS.build(
            dict(
                type="DigitCocoDataset",
                data_root=str(root),
                ann_file="valid.json",
                data_prefix=dict(img="valid/"),
                pipeline=pipeline,
                test_mode=test_mode,
            )
        )
        for pipeline, test_mode in (
            ([load, annotations, resize, pack], False),
            ([load, resize, pack], True),
        )
    )
    for position, boxes in ((0, 2), (1, 0)):
        expected = train_set[position]["data_samples"]
        given = val_set[position]["data_samples"]
        labelled = _labelled(given)
        assert len(labelled.gt_instances) == boxes and not len(given.gt_instances)
        assert torch.equal(labelled.gt_instances.bboxes.tensor, expected.gt_instances.bboxes.tensor)
        assert torch.equal(labelled.gt_instances.labels, expected.gt_instances.labels)
        assert labelled.gt_instances.labels.dtype == expected.gt_instances.labels.dtype
        assert labelled.metainfo == given.metainfo


def test_a_crowd_is_ignored_as_in_training():
    truth = dict(
        string="12", bboxes=[[0, 0, 5, 5], [4, 4, 9, 9]], labels=[1, 2], ignore_flags=[1, 0]
    )
    shape = dict(ori_shape=(10, 10), img_shape=(20, 30), scale_factor=(3.0, 2.0))
    labelled = _labelled(DetDataSample(metainfo=dict(truth=truth, **shape)))
    assert labelled.gt_instances.bboxes.tensor.tolist() == [[12, 8, 27, 18]]
    assert labelled.gt_instances.labels.tolist() == [2]
    assert labelled.ignored_instances.bboxes.tensor.tolist() == [[0, 0, 15, 10]]


def test_processes_count_by_their_images(monkeypatch):
    hook, metrics = HOOKS.build(HOOK), {}
    parts = [(dict(val_loss=6.0, val_loss_cls=2.0), 3), (dict(val_loss=4.0), 1)]
    monkeypatch.setattr(
        "mmdigits.engine.hooks.validation_loss.all_gather_object", lambda own: [own, parts[1]]
    )
    runner = SimpleNamespace(message_hub=SimpleNamespace(log_scalars={}))
    hook.before_val_epoch(runner)
    hook._sums, hook._images = parts[0]
    hook.after_val_epoch(runner, metrics)
    assert metrics == dict(val_loss=2.5, val_loss_cls=0.5)


def test_the_best_checkpoint_may_be_chosen_by_it(runs):
    work_dir = runs["with"].work_dir
    best = int(np.argmin(logged(work_dir, "val_loss"))) + 1
    assert [path.name for path in work_dir.glob("best_val*")] == [f"best_val_loss_epoch_{best}.pth"]


def test_a_test_computes_no_loss(runs):
    runner = runs["with"].runner
    assert not any("loss" in name for name in runner.test())


def test_images_without_labels_stop_the_validation_in_one_line():
    batch = dict(data_samples=[DetDataSample(metainfo=dict(img_id=5))])
    runner = SimpleNamespace(model=torch.nn.Linear(1, 1))
    with pytest.raises(InputError, match="validation image 5 has no labels"):
        HOOKS.build(HOOK).after_val_iter(runner, 0, batch, [])
