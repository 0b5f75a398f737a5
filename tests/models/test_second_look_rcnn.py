"""A second look at a number: where it is made, what it shows, what becomes of its detections."""

import numpy as np
import pytest
import torch
from mmdet.models import FasterRCNN
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.structures import InstanceData
from torch import nn

import mmdigits.models  # noqa: F401  registers
from mmdigits.errors import InputError
from mmdigits.files.detections import Detections
from mmdigits.models.detectors import SecondLook
from mmdigits.models.utils.rectification import rectify

CANVAS = (192, 96)
MARGIN = (1.0, 0.5)
LEVEL = np.array([[40.0, 20.0, 50.0, 40.0], [54.0, 20.0, 64.0, 40.0]])


def boxes(middles: np.ndarray, times: float = 1.0) -> np.ndarray:
    """Boxes of 10 x 20 px, or larger, around points."""
    half = times * np.array([5.0, 10.0])
    return np.concatenate([middles - half, middles + half], axis=-1)


def row(tilt: float, count: int = 3) -> np.ndarray:
    """Digits of 10 x 20 px, 14 px apart on a line that falls by ``tilt`` degrees."""
    steps = np.arange(count)[:, None] * 14.0
    middles = [60.0, 40.0] + steps * [np.cos(np.radians(tilt)), np.sin(np.radians(tilt))]
    return boxes(middles)


def moved(matrix: np.ndarray, digits: np.ndarray) -> np.ndarray:
    middles = (digits[:, :2] + digits[:, 2:]) / 2
    return middles @ matrix[:2, :2].T + matrix[:2, 2]


@pytest.mark.parametrize("tilt", [-40, -10, 10, 40])
def test_a_tilted_line_becomes_level_and_stands_in_the_middle(tilt):
    look = rectify(row(tilt), 50, CANVAS, MARGIN, np.inf)
    middles = moved(look.matrix, row(tilt))
    assert middles[:, 1] == pytest.approx(middles[0, 1])
    # To the right, 2.5 times as far; columns only move up and down.
    assert np.diff(middles[:, 0]) == pytest.approx(2.5 * 14 * np.cos(np.radians(tilt)))
    assert look.matrix[0, 1] == 0 and look.matrix[0, 0] == look.matrix[1, 1]
    assert middles.mean(0) == pytest.approx(np.array(look.size) / 2)
    assert look.scale == pytest.approx(2.5)


ROWS = boxes(np.array([[60, 30], [74, 30], [60, 54], [74, 54], [88, 54]]))  # 12 above 345


@pytest.mark.parametrize(
    "digits",
    [row(0), row(5), row(-5), row(55), row(90), row(30, 1), ROWS],
    ids=["level", "nearly", "nearly, up", "steep", "column", "one digit", "two rows"],
)
def test_what_has_no_clear_slope_is_not_sheared(digits):
    matrix = rectify(digits, 50, CANVAS, MARGIN, np.inf).matrix
    assert matrix[0, 1] == matrix[1, 0] == 0 and matrix[0, 0] == matrix[1, 1] > 0


def test_a_look_has_room_for_long_numbers_and_none_is_larger_than_allowed():
    assert rectify(LEVEL, 40, CANVAS, MARGIN, np.inf).size == CANVAS
    # Nine digits: 8 * 14 + 10 = 122 px, twice as wide in the look, and a height at each end.
    assert rectify(row(0, 9), 40, CANVAS, MARGIN, np.inf).size == (2 * 122 + 2 * 40, 96)
    assert rectify(row(0, 9), 40, CANVAS, (0.5, 0.5), np.inf).size == (2 * 122 + 40, 96)
    assert rectify(row(0, 9), 40, CANVAS, (0, 2), np.inf).size == (2 * 122, 40 + 4 * 40)
    assert rectify(LEVEL, 40, CANVAS, MARGIN, 1.5).scale == pytest.approx(1.5)
    flat = LEVEL * [1, 0, 1, 0]
    assert rectify(flat, 40, CANVAS, MARGIN, 3.0).scale == pytest.approx(3)


def test_most_numbers_fill_no_more_than_the_canvas_with_the_default_margin():
    margin = SecondLook(height=60, canvas=CANVAS).margin
    assert rectify(row(0, 3), 60, CANVAS, margin, np.inf).size == CANVAS
    assert rectify(row(0, 3), 60, CANVAS, MARGIN, np.inf).size == (38 * 3 + 2 * 60, 60 + 60)


def test_a_look_shows_the_pixels_that_it_says():
    # A gradient that says where a pixel is: x in the first channel, y in the second.
    y, x = torch.meshgrid(torch.arange(80.0) + 0.5, torch.arange(160.0) + 0.5, indexing="ij")
    image = torch.stack([x, y])
    middles = (row(25)[:, :2] + row(25)[:, 2:]) / 2
    for height in (50, 20, 5):
        look = rectify(row(25), height, (32, 16), MARGIN, np.inf)
        shown = look.warp(image)
        assert shown.shape == (2, look.size[1], look.size[0])
        for (column, line), middle in zip(moved(look.matrix, row(25)), middles, strict=True):
            got = shown[:, int(line), int(column)].numpy()
            assert got == pytest.approx(middle, abs=1.0 / look.scale)


def test_a_small_look_averages_what_it_reduces():
    lines = (torch.arange(160) % 2 * 255.0).expand(1, 80, 160)  # grey from afar
    shown = rectify(row(0), 5, (32, 16), MARGIN, np.inf).warp(lines)
    assert (shown - 127.5).abs().max() < 8


def test_detections_of_a_look_come_back_at_their_own_size():
    digits = row(30)
    look = rectify(digits, 40, CANVAS, MARGIN, np.inf)
    middles = moved(look.matrix, digits)
    seen = boxes(middles, 2)
    back = look.undo(Detections(seen, np.arange(3), np.ones(3)), (80, 160))
    assert back.bboxes == pytest.approx(digits)
    assert back.labels.tolist() == [0, 1, 2]
    clipped = look.undo(Detections(seen, np.arange(3), np.ones(3)), (45, 80)).bboxes
    assert clipped.max(0).tolist()[2:] == [80, 45]
    nothing = Detections(np.zeros((0, 4)), np.zeros(0, np.int64), np.zeros(0))
    assert look.undo(nothing, (80, 160)).bboxes.shape == (0, 4)


def found(*rows: tuple[float, ...]) -> InstanceData:
    """(digit, x_min, y_min, x_max, y_max, score) rows."""
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 6)
    return InstanceData(bboxes=table[:, 1:5], labels=table[:, 0].long(), scores=table[:, 5])


LOOK = dict(height=40, canvas=CANVAS, margin=MARGIN)
CONFIG = "configs/_base_/models/faster_rcnn_r18_fpn_small.py"


@pytest.fixture
def build(repository):
    def build(**options: object) -> nn.Module:
        model = Config.fromfile(repository / CONFIG).model
        model.update(type="SecondLookRCNN", **options)
        torch.manual_seed(0)
        return MODELS.build(model).eval()

    return build


def images(count: int, **meta: object) -> list[DetDataSample]:
    known = dict(img_shape=(80, 160), ori_shape=(40, 80), scale_factor=(2.0, 2.0)) | meta
    return [DetDataSample(metainfo=known | dict(img_id=number)) for number in range(count)]


def script(monkeypatch: pytest.MonkeyPatch, *calls: list[InstanceData]) -> list:
    """Let the network find what it is told, call by call; what it is shown is returned."""
    left, shown = iter(calls), []

    def predict(self, batch_inputs, batch_data_samples, rescale=True):
        assert not rescale
        shown.append((batch_inputs, [sample.img_shape for sample in batch_data_samples]))
        for sample, instances in zip(batch_data_samples, next(left), strict=True):
            sample.pred_instances = instances
        return batch_data_samples

    monkeypatch.setattr(FasterRCNN, "predict", predict)
    return shown


def test_what_both_looks_find_is_fused(build, monkeypatch):
    first = found((7, *LEVEL[0], 0.9), (1, *LEVEL[1], 0.6))
    middles = moved(rectify(LEVEL, 40, CANVAS, MARGIN, np.inf).matrix, LEVEL)
    again = boxes(middles, 2)
    shown = script(monkeypatch, [first], [found((7, *again[0], 0.7), (4, *again[1], 0.9))])
    (sample,) = build(second_look=LOOK).predict(torch.zeros(1, 3, 96, 160), images(1))
    assert [(tuple(batch.shape), sizes) for batch, sizes in shown] == [
        ((1, 3, 96, 160), [(80, 160)]),
        ((1, 3, 96, 192), [(96, 192)]),
    ]
    instances = sample.pred_instances
    assert instances.labels.tolist() == [7, 4, 1]
    assert instances.scores.tolist() == pytest.approx([0.8, 0.45, 0.3])
    assert instances.bboxes.numpy() == pytest.approx(LEVEL[[0, 1, 1]] / 2, abs=1e-4)
    assert (instances.bboxes.dtype, instances.labels.dtype) == (torch.float32, torch.int64)


def test_boxes_stay_in_the_inputs_pixels_without_rescaling(build, monkeypatch):
    script(monkeypatch, [found((7, *LEVEL[0], 0.9))], [found()])
    inputs = torch.zeros(1, 3, 96, 160)
    (sample,) = build(second_look=LOOK).predict(inputs, images(1), rescale=False)
    assert sample.pred_instances.bboxes.numpy() == pytest.approx(LEVEL[:1])


def test_no_more_are_kept_than_the_config_allows(build, monkeypatch):
    many = found(*((digit, *LEVEL[0], 0.9 - digit / 20) for digit in range(10)))
    script(monkeypatch, [many, many], [found()] * 2)
    network = build(second_look=LOOK)
    network.test_cfg.rcnn.max_per_img = 3
    for sample in network.predict(torch.zeros(2, 3, 96, 160), images(2)):
        assert sample.pred_instances.labels.tolist() == [0, 1, 2]


def test_only_images_with_a_number_are_seen_again_and_none_is_padded_for_another(
    build, monkeypatch
):
    weak, strong = found((7, *LEVEL[0], 0.2)), found((7, *LEVEL[0], 0.9))
    long = found(*((1, *box, 0.9) for box in row(0, 9) - [[60, 0, 60, 0]]))
    first = [weak, strong, found(), long, strong]
    shown = script(monkeypatch, first, [found(), found()], [found()])
    samples = build(second_look=LOOK).predict(torch.zeros(5, 3, 96, 160), images(5))
    # The long number's look is 324 x 96 px, padded to a multiple of 32; the others' are alike.
    assert [(batch.shape, sizes) for batch, sizes in shown[1:]] == [
        ((2, 3, 96, 192), [(96, 192), (96, 192)]),
        ((1, 3, 96, 352), [(96, 324)]),
    ]
    assert [sample.img_id for sample in samples] == [0, 1, 2, 3, 4]
    assert [sample.pred_instances.scores.tolist() for sample in samples] == [
        pytest.approx([0.2]),
        pytest.approx([0.45]),
        [],
        pytest.approx([0.45] * 9),
        pytest.approx([0.45]),
    ]


def test_a_number_of_sure_digits_is_not_seen_again(build, monkeypatch):
    both = [(1, *LEVEL[1], 0.95), (7, *LEVEL[0], 0.92)]
    beside = (4, 100, 50, 110, 70, 0.2)  # is not read
    first = [found(*both, beside), found(both[1], (1, *LEVEL[1], 0.89))]
    shown = script(monkeypatch, first, [found()])
    look = LOOK | dict(sure_score=0.9)
    samples = build(second_look=look).predict(torch.zeros(2, 3, 96, 160), images(2))
    assert [len(batch) for batch, _ in shown] == [2, 1]
    scores = [sample.pred_instances.scores.tolist() for sample in samples]
    # What was not read has half of its score, as beside a number that was seen again.
    assert scores == [pytest.approx([0.95, 0.92, 0.1]), pytest.approx([0.46, 0.445])]


def test_no_number_anywhere_costs_no_second_look(build, monkeypatch):
    shown = script(monkeypatch, [found(), found((3, *LEVEL[0], 0.1))])
    samples = build(second_look=LOOK).predict(torch.zeros(2, 3, 96, 160), images(2))
    assert len(shown) == 1
    assert [len(sample.pred_instances) for sample in samples] == [0, 1]
    nothing = samples[0].pred_instances
    assert nothing.bboxes.shape == (0, 4) and nothing.labels.dtype == torch.int64


def test_beyond_an_image_a_look_is_zero_whatever_pads_its_batch(build, monkeypatch):
    shown = script(monkeypatch, [found((7, 140, 60, 150, 80, 0.9))], [found()])
    inputs = torch.full((1, 3, 96, 192), -9.0)
    inputs[:, :, :80, :160] = 1.0
    build(second_look=LOOK).predict(inputs, images(1))
    look = shown[1][0][0]
    # The digit's middle is 15 px from the right edge: 30 px of the look, whose middle is at 96.
    assert look[:, 30:60, :125].min() > 0.999
    assert look[:, :, 127:].abs().max() == 0
    assert look.min() == 0


def test_the_reader_says_what_a_number_is(build, monkeypatch):
    shown = script(monkeypatch, [found((7, *LEVEL[0], 0.2))], [found()])
    look = LOOK | dict(reader=dict(score_thr=0.1))
    build(second_look=look).predict(torch.zeros(1, 3, 96, 160), images(1))
    assert len(shown) == 2


def test_weights_and_a_single_look_are_faster_rcnns(build, repository):
    torch.manual_seed(0)
    plain = MODELS.build(Config.fromfile(repository / CONFIG).model).eval()
    once = build()
    twice = build(second_look=LOOK | dict(reader=dict(score_thr=0.01)))
    assert list(plain.state_dict()) == list(once.state_dict()) == list(twice.state_dict())
    inputs = torch.rand(2, 3, 96, 160)
    with torch.no_grad():
        results = [
            [sample.pred_instances for sample in model.predict(inputs, images(2))]
            for model in (plain, once, twice)
        ]
    for first, second, looked_twice in zip(*results, strict=True):
        assert torch.equal(first.bboxes, second.bboxes) and torch.equal(first.scores, second.scores)
        assert len(looked_twice) and not torch.equal(first.scores[:5], looked_twice.scores[:5])
        assert ((looked_twice.scores >= 0) & (looked_twice.scores <= 1)).all()
        assert ((looked_twice.bboxes >= 0) & (looked_twice.bboxes <= 80)).all()


@pytest.mark.parametrize(
    ("look", "problem"),
    [
        (dict(height=40), "missing a required argument: 'canvas'; it takes height and canvas"),
        (LOOK | dict(size=3), "unexpected keyword argument 'size'"),
        (LOOK | dict(height=0), "height is 0"),
        (LOOK | dict(canvas=(192, 0)), r"canvas \(192, 0\)"),
        (LOOK | dict(canvas=5), "canvas 5"),
        (LOOK | dict(margin=0.5), "margin 0.5"),
        (LOOK | dict(margin=(0.5, -1)), r"margin \(0.5, -1\)"),
        (LOOK | dict(height="tall"), "height is 'tall'"),
        (LOOK | dict(iou_thr=1.5), "iou_thr 1.5"),
        (LOOK | dict(sure_score="very"), "sure_score 'very'"),
        ("yes", "'yes' is no dict"),
        (LOOK | dict(reader=dict(score_thr=2)), "score_thr"),
    ],
)
def test_a_wrong_second_look_is_an_error(build, look, problem):
    with pytest.raises(InputError, match=problem):
        build(second_look=look)
