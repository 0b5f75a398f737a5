"""The config against torchvision's ``fasterrcnn_mobilenet_v3_large_fpn``, with the same weights.

Nothing is downloaded: torchvision's builders get a random classification network in place of the
one trained on ImageNet, and so freeze stages and BatchNorm as they do for everybody.
"""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.config import Config, ConfigDict
from mmengine.runner import checkpoint, load_checkpoint
from torch import Tensor, nn
from torchvision.models import MobileNet_V3_Large_Weights, get_model, get_model_weights
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import FrozenBatchNorm2d, MultiScaleRoIAlign
from torchvision_twins import (
    SCORE,
    assert_same_detections,
    assert_same_limits,
    assert_same_step,
    batched,
    build_ours,
    enliven,
    picture,
    sample,
)

from mmdigits.errors import InputError
from mmdigits.models import TorchvisionMobileNetV3
from mmdigits.models.weights import mmdet_to_torchvision, torchvision_to_mmdet

NAME = "fasterrcnn_mobilenet_v3_large_fpn"
NAME_320 = "fasterrcnn_mobilenet_v3_large_320_fpn"
# Height, width: a multiple of 64, one of 32, and two that are padded.
SIZES = [(192, 320), (160, 224), (150, 170), (97, 300)]

LIMITS_320 = dict(nms_pre=150, max_per_img=150)
IMAGENET = "torchvision://mobilenet_v3_large.imagenet1k_v1"

Builder = Callable[..., FasterRCNN]


@pytest.fixture(scope="module")
def imagenet() -> dict[str, Tensor]:
    """The names and tensors of torchvision's file with ImageNet weights; the values are random."""
    torch.manual_seed(0)
    network = get_model("mobilenet_v3_large", weights=None)
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            norm.running_var.uniform_(0.01, 0.02)
    return dict(network.state_dict())


@pytest.fixture(scope="module")
def build(imagenet: dict[str, Tensor]) -> Iterator[Builder]:
    """torchvision's builders, with a backbone's weights but without their download."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            MobileNet_V3_Large_Weights,
            "get_state_dict",
            lambda *_, **__: {k: v.to(torch.get_default_device()) for k, v in imagenet.items()},
        )

        def build(name: str = NAME, **kwargs: Any) -> FasterRCNN:
            return get_model(
                name,
                weights=None,
                weights_backbone="IMAGENET1K_V1",
                num_classes=11,
                box_score_thresh=SCORE,
                image_mean=[0.0, 0.0, 0.0],
                image_std=[1.0, 1.0, 1.0],
                **kwargs,
            )

        yield build


@pytest.fixture(scope="module")
def torchvisions(build: Builder) -> FasterRCNN:
    """torchvision's model with weights that find something, on images in their own size."""
    model = build()
    model.transform.resize = lambda image, target=None: (image, target)
    enliven(model, sizes=SIZES)
    # Most places of a picture hold nothing.
    model.rpn.head.cls_logits.bias.data -= 4
    return model


@pytest.fixture
def theirs(torchvisions: FasterRCNN) -> FasterRCNN:
    """A copy that a test may change."""
    return copy.deepcopy(torchvisions)


@pytest.fixture(scope="module")
def config(repository: Path) -> ConfigDict:
    """The model of the config under test."""
    file = repository / "configs/_base_/models/faster_rcnn_mobilenet_v3_large_fpn.py"
    return Config.fromfile(file).model


@pytest.fixture
def ours(config: ConfigDict, theirs: FasterRCNN) -> nn.Module:
    """The config's model with torchvision's weights, and with its own limits."""
    model = build_ours(config, theirs, NAME)
    model.rpn_head.test_cfg.max_per_img = config.test_cfg.rpn.max_per_img
    model.train_cfg.rpn_proposal.max_per_img = config.train_cfg.rpn_proposal.max_per_img
    return model


def two_images() -> tuple[Tensor, list[DetDataSample]]:
    """A batch ``(2, 3, 96, 160)``: one digit in the first image, none in the second."""
    truth = {"boxes": torch.tensor([[10.0, 8, 40, 70]]), "labels": torch.tensor([4])}
    nothing = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    batch = torch.stack([picture(96, 160, seed).float() for seed in range(2)])
    return batch, [sample(96, 160, truth), sample(96, 160, nothing)]


def proposals(theirs: FasterRCNN, ours: nn.Module, image: Tensor) -> tuple[Tensor, Tensor]:
    """torchvision's and our boxes out of the RPN, ``(K, 4)`` each."""
    batch = batched(theirs, [image])
    size = tuple(image.shape[1:])
    with torch.no_grad():
        (want,), _ = theirs.rpn(ImageList(batch, [size]), theirs.backbone(batch))
        (got,) = ours.rpn_head.predict(ours.extract_feat(batch), [sample(*size)], rescale=False)
    return want, got.bboxes


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_detections_equal_torchvision(theirs, ours, size):
    # Boxes of one corner that are smaller than a cell of 32 px have the same features, so the same
    # score; in this picture no such pair is among the detections, whose order would be left open.
    assert_same_detections(theirs, ours, [picture(*size, seed=1)])


def test_detections_equal_torchvision_in_a_padded_batch(theirs, ours):
    # Padded to (160, 224): neither image fills it.
    assert_same_detections(theirs, ours, [picture(150, 170), picture(90, 200, seed=1)])


def test_detections_equal_torchvision_with_the_limits_of_320(theirs, ours):
    theirs.rpn._pre_nms_top_n["testing"] = theirs.rpn._post_nms_top_n["testing"] = 150
    ours.rpn_head.test_cfg.update(LIMITS_320)
    image = picture(192, 320, seed=1)
    want, got = proposals(theirs, ours, image)
    assert len(want) == len(got) == 150
    assert_same_detections(theirs, ours, [image])


def test_proposals_equal_torchvision_and_the_threshold_removes_most(theirs, ours):
    image = picture(150, 170, seed=1)
    counts, scores = [], []
    for threshold in (0.0, 0.05, 0.3):
        theirs.rpn.score_thresh = ours.rpn_head.test_cfg.score_thr = threshold
        want, got = proposals(theirs, ours, image)
        torch.testing.assert_close(got, want, rtol=0, atol=1e-6)
        counts.append(len(got))
        assert_same_detections(theirs, ours, [image])
        with torch.no_grad():
            scores.append(theirs([image])[0]["scores"].sum().item())
    assert counts[0] > 2 * counts[1] > 3 * counts[2] > 100, counts
    assert len(set(scores)) == 3, "the detections do not depend on the threshold"


def test_features_equal_torchvision_bit_by_bit(theirs, ours):
    frozen = [module for module in theirs.modules() if isinstance(module, FrozenBatchNorm2d)]
    assert {norm.eps for norm in frozen} == {1e-5}
    with torch.no_grad():
        want = theirs.backbone.body(picture(97, 161)[None]).values()
        got = ours.backbone(picture(97, 161)[None])
    assert [tuple(level.shape) for level in got] == [(1, 160, 4, 6), (1, 960, 4, 6)]
    assert all(torch.equal(a, b) for a, b in zip(got, want, strict=True))


@pytest.mark.parametrize("threshold", [0.05, 0.4])
def test_losses_and_a_step_equal_torchvision(theirs, ours, threshold):
    theirs.rpn.score_thresh = ours.train_cfg.rpn_proposal.score_thr = threshold
    changed = assert_same_step(theirs, ours, NAME)
    blocks = {int(name.split(".")[2]) for name in changed if name.startswith("backbone.")}
    assert blocks == set(range(7, 17))
    assert not any("running" in name for name in changed)


@pytest.mark.parametrize("size", [*SIZES, (32, 32), (800, 1344)], ids=str)
def test_anchors_equal_torchvision(build, config, size):
    grids = [(-(-size[0] // stride), -(-size[1] // stride)) for stride in (32, 32, 64)]
    padded = torch.zeros(1, 3, grids[0][0] * 32, grids[0][1] * 32)
    with torch.device("meta"):
        generator = build().rpn.anchor_generator
    generator.cell_anchors = type(generator)(generator.sizes, generator.aspect_ratios).cell_anchors
    (want,) = generator(ImageList(padded, [size]), [torch.zeros(1, 1, *grid) for grid in grids])
    head = MODELS.build(dict(config.rpn_head, train_cfg=None, test_cfg=None))
    got = torch.cat(head.prior_generator.grid_priors(grids, device="cpu"))
    assert len(got) == 15 * sum(rows * columns for rows, columns in grids)
    assert torch.equal(got, want)


@pytest.mark.parametrize("name", [NAME, NAME_320])
def test_limits_and_thresholds_are_torchvisions(build, config, name):
    config = copy.deepcopy(config)
    if name == NAME_320:
        config.test_cfg.rpn.update(LIMITS_320)
    with torch.device("meta"):
        model = build(name)
    assert_same_limits(model, config)
    thresholds = config.train_cfg.rpn_proposal.score_thr, config.test_cfg.rpn.score_thr
    assert thresholds == (model.rpn.score_thresh,) * 2


@pytest.mark.parametrize(("name", "short", "long"), [(NAME, 800, 1333), (NAME_320, 320, 640)])
def test_the_docstring_states_torchvisions_sizes(build, name, short, long):
    with torch.device("meta"):
        transform = build(name).transform
    assert (transform.min_size, transform.max_size) == ((short,), long)


def test_torchvision_guesses_the_stride_16_of_low_images_only():
    # The config's docstring tells of it; the first image decides for all that follow.
    wrong = set()
    for height in range(1, 200):
        pool = MultiScaleRoIAlign(["0", "1"], output_size=1, sampling_ratio=1)
        level = torch.zeros(1, 1, -(-height // 32), 3)
        pool({"0": level, "1": level}, [torch.tensor([[0.0, 0, 1, 1]])], [(height, 96)])
        if pool.scales != [1 / 32] * 2:
            assert pool.scales == [1 / 16] * 2 or height < 12
            wrong.add(height)
    assert wrong == {*range(1, 23), *range(33, 46), *range(65, 68)}


# The first of the 17 blocks that train, by the number of trainable stages.
FIRST = {0: 17, 1: 16, 2: 13, 3: 7, 4: 4, 5: 2, 6: 0}


@pytest.mark.parametrize("trainable", range(7))
def test_trainable_parameters_are_torchvisions(build, trainable):
    with torch.device("meta"):
        theirs = build(trainable_backbone_layers=trainable).backbone.body
        ours = TorchvisionMobileNetV3(trainable_stages=trainable).features
        training_norm = TorchvisionMobileNetV3(trainable, frozen_norm=False).features

    def trained(model: nn.Module) -> set[str]:
        return {name for name, value in model.named_parameters() if value.requires_grad}

    assert trained(ours) == trained(theirs)
    for model in (ours, training_norm):
        blocks = {int(name.split(".")[0]) for name in trained(model)}
        assert blocks == set(range(FIRST[trainable], 17))


def test_frozen_norm_never_changes_and_training_norm_does_also_in_frozen_stages():
    batch = picture(64, 64).float()[None]
    for frozen in (True, False):
        backbone = TorchvisionMobileNetV3(trainable_stages=3, frozen_norm=frozen).train()
        before = copy.deepcopy(backbone.state_dict())
        backbone(batch)
        changed = {k for k, v in backbone.state_dict().items() if not torch.equal(v, before[k])}
        if frozen:
            assert not changed
        else:
            assert changed == {k for k in before if "running" in k or "num_batches" in k}
            assert "features.0.1.running_mean" in changed


def test_untrained_builder_trains_everything_as_the_docstring_says():
    with torch.device("meta"):
        theirs = get_model(NAME, weights=None, weights_backbone=None).backbone.body
        ours = TorchvisionMobileNetV3(trainable_stages=6, frozen_norm=False).features
    for (name, want), (_, got) in zip(theirs.named_modules(), ours.named_modules(), strict=True):
        assert type(got) is type(want), name
        if isinstance(want, nn.BatchNorm2d):
            assert (got.eps, got.momentum) == (want.eps, want.momentum)
    assert all(parameter.requires_grad for parameter in ours.parameters())


@pytest.fixture
def download(monkeypatch: pytest.MonkeyPatch, imagenet: dict[str, Tensor]) -> list[str]:
    """Replaces MMEngine's download of classification weights; lists the addresses asked for."""
    asked: list[str] = []

    def load(url: str, **_: Any) -> dict[str, Tensor]:
        asked.append(url)
        return dict(imagenet)

    monkeypatch.setattr(checkpoint, "load_from_http", load)
    return asked


@pytest.mark.parametrize("frozen_norm", [True, False])
def test_imagenet_weights_fill_the_backbone(build, imagenet, download, frozen_norm):
    backbone = MODELS.build(
        dict(
            type="TorchvisionMobileNetV3",
            frozen_norm=frozen_norm,
            init_cfg=dict(type="Pretrained", checkpoint=IMAGENET),
        )
    )
    backbone.init_weights()
    assert download == [MobileNet_V3_Large_Weights.IMAGENET1K_V1.url]
    ours = backbone.state_dict()
    wanted = {name for name in imagenet if not name.startswith("classifier.")}
    if frozen_norm:
        wanted = {name for name in wanted if not name.endswith("num_batches_tracked")}
    assert ours.keys() == wanted
    assert all(torch.equal(ours[name], imagenet[name]) for name in wanted)


def test_only_eps_of_a_thousandth_gives_the_features_of_the_classification_network(imagenet):
    network = get_model("mobilenet_v3_large", weights=None).eval()
    network.load_state_dict(imagenet)
    batch = picture(64, 96).float()[None]
    with torch.no_grad():
        want = network.features(batch)
    for eps, same in ((1e-3, True), (1e-5, False)):
        backbone = TorchvisionMobileNetV3(norm_eps=eps)
        backbone.load_state_dict(imagenet, strict=False)
        with torch.no_grad():
            got = backbone(batch)[1]
        error = (got - want).abs().max() / want.abs().max()
        assert (error < 1e-4) == same, error


@pytest.mark.parametrize("name", [NAME, NAME_320])
def test_published_weights_fill_all_but_the_predictor(monkeypatch, config, name):
    torch.manual_seed(0)
    published = {
        key: torch.rand(value.shape)
        for key, value in get_model(name, weights=None, weights_backbone=None).state_dict().items()
        # Frozen BatchNorm counts no batches.
        if not key.endswith("num_batches_tracked")
    }
    monkeypatch.setattr(get_model_weights(name), "get_state_dict", lambda *_, **__: published)
    model = MODELS.build(config)
    load_checkpoint(model, f"torchvision-det://{name}.coco_v1")
    ours = model.state_dict()
    back = mmdet_to_torchvision(ours, name).state_dict
    for key, value in published.items():
        if "box_predictor" not in key:
            assert torch.equal(back[key], value), key


@pytest.mark.parametrize("name", [NAME, NAME_320])
@pytest.mark.parametrize("frozen_norm", [True, False])
def test_conversion_both_ways_is_the_identity(config, name, frozen_norm):
    config = copy.deepcopy(config)
    config.backbone.frozen_norm = frozen_norm
    ours, again = MODELS.build(config), MODELS.build(config)
    there, notes = mmdet_to_torchvision(ours.state_dict(), name)
    assert not notes
    back, notes = torchvision_to_mmdet(there, name, 10)
    assert not notes
    again.load_state_dict(back, strict=True)
    for key, value in ours.state_dict().items():
        assert torch.equal(again.state_dict()[key], value), key


def test_conversion_from_torchvision_loses_only_the_boxes_of_background(theirs):
    state = theirs.state_dict()
    there = torchvision_to_mmdet(state, NAME, 10).state_dict
    back = mmdet_to_torchvision(there, NAME).state_dict
    assert {k for k in back if k not in state} == {k for k in back if "num_batches_tracked" in k}
    for key, value in state.items():
        if "box_predictor.bbox_pred" in key:
            value = torch.cat([torch.zeros_like(value[:4]), value[4:]])
        assert back[key].dtype == value.dtype and torch.equal(back[key], value), key
    theirs.load_state_dict(back, strict=True)


def test_stock_model_trains_from_imagenet_also_on_an_image_without_boxes(config, download):
    config = copy.deepcopy(config)
    config.backbone.init_cfg = dict(type="Pretrained", checkpoint=IMAGENET)
    torch.manual_seed(0)
    model = MODELS.build(config)
    model.init_weights()
    model.train()
    losses = model.loss(*two_images())
    total, _ = model.parse_losses(losses)
    total.backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad.isfinite().all(), name
    assert all(parameter.grad is None for parameter in model.backbone.features["6"].parameters())


def test_batch_without_boxes_and_proposals_has_finite_losses(config):
    # torchvision's classification loss of no boxes at all is not a number.
    config = copy.deepcopy(config)
    config.train_cfg.rpn_proposal.score_thr = 1.0
    model = MODELS.build(config).train()
    batch, samples = two_images()
    samples[0] = samples[1]
    total, _ = model.parse_losses(model.loss(batch, samples))
    assert total.isfinite() and total > 0


def test_image_without_proposals_has_no_detections(ours):
    ours.rpn_head.test_cfg.score_thr = 1
    with torch.no_grad():
        (result,) = ours.predict(picture(96, 160)[None], [sample(96, 160)], rescale=False)
    assert result.pred_instances.bboxes.shape == (0, 4)
    assert result.pred_instances.scores.shape == result.pred_instances.labels.shape == (0,)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(trainable_stages=7), "trainable_stages is 7; allowed are 0 .* to 6"),
        (dict(trainable_stages=-1), "trainable_stages is -1"),
        (dict(trainable_stages="3"), "trainable_stages is '3'"),
        (dict(norm_eps=-1e-3), "norm_eps is -0.001; give 0 or more"),
    ],
)
def test_argument_out_of_range_says_what_is_allowed(wrong, message):
    with pytest.raises(InputError, match=f"TorchvisionMobileNetV3: {message}"):
        TorchvisionMobileNetV3(**wrong)
