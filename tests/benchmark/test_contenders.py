import copy

import pytest
import torch
from torchvision.models import MobileNet_V3_Large_Weights, ResNet50_Weights, get_model

from mmdigits.benchmark.contenders import build_contender
from mmdigits.benchmark.measure import count_operations, measure
from mmdigits.benchmark.rows import ROWS, SMALL, ConfigRow, TorchvisionRow
from mmdigits.benchmark.table import benchmark_lines
from mmdigits.deployment.onnx_file import write_onnx

BOXES = {number: [(3, 5, 4, 20, 30), (7, 30, 4, 18, 29)] for number in range(1, 5)}
V2 = TorchvisionRow("theirs", "fasterrcnn_resnet50_fpn_v2", SMALL, 2, few=True)
OURS = ConfigRow("ours", "configs/digits/faster_rcnn_r50_fpn_v2.py", 2, SMALL, few=True)


@pytest.fixture(autouse=True)
def data(homework, monkeypatch):
    monkeypatch.setenv("DIGITS_DATA", str(homework(BOXES)))


def trainable(model) -> set[str]:
    return {name for name, value in model.named_parameters() if value.requires_grad}


@pytest.mark.parametrize(
    "name",
    [
        "fasterrcnn_resnet50_fpn_v2",
        "fasterrcnn_resnet50_fpn",
        "fasterrcnn_mobilenet_v3_large_fpn",
        "fasterrcnn_mobilenet_v3_large_320_fpn",
    ],
)
def test_torchvisions_detectors_are_frozen_as_with_weights(repository, monkeypatch, name):
    mobile = "mobilenet" in name
    kind = MobileNet_V3_Large_Weights if mobile else ResNet50_Weights
    backbone = get_model("mobilenet_v3_large" if mobile else "resnet50", weights=None)
    state = backbone.state_dict()
    monkeypatch.setattr(kind, "get_state_dict", lambda *_, **__: copy.copy(state))
    theirs = get_model(name, weights=None, weights_backbone=kind.DEFAULT, num_classes=11)
    ours = build_contender(TorchvisionRow("row", name, SMALL, 1), repository, "cpu").model
    assert trainable(ours) == trainable(theirs)
    assert {type(part) for part in ours.modules()} == {type(part) for part in theirs.modules()}


@pytest.mark.parametrize("row", [V2, OURS], ids=lambda row: row.name)
def test_a_contender_trains_without_changing_and_detects(repository, row):
    contender = build_contender(row, repository, "cpu")
    assert contender.images == 2
    weights = [value.detach().clone() for value in contender.model.parameters()]
    losses = contender.train_step()
    assert all(torch.as_tensor(value).isfinite().all() for value in losses.values())
    # Momentum is kept of what had a gradient.
    assert len(contender.optimizer.state) == len(trainable(contender.model))
    for before, after in zip(weights, contender.model.parameters(), strict=True):
        assert torch.equal(before, after)
    assert len(contender.infer()) == 2


def test_same_work_counts_the_same_operations(repository):
    contenders = [build_contender(row, repository, "cpu") for row in (V2, OURS)]
    theirs, ours = (count_operations(each.infer) for each in contenders)
    # torchvision enlarges 60 x 40 px to 144 x 96 and pads to 160, MMDetection to the same.
    assert ours == pytest.approx(theirs, rel=0.02)
    assert contenders[0].parameters == pytest.approx(contenders[1].parameters, rel=0.001)


@pytest.mark.parametrize("row", [V2, OURS], ids=lambda row: row.name)
def test_what_is_loaded_is_new_and_fits_the_step(repository, row):
    contender = build_contender(row, repository, "cpu")
    batches = [contender.load() for _ in range(6)]  # more than an epoch has
    assert all(len(batch["inputs"]) == 2 for batch in batches)
    assert len({id(batch) for batch in batches}) == 6


def test_few_and_size_change_the_work(repository):
    small, many, large = (
        count_operations(build_contender(row, repository, "cpu").infer)
        for row in (OURS, OURS._replace(few=False), OURS._replace(size=(192, 384)))
    )
    assert small < many
    assert small < large


def test_a_second_look_is_off_with_random_weights(repository):
    row = next(row for row in ROWS if row.name == "recommended, ResNet-18")
    contender = build_contender(row._replace(batch_size=1), repository, "cpu")
    assert contender.model.second_look is None


def test_an_exported_network_is_timed_but_not_trained(repository, tmp_path):
    row = ConfigRow("ours", "configs/digits/faster_rcnn_r18_fpn_mix.py", 2)
    write_onnx(build_contender(row, repository, "cpu").model.eval(), tmp_path / "model.onnx")
    exported = row._replace(checkpoint=tmp_path / "model.onnx")
    result = measure([exported], repository, "cpu", repeats=1, memory=False)
    (measured,) = result["rows"]
    assert set(measured) == {"name", "images", "parameters", "infer"}
    assert len(measured["infer"]["times"]) == 1


def test_everything_is_measured_and_laid_out(repository):
    told = []
    result = measure([OURS], repository, "cpu", repeats=2, say=told.append)
    (row,) = result["rows"]
    assert row["load"]["operations"] == 0
    for part in ("load", "train_step", "infer"):
        assert len(row[part]["times"]) == 2
        assert row[part]["memory"] > 2e8
    assert row["infer"]["operations"] > 1e9
    assert row["train_step"]["operations"] > row["infer"]["operations"]
    assert row["train_step"]["memory"] > row["infer"]["memory"]
    assert result["peaks"]["float32"] > 1e9
    assert len([line for line in benchmark_lines(result) if line.startswith("| ours")]) == 3
    assert "building ours" in told
