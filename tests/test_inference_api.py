"""MMDetection's own Python API on our configs."""

import pytest
from mmengine.config import Config

from mmdigits.digits import PALETTE


@pytest.mark.slow
def test_detectors_are_initialised_and_run_on_a_picture(repository, homework):
    from mmdet.apis import inference_detector, init_detector

    picture = homework({1: []}) / "test" / "1.png"
    config = Config.fromfile(repository / "configs/digits/faster_rcnn_r50_fpn_v2_cbam.py")
    config.model.test_cfg.rpn.max_per_img = 20
    config.test_dataloader.dataset.pipeline[1].scale = (96, 64)
    detector = init_detector(config, device="cpu")
    result = inference_detector(detector, str(picture))
    assert detector.dataset_meta["palette"] == PALETTE
    assert result.pred_instances.bboxes.shape[1] == 4
