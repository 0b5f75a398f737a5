"""Several views of a photograph, their detections fused."""

import copy
import csv
import json
import runpy
import sys

import numpy as np
import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.structures import InstanceData
from torch import nn

import mmdigits.datasets
import mmdigits.models  # noqa: F401  registers
from mmdigits.errors import InputError

BOX = (10, 10, 20, 30)
SHIFTED = (11, 10, 21, 30)  # IoU with BOX is 9 / 11 = .818
PLAIN = dict(
    ori_shape=(50, 100), scale_factor=(1.0, 1.0), homography_matrix=np.eye(3, dtype=np.float32)
)


class Recorded(nn.Module):
    """A detector that finds what it is told, image by image and view by view."""

    def __init__(self, *by_view: list[InstanceData]) -> None:
        super().__init__()
        self.by_view = iter(by_view)

    def test_step(self, data: dict) -> list[DetDataSample]:
        samples = data["data_samples"]
        for sample, found in zip(samples, next(self.by_view), strict=True):
            sample.pred_instances = found
        return samples


def found(*rows: tuple[float, ...]) -> InstanceData:
    """(digit, x_min, y_min, x_max, y_max, score) rows."""
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 6)
    return InstanceData(bboxes=table[:, 1:5], labels=table[:, 0].long(), scores=table[:, 5])


def view(*rows: tuple[float, ...], **meta: object) -> DetDataSample:
    sample = DetDataSample(metainfo=PLAIN | meta)
    sample.pred_instances = found(*rows)
    return sample


def fuser(module: nn.Module | None = None, **options: object) -> nn.Module:
    return MODELS.build(dict(type="FusedTTAModel", module=module or Recorded(), **options))


def rows_of(sample: DetDataSample) -> list[tuple]:
    """(digit, box, score) of each detection, to be compared with."""
    instances = sample.pred_instances
    parts = (instances.labels, instances.bboxes, instances.scores)
    return [
        (label, pytest.approx(box, abs=1e-4), pytest.approx(score, abs=1e-6))
        for label, box, score in zip(*(part.tolist() for part in parts), strict=True)
    ]


def fused(*views: DetDataSample, **options: object) -> list[tuple]:
    # The first view's sample becomes the merged one.
    (sample,) = fuser(**options).merge_preds([copy.deepcopy(views)])
    return rows_of(sample)


def test_a_digit_in_every_view_is_averaged_by_score():
    # x is (.9 * 10 + .6 * 11 + .3 * 10) / 1.8 = 10.3333; the mean score is 1.8 / 3.
    views = view((7, *BOX, 0.9)), view((7, *SHIFTED, 0.6)), view((7, *BOX, 0.3))
    assert fused(*views) == [(7, [10.33333, 10, 20.33333, 30], 0.6)]


def test_a_score_is_cut_by_the_share_of_views_that_found_the_digit():
    assert fused(view((7, *BOX, 0.9)), view(), view()) == [(7, [*BOX], 0.3)]
    # (.9 + .7) / 2 * 2 / 3.
    assert fused(view((7, *BOX, 0.9)), view(), view((7, *BOX, 0.7))) == [(7, [*BOX], 0.5333333)]


def test_views_can_have_weights():
    # x is (3 * .8 * 10 + .4 * 11) / 2.8 = 10.142857; the score (2.4 + .4) / 2 * 2 / 4.
    views = view((7, *BOX, 0.8)), view((7, *SHIFTED, 0.4))
    assert fused(*views, weights=[3, 1]) == [(7, [10.142857, 10, 20.142857, 30], 0.7)]


def test_digits_in_one_place_stay_apart():
    assert fused(view((7, *BOX, 0.8)), view((1, *BOX, 0.6))) == [
        (7, [*BOX], 0.4),
        (1, [*BOX], 0.3),
    ]


def test_boxes_that_overlap_less_than_the_threshold_stay_apart():
    views = view((7, *BOX, 0.8)), view((7, *SHIFTED, 0.6))
    assert len(fused(*views, iou_thr=0.81)) == 1
    assert len(fused(*views, iou_thr=0.82)) == 2


def test_nothing_in_any_view_is_nothing():
    (sample,) = fuser().merge_preds([(view(), view())])
    instances = sample.pred_instances
    assert instances.bboxes.shape == (0, 4) and instances.bboxes.dtype == torch.float32
    assert instances.labels.shape == (0,) and instances.labels.dtype == torch.int64
    assert instances.scores.shape == (0,) and instances.scores.dtype == torch.float32


def test_a_single_view_stays_as_it_is():
    rows = (7, *BOX, 0.9), (1, 11, 10, 21, 30, 0.8), (7, 40, 10, 50.25, 30, 0.3)
    assert fused(view(*rows)) == [(label, [*box], score) for label, *box, score in rows]


def test_weak_detections_and_those_beyond_the_limit_are_left_out():
    views = view((1, 0, 0, 9, 9, 0.4), (2, 20, 0, 29, 9, 0.1)), view((3, 40, 0, 49, 9, 0.8))
    assert [row[0] for row in fused(*views)] == [3, 1, 2]
    assert [row[0] for row in fused(*views, skip_score=0.2)] == [3, 1]
    assert [row[0] for row in fused(*views, max_per_img=1)] == [3]


SIZE = dict(type="Resize", scale=(120, 80), keep_ratio=True)


@pytest.mark.parametrize(
    ("steps", "rescaled"),
    [
        # Twice the size: (12, 16, 36, 64) in the view, and as MMDetection divides it by 2.
        ([SIZE], (6, 8, 18, 32)),
        # (15, 21, 39, 69) in the view.
        ([SIZE, dict(type="PadTopLeft", left=3, top=5)], (7.5, 10.5, 19.5, 34.5)),
        # 30 pixels wide, then twice the size: (6, 16, 18, 64) in the view; the last factor is 2.
        ([dict(type="Resize", scale_factor=(0.5, 1.0)), SIZE], (3, 8, 9, 32)),
        # 120 pixels wide: (84, 16, 108, 64) in the view.
        ([SIZE, dict(type="RandomFlip", prob=1.0)], (42, 8, 54, 32)),
    ],
    ids=["size", "shift", "stretch", "mirror"],
)
def test_what_a_view_does_is_undone(steps, rescaled):
    pack = dict(type="PackDetInputs", meta_keys=tuple(PLAIN))
    photograph = dict(img=np.zeros((40, 60, 3), np.uint8), ori_shape=(40, 60))
    sample = Compose([*steps, pack])(photograph)["data_samples"]
    sample.pred_instances = found((7, *rescaled, 0.9))
    assert fused(sample) == [(7, [6, 8, 18, 32], 0.9)]


def test_boxes_are_clipped_to_the_photograph():
    shift = np.array([[1, 0, 4], [0, 1, 4], [0, 0, 1]], np.float32)
    sample = view((7, 2, 10, 14, 30, 0.9), (1, 90, 40, 104, 54, 0.8), homography_matrix=shift)
    assert fused(sample) == [(7, [0, 6, 10, 26], 0.9), (1, [86, 36, 100, 50], 0.8)]


def test_a_batch_keeps_its_images_apart_and_what_is_known_of_them():
    samples = [
        dict(
            inputs=[torch.zeros(3, 4, 4)] * 2,
            data_samples=[DetDataSample(metainfo=PLAIN | dict(img_id=number)) for _ in range(2)],
        )
        for number in (5, 6)
    ]
    first = [found((7, *BOX, 0.8)), found()]
    second = [found((7, *BOX, 0.6)), found((1, *BOX, 0.4))]
    results = fuser(Recorded(first, second)).test_step(pseudo_collate(samples))
    assert [result.img_id for result in results] == [5, 6]
    assert rows_of(results[0]) == [(7, [*BOX], 0.7)]
    assert rows_of(results[1]) == [(1, [*BOX], 0.2)]


def test_wrong_options_and_views_without_a_map_are_an_error():
    with pytest.raises(InputError, match="max_per_img is 0; allowed is 1 or more"):
        fuser(max_per_img=0)
    with pytest.raises(InputError, match=r"weights are \[1, 1\] for 1 models"):
        fused(view((7, *BOX, 0.9)), weights=[1, 1])
    silent = DetDataSample(metainfo=dict(ori_shape=(50, 100), scale_factor=(1.0, 1.0)))
    silent.pred_instances = found((7, *BOX, 0.9))
    with pytest.raises(InputError, match="add homography_matrix to the meta_keys"):
        fused(silent)


def test_the_test_tool_fuses_views_and_exports(repository, tmp_path, monkeypatch):
    parent = repository / "configs" / "digits" / "faster_rcnn_r18_fpn_small_quickstart.py"
    config = tmp_path / "fused.py"
    config.write_text(f"""
_base_ = "{parent}"
visualizer = dict(name="fused views")
test_dataloader = dict(num_workers=0, batch_size=2, dataset=dict(num_images=2))
tta_model = dict(_delete_=True, type="FusedTTAModel", max_per_img=30)
sizes = [(96, 48), (128, 64)]
tta_pipeline = [
    dict(
        type="TestTimeAug",
        transforms=[
            [dict(type="Resize", scale_factor=(width, 1.0)) for width in (1.0, 0.9)],
            [dict(type="Resize", scale=size, keep_ratio=True) for size in sizes],
            [dict(type="PadTopLeft", left=pixels, top=pixels) for pixels in (0, 4)],
            [
                dict(
                    type="PackDetInputs",
                    meta_keys=(*_base_.image_meta, "homography_matrix"),
                )
            ],
        ],
    ),
]
""")
    torch.manual_seed(0)
    network = MODELS.build(Config.fromfile(config).model)
    torch.save(dict(state_dict=network.state_dict()), tmp_path / "random.pth")
    arguments = [config, tmp_path / "random.pth", "--tta", "--work-dir", tmp_path / "run"]
    monkeypatch.setattr(sys, "argv", ["test.py", *map(str, arguments)])
    runpy.run_path(str(repository / "tools" / "test.py"), run_name="__main__")
    out = tmp_path / "run" / "submission"
    with (out / "pred.csv").open(newline="") as file:
        ids = [int(row["image_id"]) for row in csv.DictReader(file)]
    rows = json.loads((out / "pred.json").read_text())
    assert len(ids) == 2 and {row["image_id"] for row in rows} == set(ids)
    assert all(0 < sum(row["image_id"] == image_id for row in rows) <= 30 for image_id in ids)
