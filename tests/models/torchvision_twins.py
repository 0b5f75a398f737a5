"""Two models of one detector, torchvision's and MMDetection's, and how their answers are compared.

Weights are random, but scaled so that objectness, scores and boxes are well spread: a comparison of
noise would prove nothing. Everything is in double precision, where rounding can't swap proposals of
nearly the same score. Both models keep few proposals, to be quick.
"""

import copy
from collections.abc import Sequence

import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData
from torch import Tensor, nn
from torchvision.models import ResNet50_Weights, get_model, resnet50
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops import FrozenBatchNorm2d

from mmdigits.models.weights import torchvision_to_mmdet

SCORE = 0.05
PROPOSALS = 30
V1 = "fasterrcnn_resnet50_fpn"
V2 = "fasterrcnn_resnet50_fpn_v2"
# By torchvision's name: what a config that inherits v1 changes in its backbone.
BACKBONES = {
    "resnet50": dict(),
    "resnet101": dict(depth=101),
    "resnext50_32x4d": dict(type="ResNeXt", groups=32, base_width=4),
    "resnext101_32x8d": dict(type="ResNeXt", depth=101, groups=32, base_width=8),
}


def build_torchvision(architecture: str, trainable: int = 3) -> FasterRCNN:
    """A digit detector as torchvision builds it from an ImageNet backbone, with random weights.

    Args:
        architecture: A key of ``ARCHITECTURES`` with a ResNet in it.
        trainable: Stages that train, 0 to 5.

    Returns:
        The model, which takes images already normalised and in their own size.
    """
    limits = dict(
        num_classes=11,
        box_score_thresh=SCORE,
        rpn_post_nms_top_n_train=PROPOSALS,
        rpn_post_nms_top_n_test=PROPOSALS,
        image_mean=[0.0, 0.0, 0.0],
        image_std=[1.0, 1.0, 1.0],
    )
    if architecture in (V1, V2):
        with pytest.MonkeyPatch.context() as patch:
            # In place of a download.
            state = resnet50(weights=None).state_dict()
            patch.setattr(ResNet50_Weights, "get_state_dict", lambda *_, **__: state)
            model = get_model(
                architecture,
                weights=None,
                weights_backbone="IMAGENET1K_V1",
                trainable_backbone_layers=trainable,
                **limits,
            )
    else:
        name = architecture.removeprefix("fasterrcnn_").removesuffix("_fpn")
        backbone = resnet_fpn_backbone(backbone_name=name, weights=None, trainable_layers=trainable)
        model = FasterRCNN(backbone, **limits)
    model.transform.resize = lambda image, target=None: (image, target)
    return model


@torch.no_grad()
def enliven(
    model: FasterRCNN, seed: int = 0, sizes: Sequence[tuple[int, int]] = ((96, 160), (96, 160))
) -> FasterRCNN:
    """Spread a torchvision model's features and answers; leaves it in double precision and eval.

    Pictures of the given heights and widths run through it. On their way each BatchNorm's
    statistics become about those of its input, and each layer that decides on detections is
    centred and scaled.
    """
    torch.manual_seed(seed)

    def settle(norm: nn.Module, inputs: tuple[Tensor]) -> None:
        mean, var = inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3))
        norm.running_mean.copy_(mean + 0.1 * var.sqrt() * torch.randn_like(mean))
        norm.running_var.copy_(var * torch.empty_like(var).uniform_(0.7, 1.4))

    def spread(layer: nn.Module, std: float) -> None:
        def once(_: nn.Module, __: tuple[Tensor], output: Tensor) -> Tensor:
            hook.remove()
            others = [axis for axis in range(output.ndim) if axis != 1]
            mean = output.mean(others, keepdim=True)
            scale = std / (output - mean).std()
            layer.weight.mul_(scale)
            layer.bias.copy_(scale * (layer.bias - mean.flatten()))
            return scale * (output - mean)

        hook = layer.register_forward_hook(once)

    model.double().eval()
    hooks = []
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d | FrozenBatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.normal_(norm.bias, std=0.2)
            hooks.append(norm.register_forward_pre_hook(settle))
    spread(model.rpn.head.cls_logits, 2)
    spread(model.rpn.head.bbox_pred, 0.2)
    spread(model.roi_heads.box_predictor.cls_score, 2)
    spread(model.roi_heads.box_predictor.bbox_pred, 0.3)
    model([picture(*size, seed=number) for number, size in enumerate(sizes)])
    for hook in hooks:
        hook.remove()
    return model


def build_ours(config: ConfigDict, theirs: FasterRCNN, architecture: str) -> nn.Module:
    """A config's model with torchvision's weights and limits, in double precision and eval."""
    config = copy.deepcopy(config)
    config.test_cfg.rcnn.score_thr = SCORE
    config.train_cfg.rpn_proposal.max_per_img = config.test_cfg.rpn.max_per_img = PROPOSALS
    model = MODELS.build(config).double()
    weights, _ = torchvision_to_mmdet(theirs.state_dict(), architecture, 10)
    model.load_state_dict(weights, strict=True)
    return model.eval()


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    """A smooth random picture as the network sees it: ``(3, height, width)``, about -2 to 2."""
    noise = torch.randn(1, 3, 9, 15, generator=torch.Generator().manual_seed(seed))
    return nn.functional.interpolate(noise.double(), size=(height, width), mode="bicubic")[0]


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


def assert_same_limits(theirs: FasterRCNN, config: ConfigDict) -> None:
    """Compare the thresholds and numbers of boxes that both have by default."""
    train, test = config.train_cfg, config.test_cfg
    rpn, roi = theirs.rpn, theirs.roi_heads
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


def assert_same_detections(theirs: FasterRCNN, ours: nn.Module, images: list[Tensor]) -> None:
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


def assert_same_step(theirs: FasterRCNN, ours: nn.Module, architecture: str) -> set[str]:
    """Compare the losses, and how a step of SGD changes each weight and each statistic.

    Returns:
        MMDetection's names of the tensors that the step changed.
    """
    # Samplers draw at random, so here both take every anchor and every proposal.
    theirs.rpn.fg_bg_sampler.batch_size_per_image = 10**6
    theirs.roi_heads.fg_bg_sampler.batch_size_per_image = 10**6
    ours.rpn_head.sampler.num = ours.roi_head.bbox_sampler.num = 10**6
    images = [picture(96, 160), picture(80, 128, seed=1)]
    truths = [
        {
            "boxes": torch.tensor(
                [[8.0, 12, 40, 80], [42, 10, 75, 78], [100, 20, 130, 85]]
            ).double(),
            "labels": torch.tensor([3, 10, 1]),
        },
        {
            # The second is small for every anchor: its best IoU is 0.1.
            "boxes": torch.tensor([[30.0, 5, 62, 70], [110, 30, 117, 44]]).double(),
            "labels": torch.tensor([10, 7]),
        },
    ]
    samples = [sample(*image.shape[1:], truth) for image, truth in zip(images, truths, strict=True)]
    before = {name: value.clone() for name, value in ours.state_dict().items()}

    expected = theirs.train()(images, truths)
    ours.train()
    got = ours.loss(batched(theirs, images), samples)
    for want, value in {
        "loss_objectness": sum(got["loss_rpn_cls"]),
        "loss_rpn_box_reg": sum(got["loss_rpn_bbox"]),
        "loss_classifier": got["loss_cls"],
        "loss_box_reg": got["loss_bbox"],
    }.items():
        assert expected[want] > 1e-3, want
        torch.testing.assert_close(
            value, expected[want], rtol=1e-6, atol=0, msg=lambda m, want=want: f"{want}: {m}"
        )
    for model, loss in ((theirs, sum(expected.values())), (ours, ours.parse_losses(got)[0])):
        loss.backward()
        torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1).step()
    after = ours.state_dict()
    wanted = torchvision_to_mmdet(theirs.state_dict(), architecture, 10).state_dict
    # Frozen BatchNorm counts no batches; torchvision's frozen kind gets a count on the way.
    wanted = {k: v for k, v in wanted.items() if k in after or "num_batches" not in k}
    assert after.keys() == wanted.keys()
    changed = set()
    for name, old in before.items():
        want, step = (state[name].double() - old.double() for state in (wanted, after))
        # MMDetection encodes the boxes to learn in single precision, whatever the model's.
        limit = 1e-5 * want.abs().max().item()
        torch.testing.assert_close(
            step, want, rtol=0, atol=limit, msg=lambda m, name=name: f"{name}: {m}"
        )
        if limit > 0:
            changed.add(name)
    return changed
