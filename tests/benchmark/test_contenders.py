import copy
import os
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from mmcv.transforms import LoadImageFromFile
from mmengine.config import Config
from torchvision.models import MobileNet_V3_Large_Weights, ResNet50_Weights, get_model

from mmdigits.benchmark import memory
from mmdigits.benchmark.apart import ContenderApart
from mmdigits.benchmark.contenders import build_contender
from mmdigits.benchmark.measure import add_memory, count_operations, measure
from mmdigits.benchmark.rows import ROWS, SMALL, ConfigRow, TorchvisionRow, UltralyticsRow
from mmdigits.benchmark.table import benchmark_lines
from mmdigits.deployment.onnx_file import write_onnx
from mmdigits.errors import InputError

BOXES = {number: [(3, 5, 4, 20, 30), (7, 30, 4, 18, 29)] for number in range(1, 5)}
V2 = TorchvisionRow("theirs", "fasterrcnn_resnet50_fpn_v2", SMALL, 2, few=True)
OURS = ConfigRow(
    "ours", "configs/digits/faster_rcnn_r50_fpn_v2.py", 2, SMALL, few=True, twin=V2.model
)


@pytest.fixture(autouse=True)
def data(homework, monkeypatch):
    monkeypatch.setenv("DIGITS_DATA", str(homework(BOXES)))


def _die(*arguments) -> None:
    os._exit(9)


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
    assert contender.images["train_step"] == contender.images["infer"] == 2
    weights = [value.detach().clone() for value in contender.model.parameters()]
    losses = contender.train_step()
    assert all(torch.as_tensor(value).isfinite().all() for value in losses.values())
    # Momentum is kept of what had a gradient.
    assert len(contender.optimizer.state) == len(trainable(contender.model))
    for before, after in zip(weights, contender.model.parameters(), strict=True):
        assert torch.equal(before, after)
    assert len(contender.infer()) == 2


@pytest.mark.parametrize("few", [True, False], ids=["few", "many"])
def test_same_work_counts_the_same_operations(repository, few):
    rows = [row._replace(few=few) for row in (V2, OURS)]
    contenders = [build_contender(row, repository, "cpu") for row in rows]
    # torchvision enlarges 60 x 40 px to 144 x 96 and pads to 160, MMDetection to the same.
    for part in ("infer", "train_step"):
        theirs, ours = (count_operations(getattr(each, part)) for each in contenders)
        assert ours == pytest.approx(theirs, rel=0.02)
    assert contenders[0].parameters == pytest.approx(contenders[1].parameters, rel=0.001)


@pytest.mark.parametrize("row", [V2, OURS], ids=lambda row: row.name)
def test_files_are_read_to_the_end(repository, row):
    contender = build_contender(row, repository, "cpu")
    results = contender.read()
    assert contender.images["read"] == len(results) == 16  # of four files, again and again
    # With random weights there are boxes enough; all four files, in turn.
    assert [result.file_name for result in results[:5]] == [f"{n}.png" for n in (1, 2, 3, 4, 1)]
    assert results[0].rows[0]["bbox"] == results[4].rows[0]["bbox"] != results[1].rows[0]["bbox"]
    assert {row["category_id"] for result in results for row in result.rows} <= set(range(1, 11))
    width, height = 60, 40  # of the files, in whose pixels boxes are
    for row in results[0].rows:
        x, y, w, h = row["bbox"]
        assert 0 <= x <= x + w <= width + 1e-3 and 0 <= y <= y + h <= height + 1e-3


def test_rendered_images_are_no_files_to_read(repository, tmp_path):
    row = ConfigRow("ours", "configs/digits/faster_rcnn_r18_fpn_small_quickstart.py", 2)
    contender = build_contender(row, repository, "cpu")
    assert contender.parts == ("load", "train_step", "infer")
    assert set(contender.images) == set(contender.parts)
    write_onnx(
        contender.model.eval(), Config.fromfile(repository / row.config).model, tmp_path / "m.onnx"
    )
    exported = build_contender(row._replace(checkpoint=tmp_path / "m.onnx"), repository, "cpu")
    assert exported.parts == ("infer",)


def test_the_first_loading_decodes_all_photographs(homework, repository, monkeypatch):
    many = {number: [(3, 5, 4, 20, 30)] for number in range(1, 61)}
    monkeypatch.setenv("DIGITS_DATA", str(homework(many)))
    row = ConfigRow("ours", "configs/digits/faster_rcnn_r18_fpn_mix.py", 2, file_batches=1)
    contender = build_contender(row, repository, "cpu")
    decoded = []
    decode = LoadImageFromFile.transform
    monkeypatch.setattr(
        LoadImageFromFile,
        "transform",
        lambda self, results: decoded.append(results["img_path"]) or decode(self, results),
    )
    contender.load()
    assert len(decoded) == len(set(decoded)) > 20  # two images and their six donors need fewer
    decoded.clear()
    for _ in range(5):
        contender.load()
    assert not decoded


def test_slow_rows_read_fewer_files(repository):
    row = OURS._replace(file_batches=3)
    contender = build_contender(row, repository, "cpu")
    assert contender.images == dict(load=6, train_step=2, infer=2, read=6)
    assert len(contender.load()) == 3
    assert len(contender.read()) == 6
    slow = {row.name: row.batch_size * row.file_batches for row in ROWS if row.file_batches < 8}
    assert slow["torchvision v2"] == 4 and slow["torchvision v2, small"] == 32
    assert "recommended, ResNet-50" not in slow


def test_what_is_loaded_is_new_and_fits_the_step(repository):
    contender = build_contender(OURS, repository, "cpu")
    batches = contender.load()  # more than an epoch has
    assert contender.images["load"] == sum(len(batch["inputs"]) for batch in batches) == 16
    assert len({id(batch) for batch in batches}) == 8


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


def test_a_batch_is_whole_or_refused(repository):
    row = OURS._replace(batch_size=3)  # of four images
    contender = build_contender(row, repository, "cpu")
    assert [len(batch["inputs"]) for batch in contender.load()] == [3] * 8
    with pytest.raises(InputError, match="4 images has no batch of 5"):
        build_contender(row._replace(batch_size=5), repository, "cpu")


def test_a_contender_apart_is_called_from_here(repository):
    apart = ContenderApart(OURS, repository, "cpu")
    beside = build_contender(OURS, repository, "cpu")
    assert (apart.parts, apart.images, apart.parameters) == (
        beside.parts,
        beside.images,
        beside.parameters,
    )
    assert apart.infer() is None
    assert apart.operations("infer") == count_operations(beside.infer)


def test_what_fails_apart_is_said_here(repository):
    with pytest.raises(InputError, match="4 images has no batch of 5"):
        ContenderApart(OURS._replace(batch_size=5), repository, "cpu")
    apart = ContenderApart(OURS, repository, "cpu")
    with pytest.raises(InputError, match="the process of ours died"):
        apart.operations("nothing")


@pytest.mark.skipif(find_spec("ultralytics") is not None, reason="ultralytics is installed")
def test_ultralytics_is_asked_for_in_one_line(repository):
    row = UltralyticsRow("YOLO26n", "yolo26n", 320, 2)
    with pytest.raises(InputError, match=r"YOLO26n needs the package ultralytics.*AGPL"):
        measure([row], repository, "cpu", repeats=1)


def test_ultralytics_detectors_train_and_detect(repository):
    pytest.importorskip("ultralytics", reason="needs ultralytics, which is nobody's dependency")
    row = UltralyticsRow("YOLO26n", "yolo26n", 320, 2)
    (measured,) = measure([row], repository, "cpu", repeats=1)["rows"]
    assert measured["train_step"]["operations"] > 3 * measured["infer"]["operations"] > 0
    assert measured["read"]["images"] == 16


def test_ultralytics_leaves_the_threads_as_they_were(repository):
    pytest.importorskip("ultralytics", reason="needs ultralytics, which is nobody's dependency")
    torch.set_num_threads(2)
    try:
        contender = build_contender(UltralyticsRow("n", "yolo26n", 320, 2), repository, "cpu")
        contender.read()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_a_process_that_is_killed_has_no_peak(monkeypatch, repository):
    monkeypatch.setattr(memory, "_measure", _die)
    assert memory.peak_memory(OURS, repository, "cpu", "infer") is None


def test_an_exported_network_computes_where_the_others_do(monkeypatch, repository):
    asked = []

    class Built(Exception):
        pass

    def detector(path, model, device):
        asked.append(device)
        raise Built

    monkeypatch.setattr("mmdigits.benchmark.contenders.OnnxDetector", detector)
    row = OURS._replace(checkpoint=Path("model.onnx"))
    with pytest.raises(Built):
        build_contender(row, repository, "cuda:0")
    assert asked == ["cuda:0"]


def test_weights_do_not_depend_on_what_was_built_before(repository):
    row = OURS._replace(twin=None)
    first = build_contender(row, repository, "cpu").model.state_dict()
    torch.rand(7)
    again = build_contender(row, repository, "cpu").model.state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_an_exported_network_is_timed_but_not_trained(repository, tmp_path):
    row = ConfigRow("ours", "configs/digits/faster_rcnn_r18_fpn_mix.py", 2)
    detector = build_contender(row, repository, "cpu").model.eval()
    write_onnx(detector, Config.fromfile(repository / row.config).model, tmp_path / "model.onnx")
    exported = row._replace(checkpoint=tmp_path / "model.onnx")
    result = measure([exported], repository, "cpu", repeats=1)
    (measured,) = result["rows"]
    assert set(measured) == {"name", "parameters", "infer", "read"}
    assert len(measured["infer"]["times"]) == len(measured["read"]["times"]) == 1


def test_everything_is_measured_and_laid_out(repository):
    told = []
    result = measure([OURS], repository, "cpu", repeats=2, say=told.append)
    add_memory(result, [OURS], repository, "cpu")
    (row,) = result["rows"]
    assert row["load"]["operations"] == 0
    for part in ("load", "train_step", "infer", "read"):
        assert len(row[part]["times"]) == 2
        assert row[part]["memory"] > 2e8
    assert row["infer"]["operations"] > 1e9
    assert row["train_step"]["operations"] > row["infer"]["operations"]
    assert row["train_step"]["memory"] > row["infer"]["memory"]
    assert result["peaks"]["float32"] > 1e9
    assert len([line for line in benchmark_lines(result) if line.startswith("| ours")]) == 4
    assert "building ours" in told
    assert "infer: 3 of 3 calls" in told
