"""The config against torchvision's own ``fasterrcnn_resnet50_fpn_v2``, both with the same weights.

Weights are random, but scaled so that objectness, scores and boxes are well spread: a comparison of
noise would prove nothing. Both keep 100 proposals to be quick; the real limits are compared apart.
"""

import copy
from pathlib import Path

import pytest
import torch
from mmdet.registry import MODELS, TASK_UTILS
from mmdet.structures import DetDataSample
from mmengine.config import Config, ConfigDict
from mmengine.structures import InstanceData
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN, fasterrcnn_resnet50_fpn_v2
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.models.detection.image_list import ImageList

from mmdigits.models.task_modules import TorchvisionAnchorGenerator
from mmdigits.models.weights import torchvision_to_mmdet

SCORE = 0.05
PROPOSALS = 100
SIZES = [(256, 448), (224, 416), (96, 160), (160, 352)]  # height, width: multiples of 32, one of 64


@pytest.fixture(scope="module")
def config(repository: Path) -> ConfigDict:
    """The model of the config under test."""
    file = repository / "configs/_base_/models/faster_rcnn_r50_fpn_v2.py"
    return Config.fromfile(file).model


@pytest.fixture(scope="module")
def theirs() -> FasterRCNN:
    """torchvision's model without resizing, in evaluation mode."""
    torch.manual_seed(0)
    model = fasterrcnn_resnet50_fpn_v2(
        weights=None,
        weights_backbone=None,
        num_classes=11,
        box_score_thresh=SCORE,
        rpn_post_nms_top_n_train=PROPOSALS,
        rpn_post_nms_top_n_test=PROPOSALS,
        image_mean=[0.0, 0.0, 0.0],
        image_std=[1.0, 1.0, 1.0],
    )
    without_resizing(model)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.normal_(norm.bias, std=0.2)
        norm.momentum = None  # running statistics become those of the next batch
    for conv in model.rpn.head.conv.modules():
        if isinstance(conv, nn.Conv2d):
            nn.init.kaiming_normal_(conv.weight)
    nn.init.normal_(model.rpn.head.cls_logits.weight, std=0.1)
    nn.init.normal_(model.rpn.head.bbox_pred.weight, std=0.02)
    nn.init.normal_(model.roi_heads.box_predictor.cls_score.weight, std=0.5)
    nn.init.normal_(model.roi_heads.box_predictor.bbox_pred.weight, std=0.1)
    box = {"boxes": torch.tensor([[10.0, 10.0, 60.0, 90.0]]), "labels": torch.tensor([1])}
    with torch.no_grad():
        model([picture(96, 160)], [box])
        for norm in norms:
            norm.running_mean += 0.1 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
            norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.7, 1.4)
    return model.eval()


@pytest.fixture
def ours(config: ConfigDict, theirs: FasterRCNN) -> nn.Module:
    """The config's model with torchvision's weights and score threshold, in evaluation mode."""
    config = copy.deepcopy(config)
    config.test_cfg.rcnn.score_thr = SCORE
    config.train_cfg.rpn_proposal.max_per_img = config.test_cfg.rpn.max_per_img = PROPOSALS
    model = MODELS.build(config)
    weights, _ = torchvision_to_mmdet(theirs.state_dict(), "fasterrcnn_resnet50_fpn_v2", 10)
    model.load_state_dict(weights, strict=True)
    return model.eval()


def without_resizing(model: FasterRCNN) -> None:
    """Let torchvision normalise and pad, but take images in the size they come."""
    model.transform.resize = lambda image, target=None: (image, target)


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    """A smooth random picture as the network sees it, ``(3, height, width)``, about -2 to 2."""
    noise = torch.randn(1, 3, 9, 15, generator=torch.Generator().manual_seed(seed))
    large = nn.functional.interpolate(noise, size=(height, width), mode="bicubic")
    return large[0]


def sample(height: int, width: int, truth: dict[str, Tensor] | None = None) -> DetDataSample:
    """What MMDetection knows about an image that fills ``height`` x ``width`` of its batch."""
    size = (height, width)
    made = DetDataSample(metainfo=dict(img_shape=size, pad_shape=size, scale_factor=(1.0, 1.0)))
    if truth is not None:
        # torchvision counts classes from 1, MMDetection from 0.
        made.gt_instances = InstanceData(bboxes=truth["boxes"], labels=truth["labels"] - 1)
        made.ignored_instances = InstanceData(bboxes=torch.zeros(0, 4))
    return made


def batched(model: FasterRCNN, images: list[Tensor]) -> Tensor:
    """The zero-padded batch ``(N, 3, H, W)`` that torchvision makes of the images."""
    return model.transform(images)[0].tensors


def assert_same_detections(theirs: FasterRCNN, ours: nn.Module, images: list[Tensor]) -> None:
    # In double precision, since rounding would swap detections of nearly the same score.
    theirs, ours = copy.deepcopy(theirs).double(), ours.double()
    images = [image.double() for image in images]
    samples = [sample(*image.shape[1:]) for image in images]
    with torch.no_grad():
        expected = theirs(images)
        results = ours.predict(batched(theirs, images), samples, rescale=False)
    for want, result in zip(expected, results, strict=True):
        got = result.pred_instances
        assert len(want["boxes"]) >= 10, "too few detections to compare"
        assert len(want["labels"].unique()) >= 3
        assert got.labels.tolist() == (want["labels"] - 1).tolist()
        torch.testing.assert_close(got.scores, want["scores"], rtol=0, atol=1e-9)
        torch.testing.assert_close(got.bboxes, want["boxes"], rtol=0, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_detections_equal_torchvision(
    theirs: FasterRCNN, ours: nn.Module, size: tuple[int, int]
) -> None:
    assert_same_detections(theirs, ours, [picture(*size)])


@pytest.mark.slow
def test_detections_equal_torchvision_in_a_padded_batch(
    theirs: FasterRCNN, ours: nn.Module
) -> None:
    # Padded to (160, 224): neither image fills it, and neither side is a multiple of 32.
    assert_same_detections(theirs, ours, [picture(150, 170), picture(90, 200, seed=1)])


@pytest.mark.slow
def test_losses_equal_torchvision(theirs: FasterRCNN, ours: nn.Module) -> None:
    # Samplers draw at random, so here both take every anchor and proposal. BatchNorm uses its
    # running statistics in both, since only torchvision updates those of the frozen stages.
    theirs = copy.deepcopy(theirs)
    theirs.rpn.fg_bg_sampler.batch_size_per_image = 10**6
    theirs.roi_heads.fg_bg_sampler.batch_size_per_image = 10**6
    ours.rpn_head.sampler.num = ours.roi_head.bbox_sampler.num = 10**6
    ours.train()
    theirs.train()
    for module in (*ours.modules(), *theirs.modules()):
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    images = [picture(96, 160), picture(80, 128, seed=1)]
    truths = [
        {
            "boxes": torch.tensor([[8.0, 12, 40, 80], [42, 10, 75, 78], [100, 20, 130, 85]]),
            "labels": torch.tensor([3, 10, 1]),
        },
        {
            # The second is small for every anchor: its best IoU is 0.1.
            "boxes": torch.tensor([[30.0, 5, 62, 70], [110, 30, 117, 44]]),
            "labels": torch.tensor([10, 7]),
        },
    ]
    samples = [sample(*image.shape[1:], truth) for image, truth in zip(images, truths, strict=True)]
    with torch.no_grad():
        expected = theirs(images, truths)
        got = ours.loss(batched(theirs, images), samples)
    for want, value in {
        "loss_objectness": sum(got["loss_rpn_cls"]),
        "loss_rpn_box_reg": sum(got["loss_rpn_bbox"]),
        "loss_classifier": got["loss_cls"],
        "loss_box_reg": got["loss_bbox"],
    }.items():
        assert expected[want] > 1e-3, want
        torch.testing.assert_close(
            value, expected[want], rtol=1e-5, atol=0, msg=lambda m, want=want: f"{want}: {m}"
        )


def test_limits_and_thresholds_are_torchvisions(config: ConfigDict) -> None:
    model = fasterrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=11)
    train, test = config.train_cfg, config.test_cfg
    rpn, roi = model.rpn, model.roi_heads
    assert rpn._pre_nms_top_n == dict(training=train.rpn_proposal.nms_pre, testing=test.rpn.nms_pre)
    assert rpn._post_nms_top_n == dict(
        training=train.rpn_proposal.max_per_img, testing=test.rpn.max_per_img
    )
    assert rpn.min_size == train.rpn_proposal.min_bbox_size == test.rpn.min_bbox_size
    assert rpn.nms_thresh == train.rpn_proposal.nms.iou_threshold == test.rpn.nms.iou_threshold
    for part, cfg in ((rpn, train.rpn), (roi, train.rcnn)):
        assert part.proposal_matcher.high_threshold == cfg.assigner.pos_iou_thr
        assert part.proposal_matcher.low_threshold == cfg.assigner.neg_iou_thr
        assert part.fg_bg_sampler.batch_size_per_image == cfg.sampler.num
        assert part.fg_bg_sampler.positive_fraction == cfg.sampler.pos_fraction
    assert roi.nms_thresh == test.rcnn.nms.iou_threshold
    assert roi.detections_per_img == test.rcnn.max_per_img
    assert roi.score_thresh > test.rcnn.score_thr


def test_trainable_parameters_are_torchvisions_three_stages(config: ConfigDict) -> None:
    theirs = resnet_fpn_backbone(
        backbone_name="resnet50", weights=None, norm_layer=nn.BatchNorm2d, trainable_layers=3
    )
    ours = MODELS.build(config)

    def frozen(model: nn.Module, prefix: str) -> set[str]:
        return {
            name.removeprefix(prefix)
            for name, value in model.named_parameters()
            if not value.requires_grad
        }

    assert frozen(ours, "backbone.") == frozen(theirs, "body.") != set()


def test_preprocessing_equals_torchvision(config: ConfigDict) -> None:
    theirs = fasterrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=11)
    without_resizing(theirs)
    ours = MODELS.build(config.data_preprocessor)
    generator = torch.Generator().manual_seed(0)
    bgr = [
        torch.randint(0, 256, (3, height, width), dtype=torch.uint8, generator=generator)
        for height, width in ((50, 70), (40, 100))
    ]
    data = dict(inputs=bgr, data_samples=[DetDataSample(metainfo=dict(img_shape=(1, 1)))] * 2)
    expected = theirs.transform([image.flip(0) / 255 for image in bgr])[0].tensors
    got = ours(data)["inputs"]
    assert got.shape == (2, 3, 64, 128)
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [*SIZES, (32, 32), (800, 1344)], ids=str)
@pytest.mark.parametrize(
    ("scales", "ratios"),
    [([8], [0.5, 1.0, 2.0]), ([4], [0.25, 0.5, 1.0, 2.0, 4.0]), ([2, 3], [1.5, 3.0])],
    ids=["default", "16 to 256, five ratios", "two sizes a level"],
)
def test_anchors_equal_torchvision(
    size: tuple[int, int], scales: list[int], ratios: list[float]
) -> None:
    strides = [4, 8, 16, 32, 64]
    levels = [torch.zeros(1, 1, -(-size[0] // s), -(-size[1] // s)) for s in strides]
    theirs = AnchorGenerator(
        tuple(tuple(s * scale for scale in scales) for s in strides), (tuple(ratios),) * 5
    )
    (expected,) = theirs(ImageList(torch.zeros(1, 3, *size), [size]), levels)
    ours = TASK_UTILS.build(
        dict(type="TorchvisionAnchorGenerator", scales=scales, ratios=ratios, strides=strides)
    )
    got = ours.grid_priors([tuple(level.shape[2:]) for level in levels], device="cpu")
    assert torch.equal(torch.cat(got), expected)


def test_pooled_level_has_the_stride_of_its_rounded_up_grid() -> None:
    generator = TorchvisionAnchorGenerator(strides=[4, 64], ratios=[1.0], scales=[8])
    # 224 x 416 px: 4 rows 224 // 4 = 56 px apart, 7 columns 416 // 7 = 59 px apart.
    _, pooled = generator.grid_priors([(56, 104), (4, 7)], device="cpu")
    centres = pooled.view(4, 7, 2, 2).mean(2)
    assert centres[:, 0, 1].tolist() == [0, 56, 112, 168]
    assert centres[0, :, 0].tolist() == [0, 59, 118, 177, 236, 295, 354]
    assert generator.strides == [(4, 4), (64, 64)]


def test_base_anchors_are_rounded_to_whole_pixels() -> None:
    generator = TorchvisionAnchorGenerator(strides=[4], ratios=[0.5], scales=[8])
    # 32 px, half as high as wide: 45.25 x 22.63, half of it 22.63 x 11.31.
    assert generator.base_anchors[0].tolist() == [[-23, -11, 23, 11]]


def test_anchors_in_the_padding_may_be_sampled() -> None:
    generator = TorchvisionAnchorGenerator(strides=[4, 8], ratios=[1.0], scales=[8, 4])
    flags = generator.valid_flags([(4, 6), (2, 3)], pad_shape=(8, 8), device="cpu")
    assert [level.shape for level in flags] == [(48,), (12,)]
    assert all(level.all() for level in flags)
