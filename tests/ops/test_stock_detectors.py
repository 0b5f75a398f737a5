"""MMDetection's stock detectors train and test on the ``mmcv.ops`` of this machine."""

from collections.abc import Iterator

import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmdet.utils import register_all_modules
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from torch import Tensor, nn
from torchvision.ops import box_iou

HEIGHT, WIDTH, CLASSES = 64, 96, 10
RESNET18 = dict(backbone=dict(depth=18), neck=dict(in_channels=[64, 128, 256, 512]))
NO_THRESHOLD = dict(score_thr=0.0)
TWO_STAGE = dict(
    RESNET18,
    train_cfg=dict(rpn_proposal=dict(max_per_img=32)),
    test_cfg=dict(rpn=dict(max_per_img=32), rcnn=NO_THRESHOLD),
)

STOCK = [
    pytest.param(
        "faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py",
        dict(TWO_STAGE, roi_head=dict(bbox_head=dict(num_classes=CLASSES))),
        0.5,
        id="Faster R-CNN",
    ),
    pytest.param(
        "cascade_rcnn/cascade-rcnn_r50_fpn_1x_coco.py",
        TWO_STAGE,
        0.5,
        id="Cascade R-CNN",
    ),
    pytest.param(
        "retinanet/retinanet_r50_fpn_1x_coco.py",
        dict(RESNET18, bbox_head=dict(num_classes=CLASSES), test_cfg=NO_THRESHOLD),
        0.5,
        id="RetinaNet",
    ),
    pytest.param(
        "rtmdet/rtmdet_tiny_8xb32-300e_coco.py",
        dict(bbox_head=dict(num_classes=CLASSES), test_cfg=NO_THRESHOLD),
        0.65,
        id="RTMDet-tiny",
    ),
]


@pytest.fixture(autouse=True)
def mmdet_scope() -> Iterator[None]:
    """Registries resolve names in mmdet, as they do under a runner."""
    register_all_modules(init_default_scope=False)
    with DefaultScope.overwrite_default_scope("mmdet"):
        yield


def build(path: str, overrides: dict) -> nn.Module:
    config = Config.fromstring(f"_base_ = 'mmdet::{path}'", ".py")
    config.merge_from_dict(dict(model=overrides))
    torch.manual_seed(0)
    return revert_sync_batchnorm(MODELS.build(config.model))


def batch() -> tuple[Tensor, list[DetDataSample]]:
    """Two photographs with two objects and one."""
    boxes = [[[8, 10, 40, 50], [30, 5, 60, 60]], [[50, 20, 90, 55]]]
    samples = []
    for corners in boxes:
        shape = (HEIGHT, WIDTH)
        meta = dict(
            img_shape=shape, ori_shape=shape, pad_shape=shape, scale_factor=(1, 1), img_id=0
        )
        sample = DetDataSample(metainfo=meta | dict(batch_input_shape=shape))
        sample.gt_instances = InstanceData(
            bboxes=torch.tensor(corners).float(), labels=torch.arange(len(corners))
        )
        sample.ignored_instances = InstanceData(
            bboxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.int64)
        )
        samples.append(sample)
    images = torch.rand(2, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0))
    return images, samples


@pytest.mark.parametrize(("path", "overrides", "nms_threshold"), STOCK)
def test_a_stock_detector_learns_and_detects(
    path: str, overrides: dict, nms_threshold: float
) -> None:
    model = build(path, overrides)
    images, samples = batch()

    loss, _ = model.parse_losses(model.loss(images, samples))
    loss.backward()
    assert loss.isfinite()
    # Stock ResNets freeze their stem and first stage; the last stage always learns.
    last_stage = list(model.backbone.children())[-1]
    assert all(parameter.grad.isfinite().all() for parameter in last_stage.parameters())
    assert any(parameter.grad.any() for parameter in last_stage.parameters())

    model.eval()
    with torch.no_grad():
        found = model.predict(images, samples)[0].pred_instances
    assert len(found) > 1
    overlaps = box_iou(found.bboxes, found.bboxes).fill_diagonal_(0)
    same_class = found.labels[:, None] == found.labels
    assert overlaps[same_class].max() <= nms_threshold
