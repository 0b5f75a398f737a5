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

R50, R101 = dict(depth=50), dict(depth=101)
X50 = dict(type="ResNeXt", depth=50, groups=32, base_width=4)
X101 = dict(type="ResNeXt", depth=101, groups=32, base_width=8)
MOBILE = dict(type="TorchvisionMobileNetV3", trainable_stages=3, frozen_norm=True)
V1, V2 = "Shared2FCBBoxHead", "Shared4Conv1FCBBoxHead"
DEFAULT = ([8], [0.5, 1.0, 2.0])  # times the strides 4..64: 32..512 px; height / width
FIVE = ([4], [0.25, 0.5, 1.0, 2.0, 4.0])
LIGHT = ([1, 2, 4, 8, 16], [0.5, 1.0, 2.0])  # all sizes at every level
CONSTANT: list = []
COSINE = [dict(type="LinearWarmupCosineLR", warmup=0.05, by_epoch=False)]
EPOCH_COSINE = [dict(type="CosineAnnealingLR", T_max=10, eta_min=1e-6)]


def step_lr(size: int, gamma: float) -> list[dict]:
    return [dict(type="StepLR", step_size=size, gamma=gamma)]


RESTARTS = [
    dict(
        type="CosineRestartLR",
        by_epoch=False,
        periods=[10000 * 2**n for n in range(6)],
        restart_weights=[1] * 6,
        eta_min=0,
    )
]
# Backbone, frozen stages, box head, anchors (scales and ratios), schedule.
SYSTEMS = {
    "r0_faster_rcnn_r50_fpn_v2": (R50, 1, V2, DEFAULT, step_lr(10, 0.1)),
    "r0_faster_rcnn_r50_fpn_v2_cbam": (R50, 1, V2, DEFAULT, step_lr(10, 0.1)),
    "r0_faster_rcnn_r50_fpn_v2_cbam_cosine": (R50, 1, V2, DEFAULT, COSINE),
    "r1_faster_rcnn_r50_fpn_v2": (R50, -1, V2, DEFAULT, step_lr(5, 0.1)),
    "r1_faster_rcnn_r50_fpn_v2_trainable3": (R50, 1, V2, DEFAULT, step_lr(5, 0.1)),
    "r1_faster_rcnn_r50_fpn_v2_anchors8to128": (R50, -1, V2, ([2], DEFAULT[1]), step_lr(5, 0.1)),
    "r1_faster_rcnn_r50_fpn_v2_constant": (R50, -1, V2, DEFAULT, CONSTANT),
    "r1_faster_rcnn_r50_fpn_v2_jitter": (R50, -1, V2, DEFAULT, step_lr(5, 0.1)),
    "r1_faster_rcnn_r50_fpn_v1": (R50, -1, V1, DEFAULT, step_lr(5, 0.1)),
    "r1_faster_rcnn_mobilenet_v3_large_fpn": (MOBILE, None, V1, LIGHT, step_lr(5, 0.1)),
    "r2_faster_rcnn_r50_fpn_v2": (R50, 1, V2, DEFAULT, EPOCH_COSINE),
    "r2_faster_rcnn_r50_fpn_v2_step": (R50, 1, V2, DEFAULT, step_lr(1, 0.7)),
    "r3_faster_rcnn_r101_fpn_v1": (R101, 1, V1, DEFAULT, CONSTANT),
    "r3_faster_rcnn_r101_fpn_v1_restarts": (R101, 1, V1, DEFAULT, RESTARTS),
    "r3_faster_rcnn_r101_fpn_v1_anchors": (R101, 1, V1, FIVE, CONSTANT),
    "r3_faster_rcnn_r101_fpn_v1_restarts_anchors": (R101, 1, V1, FIVE, RESTARTS),
    "r3_faster_rcnn_r101_fpn_v1_restarts_anchors_sharpened": (R101, 1, V1, FIVE, RESTARTS),
    "r3_faster_rcnn_r101_fpn_v1_restarts_anchors_by_map": (R101, 1, V1, FIVE, RESTARTS),
    "r3_faster_rcnn_r50_fpn_v1": (R50, 1, V1, DEFAULT, CONSTANT),
    "r3_faster_rcnn_x50_32x4d_fpn_v1": (X50, 1, V1, DEFAULT, CONSTANT),
    "r3_faster_rcnn_x101_32x8d_fpn_v1": (X101, 1, V1, DEFAULT, CONSTANT),
    "r4_faster_rcnn_r50_fpn_v2": (R50, 1, V2, DEFAULT, step_lr(3, 0.3)),
    "r4_faster_rcnn_r50_fpn_v2_focal": (R50, 1, V2, DEFAULT, step_lr(3, 0.3)),
    "r4_faster_rcnn_r50_fpn_v1": (R50, 1, V1, DEFAULT, step_lr(3, 0.3)),
    "r4_faster_rcnn_mobilenet_v3_large_fpn": (MOBILE, None, V1, LIGHT, step_lr(3, 0.3)),
}
AUGMENTATIONS = {
    "r0": [
        dict(type="RandomFlip", prob=0.5),
        dict(type="ColorJitter", brightness=0.2, contrast=0.2, saturation=0.1),
        dict(type="RandomAdjustSharpness", sharpness_factor=10, prob=0.8),
    ],
    "jitter": [dict(type="ColorJitter", brightness=0.2, contrast=0.2, saturation=0.2, hue=0.2)],
    "sharpened": [dict(type="RandomAdjustSharpness", sharpness_factor=2, prob=1.0)],
}
EACH_SYSTEM = pytest.mark.parametrize("name", SYSTEMS)


def load(name: str) -> Config:
    return Config.fromfile(REPORTS / f"{name}.py")


def test_every_report_is_in_the_table():
    merged = {"r4_faster_rcnn_merged_nms"}
    assert {path.stem for path in REPORTS.glob("*.py")} == set(SYSTEMS) | merged


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
    # By x, and nothing is suppressed between digits: none of the reports did.
    assert config.reader == dict(
        type="DigitStringPostprocessor", score_thr=threshold, iou_thr=1, order="x"
    )
    assert config.optim_wrapper.constructor == "AmpOnAcceleratorConstructor"
    mixed = config.optim_wrapper.get("automatic_amp", True)
    assert mixed == path.stem.startswith(("r0", "r1"))
    assert ("validation_loss" in config.default_hooks) == path.stem.startswith("r1")
    sampler = dict(type="DefaultSampler", shuffle=True)
    if path.stem.startswith("r2"):
        sampler = dict(type="RandomFractionSampler", fraction=0.1)
    assert config.train_dataloader.sampler == sampler
    assert [step.scale for step in steps(config) if step.type == "Resize"] == [(1333, 800)] * 3


@EACH_SYSTEM
def test_network_and_schedule_are_the_reports(name):
    config, model = load(name), load(name).model
    backbone, frozen, head, (scales, ratios), schedule = SYSTEMS[name]
    assert {key: model.backbone[key] for key in backbone} == backbone
    assert model.backbone.get("frozen_stages") == frozen
    assert model.roi_head.bbox_head.type == head
    assert model.rpn_head.anchor_generator.scales == scales
    assert model.rpn_head.anchor_generator.ratios == ratios
    assert config.param_scheduler == schedule


@EACH_SYSTEM
def test_weights_to_start_from_are_the_reports_and_fit_the_batchnorm(name):
    config = load(name)
    backbone, head = config.model.backbone, SYSTEMS[name][2]
    if name.startswith("r3"):
        groups = "" if backbone.type == "ResNet" else f"_{backbone.groups}x{backbone.base_width}d"
        network = f"{'resnext' if groups else 'resnet'}{backbone.depth}{groups}"
        assert backbone.init_cfg == dict(
            type="Pretrained", checkpoint=f"torchvision://{network}.imagenet1k_v2"
        )
        assert config.load_from is None and backbone.norm_cfg.eps == 1e-5
        return
    assert "init_cfg" not in backbone
    if "mobilenet" in name:
        detector = "mobilenet_v3_large_fpn"
    elif head == V1:
        detector = "resnet50_fpn"
        assert backbone.norm_cfg.eps == 0
    else:
        detector = "resnet50_fpn_v2"
    assert config.load_from == f"torchvision-det://fasterrcnn_{detector}.coco_v1"


@EACH
def test_augmentation_is_the_reports(path):
    plain = ("LoadImageFromFile", "LoadAnnotations", "Resize", "PackDetInputs")
    pipeline = Config.fromfile(path).train_dataloader.dataset.pipeline
    delta = path.stem.split("_")[-1]
    key = "r0" if path.stem.startswith("r0") else delta
    assert [step for step in pipeline if step.type not in plain] == AUGMENTATIONS.get(key, [])


@pytest.mark.parametrize("name", [name for name in SYSTEMS if name.startswith("r0")])
def test_cbam_is_at_the_end_of_stages_2_to_4_of_its_own_configs(name):
    expected = []
    if "cbam" in name:
        cbam = dict(type="CBAM", reduction=16, kernel_size=7)
        expected = [dict(cfg=cbam, stages=(False, True, True, True))]
    assert load(name).model.backbone.stage_plugins == expected


def test_focal_loss_has_the_usual_values():
    loss = load("r4_faster_rcnn_r50_fpn_v2_focal").model.roi_head.bbox_head.loss_cls
    assert loss == dict(type="SoftmaxFocalLoss", gamma=2.0, alpha=[0.25] * 10 + [0.75])


def test_the_merged_three_are_r4s_own():
    config = load("r4_faster_rcnn_merged_nms")
    parts = ["r50_fpn_v2", "r50_fpn_v1", "mobilenet_v3_large_fpn"]
    files = [REPORTS / f"r4_faster_rcnn_{part}.py" for part in parts]
    assert [Path(file).resolve() for file in config.model.detectors] == files
    weights = [Config.fromfile(file).load_from.removeprefix("torchvision-det://") for file in files]
    assert config.load_from == "torchvision-det://" + "+".join(weights)
    assert config.param_scheduler == step_lr(3, 0.3)
    assert config.model.test_cfg.nms == dict(type="nms", iou_threshold=0.5)


def steps(config: Config) -> list[ConfigDict]:
    """Every step of the three loaders' pipelines."""
    loaders = (config.train_dataloader, config.val_dataloader, config.test_dataloader)
    return [step for loader in loaders for step in loader.dataset.pipeline]


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
