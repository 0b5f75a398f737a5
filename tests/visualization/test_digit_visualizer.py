import cv2
import numpy as np
import pytest
import torch
from mmdet.registry import VISUALIZERS
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.structures import InstanceData

import mmdigits.visualization  # noqa: F401  registers
from mmdigits.visualization.digit_visualizer import BANNER, PLAIN, RIGHT, WRONG


def make_sample(digit=7, truth="7"):
    metainfo = dict(ori_shape=(40, 60))
    if truth is not None:
        metainfo["truth"] = dict(string=truth, bboxes=[[30, 5, 40, 25]])
    sample = DetDataSample(metainfo=metainfo)
    sample.pred_instances = InstanceData(
        bboxes=torch.tensor([[10.0, 10, 20, 30]]),
        labels=torch.tensor([digit]),
        scores=torch.tensor([0.9]),
    )
    return sample


@pytest.fixture
def visualizer():
    return VISUALIZERS.build(dict(type="DigitVisualizer", name="of this test"))


def test_small_images_are_enlarged_below_a_banner(visualizer):
    picture = visualizer.draw(np.zeros((40, 60, 3), np.uint8), None)
    assert picture.shape == (400 + BANNER, 600, 3)  # 640 // 60 = 10 times
    assert visualizer.draw(np.zeros((700, 900, 3), np.uint8), None).shape == (736, 900, 3)


@pytest.mark.parametrize(
    ("sample", "colour"),
    [
        pytest.param(make_sample(), RIGHT, id="right"),
        pytest.param(make_sample(truth="1"), WRONG, id="wrong"),
        pytest.param(make_sample(truth=None), PLAIN, id="no truth"),
    ],
)
def test_the_banner_tells_right_from_wrong(visualizer, sample, colour):
    picture = visualizer.draw(np.zeros((40, 60, 3), np.uint8), sample)
    assert tuple(picture[2, -2]) == colour


def test_boxes_are_drawn_where_they_are_in_the_image(visualizer):
    picture = visualizer.draw(np.zeros((40, 60, 3), np.uint8), make_sample())
    left_edge = picture[BANNER + 250, 90:120].sum(axis=1)
    assert left_edge.argmax() + 90 in (99, 100, 101, 102)  # x = 10, ten times
    assert picture[BANNER + 150, 300].tolist() == [255, 255, 255]  # the true box, x = 30
    plain = visualizer.draw(np.zeros((40, 60, 3), np.uint8), make_sample(), draw_gt=False)
    assert plain[BANNER + 150, 300].tolist() == [0, 0, 0]


def test_without_detections_the_augmented_boxes_are_drawn(visualizer):
    sample = make_sample()
    del sample.pred_instances
    boxes = HorizontalBoxes(torch.tensor([[50.0, 5, 58, 25]]))
    sample.gt_instances = InstanceData(bboxes=boxes, labels=torch.tensor([7]))
    picture = visualizer.draw(np.zeros((40, 60, 3), np.uint8), sample)
    assert picture[BANNER + 150, 500].tolist() == [255, 255, 255]
    assert picture[BANNER + 150, 300].tolist() == [0, 0, 0]  # where the stored file has its box


def test_a_picture_is_saved_in_the_images_colours(visualizer, tmp_path):
    image = np.full((40, 60, 3), (200, 30, 10), np.uint8)  # RGB
    visualizer.add_datasample("x", image, make_sample(), out_file=str(tmp_path / "x.png"))
    assert cv2.imread(str(tmp_path / "x.png"))[-1, -1].tolist() == [10, 30, 200]
