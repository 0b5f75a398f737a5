"""Several detectors in one: losses side by side, detections merged."""

import copy

import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.config import Config, ConfigDict
from mmengine.structures import InstanceData

import mmdigits.models  # noqa: F401  registers
from mmdigits.errors import InputError

MERGE = dict(nms=dict(type="nms", iou_threshold=0.5), max_per_img=3)


@pytest.fixture
def small(repository) -> ConfigDict:
    config = Config.fromfile(repository / "configs/_base_/models/faster_rcnn_r18_fpn_small.py")
    return config.model


def sample(height: int = 64, width: int = 96) -> DetDataSample:
    size = (height, width)
    frame = dict(img_shape=size, ori_shape=size, pad_shape=size, scale_factor=(1.0, 1.0))
    made = DetDataSample(metainfo=frame)
    made.gt_instances = InstanceData(
        bboxes=torch.tensor([[10.0, 10, 30, 50]]), labels=torch.tensor([3])
    )
    made.ignored_instances = InstanceData(bboxes=torch.zeros(0, 4))
    return made


def ensemble(detectors: list, **options) -> torch.nn.Module:
    cfg = dict(type="DetectorEnsemble", detectors=detectors, test_cfg=MERGE)
    return MODELS.build(cfg | options)


def detections(*rows: tuple[float, ...]) -> InstanceData:
    """(digit, x_min, y_min, x_max, y_max, score) rows."""
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 6)
    return InstanceData(bboxes=table[:, 1:5], labels=table[:, 0].long(), scores=table[:, 5])


def predicting(model: torch.nn.Module, *by_detector: InstanceData) -> None:
    """Let every detector find the given detections."""
    for detector, found in zip(model.detectors, by_detector, strict=True):

        def predict(inputs, samples, rescale=True, found=found):
            for one in samples:
                one.pred_instances = copy.deepcopy(found)
            return samples

        detector.predict = predict


def merged(model: torch.nn.Module) -> list[list[float]]:
    (result,) = model.predict(torch.zeros(1, 3, 64, 96), [sample()])
    found = result.pred_instances
    columns = (found.labels[:, None].float(), found.bboxes, found.scores[:, None])
    return torch.cat(columns, dim=1).round(decimals=4).tolist()


def test_each_detector_has_the_losses_and_gradients_that_it_has_alone(small):
    model = ensemble([small, small]).train()
    images = torch.randn(1, 3, 64, 96)

    def losses(of: torch.nn.Module) -> dict:
        torch.manual_seed(0)  # the samplers draw
        return of.loss(images, [sample()])

    together = losses(model)
    alone = losses(model.detectors[0])
    assert set(together) == {f"{number}.{name}" for number in (0, 1) for name in alone}
    for name, value in alone.items():
        torch.testing.assert_close(together[f"0.{name}"], value, rtol=0, atol=0)
    total, _ = model.parse_losses(together)
    total.backward()
    for detector in model.detectors:
        grads = [p.grad for p in detector.parameters() if p.requires_grad]
        assert all(grad is not None and grad.isfinite().all() for grad in grads)


def test_detections_are_merged_digit_by_digit_and_by_falling_score(small):
    model = ensemble([small, small])
    predicting(
        model,
        detections((1, 0, 0, 10, 20, 0.8), (7, 40, 0, 50, 20, 0.3)),
        detections((1, 1, 0, 10, 20, 0.9), (7, 0, 0, 10, 20, 0.7)),
    )
    # The two 1s overlap by 0.9; a 7 on top of a 1 is another digit.
    assert merged(model) == [
        [1, 1, 0, 10, 20, pytest.approx(0.9)],
        [7, 0, 0, 10, 20, pytest.approx(0.7)],
        [7, 40, 0, 50, 20, pytest.approx(0.3)],
    ]


def test_no_more_than_the_limit_are_kept(small):
    model = ensemble([small])
    predicting(model, detections(*((d, 20 * d, 0, 20 * d + 10, 20, 0.1 * d) for d in range(1, 6))))
    assert [row[0] for row in merged(model)] == [5, 4, 3]


def test_nothing_detected_is_nothing_merged(small):
    model = ensemble([small, small])
    predicting(model, detections(), detections())
    assert merged(model) == []


def test_a_batch_keeps_its_images_apart(small):
    model = ensemble([small, small]).eval()
    with torch.no_grad():
        results = model.predict(torch.randn(2, 3, 64, 96), [sample(), sample()])
    assert len(results) == 2
    assert all(
        set(result.pred_instances.keys()) == {"bboxes", "scores", "labels"} for result in results
    )


def test_a_config_file_is_the_model_in_it(small, tmp_path):
    Config(dict(model=small)).dump(tmp_path / "one.py")
    from_file = ensemble([str(tmp_path / "one.py")]).state_dict()
    from_dict = ensemble([small]).state_dict()
    assert list(from_file) == list(from_dict)
    assert all(name.startswith("detectors.0.") for name in from_file)


def test_its_detectors_are_initialised_as_they_are_alone(small):
    small.backbone.init_cfg = dict(type="Constant", layer="Conv2d", val=0.5)
    model = ensemble([small, small])
    model.init_weights()
    for detector in model.detectors:
        assert (detector.backbone.conv1.weight == 0.5).all()
        assert 0.008 < detector.roi_head.bbox_head.fc_cls.weight.std() < 0.012  # MMDetection's .01


def test_a_file_without_a_model_or_another_test_cfg_is_an_error(small, tmp_path):
    (tmp_path / "empty.py").write_text("train_cfg = dict()\n")
    with pytest.raises(InputError, match="has no `model`"):
        ensemble([str(tmp_path / "empty.py")])
    with pytest.raises(InputError, match="it takes nms and max_per_img"):
        ensemble([small], test_cfg=dict(nms=MERGE["nms"], max_per_image=3))


def test_no_detector_or_another_preprocessing_is_an_error(small):
    with pytest.raises(InputError, match="no detector"):
        ensemble([])
    other = copy.deepcopy(small)
    other.data_preprocessor.mean = [0.0, 0.0, 0.0]
    with pytest.raises(InputError, match="detector 1 prepares images otherwise"):
        ensemble([small, other])
