"""The recommended configs meet photographs of every kind."""

import cv2
import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.structures import InstanceData

import mmdigits.datasets
import mmdigits.models  # noqa: F401  registers

RECOMMENDED = ("cascade_rcnn_r50_fpn_mix", "faster_rcnn_r18_fpn_mix")
HEIGHT, WIDTH = 96, 192


@pytest.fixture(params=RECOMMENDED)
def config(request, repository):
    config = Config.fromfile(repository / "configs" / "digits" / f"{request.param}.py")
    config.model.backbone.init_cfg = None
    return config


def canvas(digits):
    """A made-up canvas with that many digits labelled."""
    size = (HEIGHT, WIDTH)
    meta = dict(img_shape=size, ori_shape=size, pad_shape=size, batch_input_shape=size)
    sample = DetDataSample(metainfo=dict(meta, scale_factor=(1.0, 1.0)))
    boxes = [[20.0 + 30 * i, 20.0, 44.0 + 30 * i, 70.0] for i in range(digits)]
    sample.gt_instances = InstanceData(
        bboxes=torch.tensor(boxes).reshape(-1, 4), labels=torch.arange(digits)
    )
    pixels = torch.randint(0, 256, (3, HEIGHT, WIDTH), dtype=torch.uint8)
    return pixels, sample


def black_photograph(folder, height, width):
    """What a data set knows of a black picture, which is written into the folder."""
    path = str(folder / "1.png")
    cv2.imwrite(path, np.zeros((height, width, 3), np.uint8))
    return dict(img_path=path, img_id=1, height=height, width=width, sample_idx=0, truth="")


@pytest.mark.parametrize("digits", [(2, 0), (0, 0)], ids=["one empty", "both empty"])
def test_canvases_without_digits_can_be_trained_on(config, digits):
    torch.manual_seed(0)
    model = MODELS.build(config.model).train()
    inputs, samples = map(list, zip(*map(canvas, digits), strict=True))
    with torch.autocast("cpu", torch.bfloat16):
        data = model.data_preprocessor(dict(inputs=inputs, data_samples=samples), training=True)
        loss, _ = model.parse_losses(model(**data, mode="loss"))
    loss.backward()
    assert loss.isfinite()
    trained = [parameter.grad for parameter in model.parameters() if parameter.requires_grad]
    assert all(grad is not None and grad.isfinite().all() for grad in trained)


@pytest.mark.parametrize(
    ("height", "width"), [(30, 70), (57, 128), (120, 250), (130, 370), (700, 1300)]
)
def test_merging_shows_a_photograph_of_any_size_in_three_sizes(config, tmp_path, height, width):
    file = black_photograph(tmp_path, height, width)
    views = Compose(config.tta_pipeline)(file)
    alone = Compose(config.test_dataloader.dataset.pipeline)(file)
    sizes = [view.shape[1:] for view in views["inputs"]]
    assert sizes[1] == alone["inputs"].shape[1:]
    assert sizes[0][0] < sizes[1][0] < sizes[2][0] and sizes[0][1] < sizes[1][1] < sizes[2][1]
    for view, size in zip(views["data_samples"], sizes, strict=True):
        corner = view.homography_matrix @ [width, height, 1]
        np.testing.assert_allclose(corner[:2] / corner[2], size[::-1], rtol=1e-6)


@pytest.mark.parametrize("proposals", [(3, 0), (0, 0)], ids=["one without", "both without"])
def test_a_photograph_without_proposals_has_no_digits(config, proposals):
    model = MODELS.build(config.model).eval()
    samples = [canvas(0)[1] for _ in proposals]
    box = [10.0, 10, 40, 70]
    found = [InstanceData(bboxes=torch.tensor([box] * n).reshape(-1, 4)) for n in proposals]
    with torch.no_grad():
        features = model.extract_feat(torch.zeros(len(proposals), 3, HEIGHT, WIDTH))
        results = model.roi_head.predict(features, found, samples)
    assert [bool(len(result.bboxes)) for result in results] == [n > 0 for n in proposals]


def test_merged_boxes_lie_in_the_photograph(config, tmp_path):
    file = black_photograph(tmp_path, 130, 370)
    views = Compose(config.tta_pipeline)(file)
    model = MODELS.build(dict(config.tta_model, module=config.model)).eval()
    with torch.no_grad():
        (result,) = model.test_step(pseudo_collate([views]))
    boxes = result.pred_instances.bboxes
    assert len(boxes) and (boxes >= 0).all()
    assert (boxes <= torch.tensor([370, 130, 370, 130])).all()
