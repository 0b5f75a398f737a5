from pathlib import Path

import pytest
import torch
import torchvision
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.runner import checkpoint
from torchvision.models import get_model, get_model_weights
from torchvision_twins import BACKBONES

import mmdigits.models  # noqa: F401  registers


def test_half_precision_classifier_without_its_last_layer_fills_the_backbone(repository, tmp_path):
    theirs = torchvision.models.resnet50(weights=None).state_dict()
    file = {
        name: value.half() if name.endswith("conv1.weight") else value
        for name, value in theirs.items()
        if not name.startswith("fc.")
    }
    torch.save(file, tmp_path / "backbone.pth")
    config = Config.fromfile(repository / "configs/_base_/models/faster_rcnn_r50_fpn_v2.py")
    config.model.backbone.init_cfg = dict(
        type="Pretrained", checkpoint=str(tmp_path / "backbone.pth")
    )
    backbone = MODELS.build(config.model.backbone)
    backbone.init_weights()
    ours = backbone.state_dict()
    assert ours.keys() == file.keys()
    for name, value in file.items():
        assert ours[name].dtype in (torch.float32, torch.int64)
        assert torch.equal(ours[name], value.to(ours[name].dtype)), name


@pytest.mark.parametrize("name", BACKBONES)
def test_imagenet_weights_of_that_name_fill_the_backbone(
    repository: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with torch.device("meta"):
        theirs = get_model(name, weights=None).state_dict()
    downloaded = {key: torch.rand(value.shape).to(value.dtype) for key, value in theirs.items()}
    asked: list[str] = []

    def download(url: str, **_: object) -> dict[str, torch.Tensor]:
        asked.append(url)
        return dict(downloaded)

    monkeypatch.setattr(checkpoint, "load_from_http", download)
    config = Config.fromfile(repository / "configs/_base_/models/faster_rcnn_r50_fpn_v1.py")
    weights = dict(type="Pretrained", checkpoint=f"torchvision://{name}.imagenet1k_v2")
    config.merge_from_dict(dict(model=dict(backbone=dict(BACKBONES[name], init_cfg=weights))))
    backbone = MODELS.build(config.model.backbone)
    backbone.init_weights()
    assert asked == [get_model_weights(name).IMAGENET1K_V2.url]
    ours = backbone.state_dict()
    assert downloaded.keys() - ours.keys() == {"fc.weight", "fc.bias"}
    assert all(torch.equal(value, downloaded[key]) for key, value in ours.items())
