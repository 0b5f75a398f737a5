"""Every report's config: the values of its table, and a short run from training to export."""

import csv
import json
from pathlib import Path

import pytest
from mmengine.config import Config, ConfigDict
from mmengine.runner import Runner

REPORTS = Path(__file__).resolve().parents[1] / "configs" / "reports"
EACH = pytest.mark.parametrize("path", sorted(REPORTS.glob("*.py")), ids=lambda path: path.stem)

SGD = dict(type="SGD", lr=5e-3, momentum=0.9, weight_decay=5e-4)
# Batch, epochs, optimiser, score threshold, and what the best checkpoint is chosen by.
RECIPES = {
    "r0": (4, 30, SGD, 0.5, "digits/seq_acc"),
    "r1": (4, 10, SGD, 0.8, "coco/bbox_mAP"),
    "r2": (2, 10, dict(type="AdamW", lr=1e-4, weight_decay=5e-4), 0.65, "coco/bbox_mAP"),
    "r3": (8, 20, dict(type="AdamW", lr=5e-5), 0.5, "digits/seq_acc"),
    "r4": (4, 10, SGD, 0.7, "coco/bbox_mAP"),
}


def load(name: str) -> Config:
    return Config.fromfile(REPORTS / f"{name}.py")


@EACH
def test_recipe_is_the_reports(path):
    config = Config.fromfile(path)
    batch, epochs, optimizer, threshold, best = RECIPES[path.stem[:2]]
    if path.stem.endswith("_by_map"):
        best = "coco/bbox_mAP"
    assert config.train_dataloader.batch_size == config.auto_scale_lr.base_batch_size == batch
    assert config.train_cfg.max_epochs == epochs
    assert config.optim_wrapper.optimizer == optimizer
    assert config.default_hooks.checkpoint.save_best == best
    # By x, and nothing is suppressed between digits, as none of the reports did.
    assert config.reader == dict(
        type="DigitStringPostprocessor", score_thr=threshold, iou_thr=1, row_overlap=None
    )
    mixed = config.optim_wrapper.get("constructor") == "AmpOnAcceleratorConstructor"
    assert mixed == path.stem.startswith(("r0", "r1"))
    assert [step.scale for step in steps(config) if step.type == "Resize"] == [(1333, 800)] * 3


def steps(config: Config) -> list[ConfigDict]:
    """Every step of the three loaders' pipelines."""
    loaders = (config.train_dataloader, config.val_dataloader, config.test_dataloader)
    return [step for loader in loaders for step in loader.dataset.pipeline]


def augmentations(config: Config) -> list[dict]:
    plain = ("LoadImageFromFile", "LoadAnnotations", "Resize", "PackDetInputs")
    return [step for step in config.train_dataloader.dataset.pipeline if step.type not in plain]


@EACH
def test_augmentation_is_the_reports(path):
    names = {step.type for step in augmentations(Config.fromfile(path))}
    expected = set()
    if path.stem.startswith("r0"):
        expected = {"RandomFlip", "ColorJitter", "RandomAdjustSharpness"}
    elif path.stem.endswith("_jitter"):
        expected = {"ColorJitter"}
    elif path.stem.endswith("_sharpened"):
        expected = {"RandomAdjustSharpness"}
    assert names == expected


@EACH
def test_anchors_and_weights_are_the_reports(path):
    config = Config.fromfile(path)
    if "merged" in path.stem:
        return
    anchors = config.model.rpn_head.anchor_generator
    if "mobilenet" not in path.stem:
        own = 2 if "anchors8to128" in path.stem else 4 if path.stem.count("anchors") else 8
        assert anchors.scales == [own] and anchors.strides == [4, 8, 16, 32, 64]
        five = path.stem.startswith("r3") and "anchors" in path.stem
        assert anchors.ratios == ([0.25, 0.5, 1.0, 2.0, 4.0] if five else [0.5, 1.0, 2.0])
    if path.stem.startswith("r3"):
        assert config.load_from is None
        assert config.model.backbone.init_cfg.checkpoint.endswith(".imagenet1k_v2")
    else:
        backbone = "mobilenet_v3_large_fpn" if "mobilenet" in path.stem else "resnet50_fpn"
        recipe = "_v2" if "_v2" in path.stem else ""
        assert config.load_from == f"torchvision-det://fasterrcnn_{backbone}{recipe}.coco_v1"


@pytest.mark.parametrize(
    ("name", "frozen_stages"),
    [
        ("r0_faster_rcnn_r50_fpn_v2", 1),
        ("r1_faster_rcnn_r50_fpn_v2", -1),
        ("r1_faster_rcnn_r50_fpn_v2_trainable3", 1),
        ("r1_faster_rcnn_r50_fpn_v1", -1),
        ("r2_faster_rcnn_r50_fpn_v2", 1),
        ("r3_faster_rcnn_r101_fpn_v1", 1),
        ("r4_faster_rcnn_r50_fpn_v2", 1),
    ],
)
def test_trained_stages_are_the_reports(name, frozen_stages):
    assert load(name).model.backbone.frozen_stages == frozen_stages


@pytest.mark.parametrize("name", [path.stem for path in REPORTS.glob("r[14]*_v1.py")])
def test_v1_from_coco_has_the_batchnorm_that_its_weights_want(name):
    assert load(name).model.backbone.norm_cfg.eps == 0


def test_v1_from_imagenet_has_torchs_batchnorm():
    assert load("r3_faster_rcnn_r101_fpn_v1").model.backbone.norm_cfg.get("eps", 1e-5) == 1e-5


def models_of(config: Config) -> list[ConfigDict]:
    """The config's model, or those of an ensemble, in place so that a test can make them small."""
    if config.model.type != "DetectorEnsemble":
        return [config.model]
    config.model.detectors = [Config.fromfile(file).model for file in config.model.detectors]
    return config.model.detectors


def shortened(path: Path, data: Path, work_dir: Path) -> Config:
    """Two training steps of two images, two images validated and two exported, 96 px wide."""
    config = Config.fromfile(path)
    config.work_dir = str(work_dir)
    config.load_from = None
    config.default_hooks.checkpoint.update(interval=2, save_last=False, save_optimizer=False)
    config.visualizer.name = path.stem  # MMEngine keeps one visualizer of a name in a process
    config.train_cfg.max_epochs = 1
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        loader.num_workers, loader.persistent_workers = 0, False
        loader.dataset.data_root, loader.dataset.indices = str(data), 2
    fraction = config.train_dataloader.sampler.get("fraction", 1)
    config.train_dataloader.batch_size = 2
    config.train_dataloader.dataset.indices = round(4 / fraction)
    for step in steps(config):
        if step.type == "Resize":
            step.scale = (96, 64)
    for model in models_of(config):
        model.backbone.pop("init_cfg", None)
        model.train_cfg.rcnn.sampler.num = 16
        model.train_cfg.rpn_proposal.max_per_img = model.test_cfg.rpn.max_per_img = 20
    return config


@pytest.mark.slow
@EACH
def test_config_trains_evaluates_and_exports(path, request, tmp_path):
    try:
        data = request.getfixturevalue("svhn")
    except pytest.skip.Exception:
        data = request.getfixturevalue("homework")({i: [(i % 10, 5, 5, 12, 25)] for i in range(40)})
    runner = Runner.from_cfg(shortened(path, data, tmp_path))
    before = {n: p.detach().clone() for n, p in runner.model.named_parameters() if p.requires_grad}
    runner.train()
    assert runner.iter == 2
    after = dict(runner.model.named_parameters())
    moved = sum(bool((after[name] != value).any()) for name, value in before.items())
    assert moved > 0.9 * len(before)
    assert all(value.isfinite().all() for value in after.values())
    (scalars,) = tmp_path.glob("*/vis_data/scalars.json")
    validated = json.loads(scalars.read_text().splitlines()[-1])
    assert 0 <= validated["digits/seq_acc"] <= 1
    assert ("val_loss" in validated) == path.stem.startswith("r1")
    runner.test()
    with (tmp_path / "submission" / "pred.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 2
