import torch
import torchvision
from mmdet.registry import MODELS
from mmengine.config import Config

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
