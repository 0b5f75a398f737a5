import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from torch import Tensor
from torchvision.models.detection import fasterrcnn_resnet50_fpn_v2

from mmdigits.errors import InputError
from mmdigits.models.weights import (
    ARCHITECTURES,
    read_state_dict,
    torchvision_to_mmdet,
    write_checkpoint,
)

WEIGHTS = {"a.weight": torch.arange(3.0), "b.bias": torch.ones(2, dtype=torch.float16)}


class Attack:
    """A file that holds this would, unpickled as usual, make a file in the current folder."""

    def __reduce__(self) -> tuple:
        return Path.touch, (Path("attacked"),)


@pytest.mark.parametrize(
    "content",
    [
        WEIGHTS,
        {"state_dict": WEIGHTS, "meta": {"epoch": 3}},
        {"model": WEIGHTS, "epoch": 3, "optimizer": {"state": {}, "param_groups": []}},
        {"model_state_dict": WEIGHTS, "loss": 0.5},
        {f"module.{name}": value for name, value in WEIGHTS.items()},
        {"model": {f"module._orig_mod.{name}": value for name, value in WEIGHTS.items()}},
        {"model": {f"_orig_mod.module.{name}": value for name, value in WEIGHTS.items()}},
    ],
    ids=[
        "bare",
        "mmengine",
        "torchvision's references",
        "tutorials",
        "DDP",
        "DDP of a compiled model",
        "compiled DDP",
    ],
)
def test_weights_are_found_in_every_usual_wrapping(tmp_path, content):
    torch.save(content, tmp_path / "in.pth")
    state = read_state_dict(tmp_path / "in.pth")
    assert [*state] == [*WEIGHTS]
    assert all(torch.equal(state[name], WEIGHTS[name]) for name in WEIGHTS)
    assert state["b.bias"].dtype == torch.float16


def test_mmengines_training_checkpoint_is_read(tmp_path):
    curve = HistoryBuffer(np.array([0.5, np.nan]), np.array([1, 1]))
    hub = {"log_scalars": {"train/loss": curve}, "runtime_info": {"lr": np.float64(0.1)}}
    torch.save({"state_dict": WEIGHTS, "message_hub": hub}, tmp_path / "epoch_1.pth")
    assert [*read_state_dict(tmp_path / "epoch_1.pth")] == [*WEIGHTS]


def test_code_in_a_file_is_refused_and_does_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": WEIGHTS, "extra": Attack()}, "in.pth")
    with pytest.raises(InputError, match=r"in\.pth is damaged or holds objects beside tensors"):
        read_state_dict(Path("in.pth"))
    assert not Path("attacked").exists()
    torch.load("in.pth", weights_only=False)
    assert Path("attacked").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not a checkpoint", "damaged"),
        (b"", "damaged"),
        (b"PK\x03\x04rest", "damaged"),
        (b"\x80\x02.", "damaged"),  # a pickle of nothing
    ],
)
def test_damaged_file_is_refused(tmp_path, content, message):
    (tmp_path / "in.pth").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_state_dict(tmp_path / "in.pth")


@pytest.mark.parametrize(
    "content",
    [{}, {"epoch": 3}, [torch.zeros(1)], {"state_dict": {}}, {3: torch.zeros(1)}],
    ids=str,
)
def test_file_without_weights_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "in.pth")
    with pytest.raises(InputError, match="holds no weights"):
        read_state_dict(tmp_path / "in.pth")


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        read_state_dict(tmp_path / "in.pth")


def test_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"can't write .*out\.pth"):
        write_checkpoint(WEIGHTS, tmp_path / "file" / "out.pth")


def test_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    target = tmp_path / "out.pth"
    target.write_bytes(b"old")

    def full(_: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(InputError, match="No space left"):
        write_checkpoint(WEIGHTS, target)
    assert target.read_bytes() == b"old"
    assert [*tmp_path.iterdir()] == [target]


@pytest.fixture
def convert(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs the tool in this process with the given arguments; returns its exit status."""
    script = str(repository / "tools" / "convert_torchvision.py")

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", [script, *map(str, arguments)])
        return runpy.run_path(script)["main"]()

    return run


@pytest.fixture(scope="module")
def digits() -> dict[str, Tensor]:
    """A digit detector of torchvision: background and ten digits."""
    model = fasterrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=11)
    return dict(model.state_dict())


def test_tool_converts_there_and_back(convert, tmp_path, capsys, digits):
    source, ours, back = tmp_path / "tv.pth", tmp_path / "new" / "mmdet.pth", tmp_path / "back.pth"
    torch.save({"model": digits}, source)

    assert convert(source, ours) == 0
    assert capsys.readouterr().out == f"{ours}: 404 tensors under mmdet's names\n"
    checkpoint = torch.load(ours, weights_only=True)
    want = torchvision_to_mmdet(digits, "fasterrcnn_resnet50_fpn_v2", 10).state_dict
    assert [*checkpoint["state_dict"]] == [*want]

    assert convert(ours, back, "--to", "torchvision") == 0
    model = fasterrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=11)
    model.load_state_dict(torch.load(back, weights_only=True), strict=True)
    got = model.roi_heads.box_predictor.cls_score.weight
    assert torch.equal(got, digits["roi_heads.box_predictor.cls_score.weight"])


def test_tool_says_which_predictor_it_drops(convert, tmp_path, capsys, digits):
    torch.save(digits, tmp_path / "tv.pth")
    assert convert(tmp_path / "tv.pth", tmp_path / "mmdet.pth", "--num-classes", 90) == 0
    assert capsys.readouterr().out.splitlines() == [
        "dropped the 11-class predictor (background is one of them)",
        f"{tmp_path / 'mmdet.pth'}: 400 tensors under mmdet's names",
    ]


def test_tool_converts_a_checkpoint_with_cbam(convert, tmp_path, capsys, digits):
    prefix = "backbone.body.layer4.1."
    shapes = {"ca.fc.0": (128, 2048), "ca.fc.2": (2048, 128), "sa.conv1": (1, 2, 7, 7)}
    wrapped = {
        name.replace("backbone.body.layer4.", "backbone.body.layer4.0."): value
        for name, value in digits.items()
    } | {f"{prefix}{name}.weight": torch.randn(shape) for name, shape in shapes.items()}
    torch.save(wrapped, tmp_path / "tv.pth")
    assert convert(tmp_path / "tv.pth", tmp_path / "mmdet.pth") == 0
    assert "kept CBAM" in capsys.readouterr().out
    state = read_state_dict(tmp_path / "mmdet.pth")
    assert len(state) == 404 + 3
    assert torch.equal(
        state["backbone.layer4.cbam.channel.fc1.weight"][:, :, 0, 0],
        wrapped[f"{prefix}ca.fc.0.weight"],
    )
    assert convert(tmp_path / "mmdet.pth", tmp_path / "back.pth", "--to", "torchvision") == 0
    assert "backbone.body.layer4.cbam.spatial.conv.weight" in read_state_dict(tmp_path / "back.pth")


def test_tools_help_lists_every_architecture(repository, capsys, monkeypatch):
    script = str(repository / "tools" / "convert_torchvision.py")
    assert runpy.run_path(script)["ARCHITECTURES"] == tuple(ARCHITECTURES)
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    with pytest.raises(SystemExit):
        runpy.run_path(script, run_name="__main__")
    printed = capsys.readouterr().out
    assert all(name in printed for name in ARCHITECTURES)


def test_tool_fails_in_one_line_and_writes_nothing(convert, tmp_path, capsys):
    torch.save(WEIGHTS, tmp_path / "in.pth")
    assert convert(tmp_path / "in.pth", tmp_path / "out.pth") == 1
    error = capsys.readouterr().err
    assert error.startswith("convert_torchvision: ")
    assert error.count("\n") == 1
    assert not (tmp_path / "out.pth").exists()
