from pathlib import Path

import mmdet
import pytest
import torch
import torchvision
from mmdet.registry import MODELS
from mmengine.config import Config
from torch import Tensor
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision_twins import BACKBONES, V1, V2

import mmdigits.models  # noqa: F401  registers
from mmdigits.errors import InputError
from mmdigits.models.weights import mmdet_to_torchvision, torchvision_to_mmdet

CLS = "roi_heads.box_predictor.cls_score."
BOX = "roi_heads.box_predictor.bbox_pred."
FC_CLS = "roi_head.bbox_head.fc_cls."
FC_REG = "roi_head.bbox_head.fc_reg."


def detector(architecture: str, num_classes: int) -> torch.nn.Module:
    return torchvision.models.get_model(
        architecture, weights=None, weights_backbone=None, num_classes=num_classes
    )


@pytest.fixture(scope="module")
def v2() -> dict[str, Tensor]:
    """A digit detector of torchvision: background and ten digits."""
    torch.manual_seed(0)
    return dict(detector(V2, 11).state_dict())


@pytest.fixture(scope="module")
def v2_in_mmdet(v2: dict[str, Tensor]) -> dict[str, Tensor]:
    return torchvision_to_mmdet(v2, V2, 10).state_dict


def assert_identical(got: dict[str, Tensor], want: dict[str, Tensor]) -> None:
    assert got.keys() == want.keys()
    for name, value in want.items():
        assert got[name].dtype == value.dtype, name
        assert torch.equal(got[name], value), name


def test_every_tensor_of_v2_gets_a_name(v2, v2_in_mmdet):
    assert len(v2) == len(v2_in_mmdet) == 404


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("backbone.body.bn1.num_batches_tracked", "backbone.bn1.num_batches_tracked"),
        ("backbone.body.layer3.5.conv2.weight", "backbone.layer3.5.conv2.weight"),
        ("backbone.fpn.inner_blocks.2.0.weight", "neck.lateral_convs.2.conv.weight"),
        ("backbone.fpn.layer_blocks.3.1.running_var", "neck.fpn_convs.3.bn.running_var"),
        ("rpn.head.conv.1.0.bias", "rpn_head.rpn_conv.1.conv.bias"),
        ("rpn.head.bbox_pred.weight", "rpn_head.rpn_reg.weight"),
        ("roi_heads.box_head.3.1.weight", "roi_head.bbox_head.shared_convs.3.bn.weight"),
        ("roi_heads.box_head.5.weight", "roi_head.bbox_head.shared_fcs.0.weight"),
    ],
)
def test_value_arrives_under_its_new_name(v2, v2_in_mmdet, theirs, ours):
    assert torch.equal(v2_in_mmdet[ours], v2[theirs])


def test_background_moves_from_first_to_last(v2, v2_in_mmdet):
    for kind in ("weight", "bias"):
        assert torch.equal(v2_in_mmdet[FC_CLS + kind][10], v2[CLS + kind][0])
        # torchvision's class 4 is the digit 3, label 3 here.
        assert torch.equal(v2_in_mmdet[FC_CLS + kind][3], v2[CLS + kind][4])
        assert torch.equal(v2_in_mmdet[FC_REG + kind], v2[BOX + kind][4:])


def test_round_trip_from_mmdet_is_the_identity(v2_in_mmdet):
    there = mmdet_to_torchvision(v2_in_mmdet, V2).state_dict
    assert_identical(torchvision_to_mmdet(there, V2, 10).state_dict, v2_in_mmdet)


def test_round_trip_from_torchvision_loses_only_the_boxes_of_background(v2, v2_in_mmdet):
    want = dict(v2)
    for kind in ("weight", "bias"):
        want[BOX + kind] = want[BOX + kind].clone()
        want[BOX + kind][:4] = 0
    assert_identical(mmdet_to_torchvision(v2_in_mmdet, V2).state_dict, want)


def test_result_loads_strictly_into_torchvision(v2_in_mmdet):
    converted = mmdet_to_torchvision(v2_in_mmdet, V2).state_dict
    detector(V2, 11).load_state_dict(converted, strict=True)


def test_half_precision_stays_half(v2):
    half = {k: v.half() if v.is_floating_point() else v for k, v in v2.items()}
    converted = torchvision_to_mmdet(half, V2, 10).state_dict
    assert converted[FC_CLS + "weight"].dtype == torch.float16
    assert_identical(
        torchvision_to_mmdet(mmdet_to_torchvision(converted, V2).state_dict, V2, 10).state_dict,
        converted,
    )


@pytest.mark.parametrize("num_classes", [None, 90, 9])
def test_predictor_for_other_classes_is_dropped_with_a_note(v2, v2_in_mmdet, num_classes):
    converted, notes = torchvision_to_mmdet(v2, V2, num_classes)
    gone = {FC_CLS + "weight", FC_CLS + "bias", FC_REG + "weight", FC_REG + "bias"}
    assert v2_in_mmdet.keys() - converted.keys() == gone
    assert notes == ["dropped the 11-class predictor (background is one of them)"]


def test_predictor_for_the_same_classes_is_kept_without_a_note(v2):
    assert torchvision_to_mmdet(v2, V2, 10).notes == []


def test_v1_fills_mmdetections_own_faster_rcnn():
    theirs = detector(V1, 11).state_dict()
    config = Config.fromfile(
        f"{mmdet.__path__[0]}/.mim/configs/_base_/models/faster-rcnn_r50_fpn.py"
    ).model
    config.roi_head.bbox_head.num_classes = 10
    ours = MODELS.build(config)
    ours.load_state_dict(torchvision_to_mmdet(theirs, V1, 10).state_dict, strict=True)
    assert torch.equal(ours.rpn_head.rpn_conv.bias, theirs["rpn.head.conv.0.0.bias"])
    assert torch.equal(
        ours.roi_head.bbox_head.shared_fcs[1].bias, theirs["roi_heads.box_head.fc7.bias"]
    )


def test_v1_file_of_an_older_torchvision_converts_alike():
    theirs = detector(V1, 11).state_dict()
    published = {
        # One level fewer in the FPN and the RPN, and frozen BatchNorm, which counts no batches.
        name.replace("_blocks.0.0.", "_blocks.0.").replace("conv.0.0.", "conv."): value
        for name, value in theirs.items()
        if not name.endswith("num_batches_tracked")
    }
    assert published.keys() - theirs.keys() >= {
        "backbone.fpn.inner_blocks.0.weight",
        "rpn.head.conv.bias",
    }
    assert_identical(
        torchvision_to_mmdet(published, V1, 10).state_dict,
        torchvision_to_mmdet(theirs, V1, 10).state_dict,
    )


def with_frozen_norm(backbone: str) -> FasterRCNN:
    """torchvision's detector with one of its ResNets and v1's head, without memory for weights."""
    with torch.device("meta"):
        return FasterRCNN(resnet_fpn_backbone(backbone_name=backbone, weights=None), num_classes=11)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_weights_with_frozen_norm_fill_both_models_and_come_back(
    repository: Path, backbone: str
) -> None:
    architecture = f"fasterrcnn_{backbone}_fpn"
    theirs = with_frozen_norm(backbone)
    state = {name: torch.rand(value.shape) for name, value in theirs.state_dict().items()}
    config = Config.fromfile(repository / "configs/_base_/models/faster_rcnn_r50_fpn_v1.py")
    config.merge_from_dict(dict(model=dict(backbone=BACKBONES[backbone])))
    with torch.device("meta"):
        ours = MODELS.build(config.model)
    converted = torchvision_to_mmdet(state, architecture, 10).state_dict
    ours.load_state_dict(converted, strict=True, assign=True)
    assert_identical(dict(ours.state_dict()), converted)

    back = mmdet_to_torchvision(ours.state_dict(), architecture).state_dict
    theirs.load_state_dict(back, strict=True, assign=True)
    # Frozen BatchNorm counts no batches, MMDetection's does.
    counts = {name: back.pop(name) for name in [*back] if name.endswith("num_batches_tracked")}
    assert counts and not any(counts.values())
    for kind in ("weight", "bias"):
        state[BOX + kind][:4] = 0
    assert_identical(back, state)
    assert_identical(dict(theirs.state_dict()), state)


def test_weights_of_a_wider_backbone_are_refused():
    with pytest.raises(
        InputError, match=r"not a fasterrcnn_resnet50_fpn, size mismatch for .*layer1"
    ):
        torchvision_to_mmdet(with_frozen_norm("resnext50_32x4d").state_dict(), V1, 10)


def test_weights_of_a_deeper_backbone_are_refused():
    with pytest.raises(InputError, match=r"unknown \(backbone\.body\.layer3\.6\.conv1\.weight"):
        torchvision_to_mmdet(with_frozen_norm("resnet101").state_dict(), V1, 10)


def test_missing_and_unknown_names_are_counted_and_the_first_listed(v2):
    broken = dict(v2)
    del broken["rpn.head.cls_logits.weight"]
    broken |= {f"extra{i}": torch.zeros(1) for i in range(5)}
    with pytest.raises(InputError) as caught:
        torchvision_to_mmdet(broken, V2, 10)
    assert "names 1 missing (rpn.head.cls_logits.weight)" in str(caught.value)
    assert "and 5 unknown (extra0, extra1, extra2, ...)" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_weights_of_another_architecture_are_refused_both_ways(v2, v2_in_mmdet):
    with pytest.raises(InputError, match=r"not a fasterrcnn_resnet50_fpn, .* unknown"):
        torchvision_to_mmdet(v2, V1, 10)
    with pytest.raises(InputError, match=r"not a fasterrcnn_resnet50_fpn, .* unknown"):
        mmdet_to_torchvision(v2_in_mmdet, V1)


def test_wrong_shape_is_named(v2):
    broken = v2 | {"backbone.body.conv1.weight": torch.zeros(3, 3)}
    with pytest.raises(InputError, match=r"size mismatch for backbone\.body\.conv1\.weight"):
        torchvision_to_mmdet(broken, V2, 10)


def test_unknown_architecture_names_the_known():
    with pytest.raises(InputError, match=f"'retinanet'; allowed: {V1}, {V2}"):
        torchvision_to_mmdet({}, "retinanet", 10)
    with pytest.raises(InputError, match="'retinanet'"):
        mmdet_to_torchvision({}, "retinanet")
