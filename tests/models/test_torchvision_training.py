"""A training step of the configs against one of torchvision's detectors."""

from pathlib import Path

import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import Config, ConfigDict
from torch import nn
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops import FrozenBatchNorm2d
from torchvision_twins import V1, V2, assert_same_step, build_ours, build_torchvision, enliven

import mmdigits.models  # noqa: F401  registers


def model_config(repository: Path, version: str, trainable: int) -> ConfigDict:
    """The model of a base config with so many of torchvision's five stages trained."""
    file = repository / f"configs/_base_/models/faster_rcnn_r50_fpn_{version}.py"
    model = Config.fromfile(file).model
    model.backbone.frozen_stages = 4 - trainable if trainable < 5 else -1
    return model


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "trainable"), [("v1", 3), ("v2", 3), ("v2", 5)], ids=["v1", "v2", "v2 all stages"]
)
def test_losses_and_step_equal_torchvision(repository: Path, version: str, trainable: int) -> None:
    architecture = dict(v1=V1, v2=V2)[version]
    theirs = enliven(build_torchvision(architecture, trainable))
    ours = build_ours(model_config(repository, version, trainable), theirs, architecture)
    changed = assert_same_step(theirs, ours, architecture)
    stem = {name for name in changed if name.startswith(("backbone.conv1", "backbone.bn1"))}
    statistics = {f"backbone.bn1.{n}" for n in ("running_mean", "running_var")}
    counted = statistics | {"backbone.bn1.num_batches_tracked"}
    parameters = {f"backbone.{n}" for n in ("conv1.weight", "bn1.weight", "bn1.bias")}
    assert stem == {"v1": set(), "v2": counted | (parameters if trainable == 5 else set())}[version]
    assert {"backbone.layer2.0.conv1.weight", "neck.fpn_convs.0.conv.weight"} <= changed


@pytest.mark.parametrize("trainable", range(6))
@pytest.mark.parametrize(
    ("version", "norm"), [("v1", FrozenBatchNorm2d), ("v2", nn.BatchNorm2d)], ids=["v1", "v2"]
)
def test_the_same_parameters_train(
    repository: Path, version: str, norm: type[nn.Module], trainable: int
) -> None:
    with torch.device("meta"):
        ours = MODELS.build(model_config(repository, version, trainable).backbone)
        theirs = resnet_fpn_backbone(
            backbone_name="resnet50", weights=None, norm_layer=norm, trainable_layers=trainable
        ).body

    def trained(model: nn.Module) -> set[str]:
        return {name for name, value in model.named_parameters() if value.requires_grad}

    assert trained(ours) == trained(theirs)
    assert bool(trained(ours)) == (trainable > 0)


def resnet(**cfg: object) -> nn.Module:
    return MODELS.build(
        dict(
            type="StagePluginResNet",
            depth=18,
            frozen_stages=1,
            **dict(dict(norm_eval=False), **cfg),
        )
    )


@pytest.mark.parametrize(
    ("cfg", "frozen", "free"),
    [
        (dict(), False, True),
        (dict(frozen_stats=False), True, True),
        (dict(frozen_stats=False, norm_eval=True), False, False),
    ],
    ids=["as MMDetection", "as torchvision", "norm_eval prevails"],
)
def test_batchnorm_updates_its_statistics_where_it_should(
    cfg: dict[str, bool], frozen: bool, free: bool
) -> None:
    backbone = resnet(**cfg)
    backbone.train()
    backbone(torch.randn(2, 3, 32, 32))
    counts = {
        name: value.item()
        for name, value in backbone.state_dict().items()
        if name.endswith("num_batches_tracked")
    }
    for name, count in counts.items():
        assert count == (frozen if name.startswith(("bn1.", "layer1.")) else free), name
    assert not any(
        p.requires_grad for p in (*backbone.bn1.parameters(), *backbone.layer1.parameters())
    )


def test_frozen_stages_do_not_change_in_evaluation() -> None:
    backbone = resnet(frozen_stats=False)
    assert backbone.train() is backbone
    assert backbone.train(False) is backbone
    assert not any(module.training for module in backbone.modules())


def test_without_plugins_it_is_mmdetections_resnet() -> None:
    stock = MODELS.build(dict(type="ResNet", depth=18))
    assert resnet().state_dict().keys() == stock.state_dict().keys()
