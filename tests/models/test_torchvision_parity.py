"""The configs against torchvision's own detectors, both with the same weights."""

from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from mmdet.registry import MODELS, TASK_UTILS
from mmdet.structures import DetDataSample
from mmengine.config import Config
from torchvision.models import get_model
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection._utils import overwrite_eps
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision_twins import (
    BACKBONES,
    V1,
    V2,
    assert_same_detections,
    assert_same_limits,
    build_ours,
    build_torchvision,
    enliven,
    picture,
)

from mmdigits.models.task_modules import TorchvisionAnchorGenerator

SIZES = [(256, 448), (224, 416), (96, 160), (160, 352)]  # height, width: multiples of 32, one of 64


class Case(NamedTuple):
    """A detector of torchvision, and the base config and backbone that make it."""

    architecture: str
    version: str
    backbone: dict[str, object]
    eps: float | None = None


CASES = {
    "v2": Case(V2, "v2", dict()),
    # torchvision overwrites eps when it loads its COCO weights.
    "v1 from COCO": Case(V1, "v1", dict(norm_cfg=dict(eps=0)), eps=0.0),
    **{name: Case(f"fasterrcnn_{name}_fpn", "v1", change) for name, change in BACKBONES.items()},
}


def base(repository: Path, version: str) -> Config:
    """A base config with a ``model``."""
    return Config.fromfile(repository / f"configs/_base_/models/faster_rcnn_r50_fpn_{version}.py")


def twins(repository: Path, case: Case) -> tuple[FasterRCNN, torch.nn.Module]:
    """torchvision's model and ours, with the same weights."""
    config = base(repository, case.version)
    config.merge_from_dict(dict(model=dict(backbone=case.backbone)))
    theirs = build_torchvision(case.architecture)
    if case.eps is not None:
        overwrite_eps(theirs, case.eps)
    return enliven(theirs), build_ours(config.model, theirs, case.architecture)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CASES if name != "resnext101_32x8d"])
def test_detections_equal_torchvision_in_a_padded_batch(repository: Path, name: str) -> None:
    # Padded to (96, 160): neither image fills it, and neither side is a multiple of 64.
    images = [picture(90, 150), picture(80, 160, seed=1)]
    assert_same_detections(*twins(repository, CASES[name]), images)


@pytest.mark.slow
def test_detections_equal_torchvision_in_the_largest_network(repository: Path) -> None:
    assert_same_detections(*twins(repository, CASES["resnext101_32x8d"]), [picture(64, 96)])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet50", "v2"])
def test_detections_equal_torchvision_in_images_without_padding(
    repository: Path, name: str
) -> None:
    theirs, ours = twins(repository, CASES[name])
    for size in ((128, 192), (96, 160)):  # multiples of 64, and of 32
        assert_same_detections(theirs, ours, [picture(*size)])


@pytest.mark.parametrize(("version", "architecture"), [("v1", V1), ("v2", V2)])
def test_limits_and_thresholds_are_torchvisions(
    repository: Path, version: str, architecture: str
) -> None:
    with torch.device("meta"):
        theirs = get_model(architecture, weights=None, weights_backbone=None, num_classes=11)
    assert_same_limits(theirs, base(repository, version).model)


@pytest.mark.parametrize(("version", "architecture"), [("v1", V1), ("v2", V2)])
def test_preprocessing_equals_torchvision(
    repository: Path, version: str, architecture: str
) -> None:
    with torch.device("meta"):
        theirs = get_model(architecture, weights=None, weights_backbone=None)
    theirs.transform.resize = lambda image, target=None: (image, target)
    ours = MODELS.build(base(repository, version).model.data_preprocessor)
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


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_anchors_are_whole_pixels_also_under_mixed_precision(dtype: torch.dtype) -> None:
    generator = TorchvisionAnchorGenerator(strides=[4], ratios=[1.0], scales=[8])
    (anchors,) = generator.grid_priors([(1, 400)], dtype=dtype, device="cpu")
    # bfloat16 can't tell 1,181 from 1,180.
    assert anchors[-1].tolist() == [1580, -16, 1612, 16]
    assert anchors[:, 0].unique().numel() == 400


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
