from typing import Any
from urllib.error import URLError

import pytest
import torch
from mmengine.model import BaseModule
from mmengine.runner import CheckpointLoader, load_checkpoint
from torch import Tensor, nn
from torchvision.models.detection import (
    FasterRCNN_ResNet50_FPN_V2_Weights,
    fasterrcnn_resnet50_fpn_v2,
)

import mmdigits.models  # noqa: F401  registers
from mmdigits.errors import InputError
from mmdigits.models.weights import torchvision_scheme

NAME = "torchvision-det://fasterrcnn_resnet50_fpn_v2.coco_v1"


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Replaces torchvision's download by random COCO weights; lists the arguments of each call."""
    state = dict(fasterrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None).state_dict())
    state["backbone.body.bn1.bias"] = torch.arange(64.0)
    calls: list[dict[str, Any]] = []

    def get_state_dict(_: object, **kwargs: Any) -> dict[str, Tensor]:
        calls.append(kwargs)
        return state

    monkeypatch.setattr(FasterRCNN_ResNet50_FPN_V2_Weights, "get_state_dict", get_state_dict)
    return calls


def test_load_from_gets_everything_but_the_predictor(downloads):
    checkpoint = CheckpointLoader.load_checkpoint(NAME, map_location="cpu")
    assert [*checkpoint] == ["state_dict"]
    assert len(checkpoint["state_dict"]) == 404 - 4
    assert torch.equal(checkpoint["state_dict"]["backbone.bn1.bias"], torch.arange(64.0))


def test_several_names_fill_an_ensemble(downloads):
    state = CheckpointLoader.load_checkpoint(f"{NAME}+fasterrcnn_resnet50_fpn_v2.COCO_V1")
    assert len(state["state_dict"]) == 2 * (404 - 4)
    for number in (0, 1):
        loaded = state["state_dict"][f"detectors.{number}.backbone.bn1.bias"]
        assert torch.equal(loaded, torch.arange(64.0))


def test_an_unknown_name_among_several_is_named(downloads):
    with pytest.raises(InputError, match=r"unknown weights 'torchvision-det://no_such\.coco_v1'"):
        CheckpointLoader.load_checkpoint(f"{NAME}+no_such.coco_v1")
    assert not downloads, "all names are checked before the first is fetched"


def test_download_is_verified_and_runs_no_code(downloads):
    CheckpointLoader.load_checkpoint(NAME, map_location="cpu")
    assert downloads == [
        dict(progress=True, check_hash=True, map_location="cpu", weights_only=True)
    ]


def test_pretrained_init_cfg_takes_it_also_for_a_part(downloads):
    class Part(BaseModule):
        def __init__(self) -> None:
            super().__init__(dict(type="Pretrained", checkpoint=NAME, prefix="backbone."))
            self.bn1 = nn.BatchNorm2d(64)

    part = Part()
    part.init_weights()
    assert torch.equal(part.bn1.bias, torch.arange(64.0))


def test_one_log_line_tells_that_the_predictor_is_dropped(downloads, monkeypatch):
    lines: list[str] = []
    monkeypatch.setattr(torchvision_scheme, "print_log", lambda line, logger: lines.append(line))
    CheckpointLoader.load_checkpoint(NAME)
    assert lines == ["torchvision-det: dropped the 91-class predictor (background is one of them)"]


@pytest.mark.parametrize(
    "name",
    [
        "retinanet_resnet50_fpn.coco_v1",
        "fasterrcnn_resnet50_fpn_v2",
        "fasterrcnn_resnet101_fpn.coco_v1",
        "",
    ],
    ids=["no table", "no weights named", "never published", "nothing"],
)
def test_unknown_name_lists_the_known(name):
    with pytest.raises(InputError, match=f"unknown weights 'torchvision-det://{name}'") as caught:
        CheckpointLoader.load_checkpoint(f"torchvision-det://{name}")
    assert NAME in str(caught.value)
    allowed = str(caught.value).partition("allowed: ")[2]
    assert "torchvision-det://fasterrcnn_resnet50_fpn.coco_v1" in allowed
    assert "resnet101" not in allowed and "resnext" not in allowed
    assert "init_cfg=dict(type='Pretrained', checkpoint='torchvision://NAME')" in allowed


def test_failed_download_says_how_to_go_on(monkeypatch, tmp_path):
    def no_network(*_: object, **__: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)
    with pytest.raises(InputError) as caught:
        load_checkpoint(nn.Linear(1, 1), NAME)
    message = str(caught.value)
    for part in (
        "fasterrcnn_resnet50_fpn_v2_coco-",
        "no route to host",
        "tools/convert_torchvision.py FILE.pth OUT.pth --arch fasterrcnn_resnet50_fpn_v2",
        "load_from=OUT.pth",
        "load_from=None",
    ):
        assert part in message
    assert "\n" not in message


@pytest.mark.parametrize(("rank", "order"), [(0, ["download", "wait"]), (1, ["wait", "download"])])
def test_other_ranks_wait_for_the_download_of_rank_0(downloads, monkeypatch, rank, order):
    events: list[str] = []
    monkeypatch.setattr(torchvision_scheme, "get_dist_info", lambda: (rank, 2))
    monkeypatch.setattr(torch.distributed, "barrier", lambda: events.append("wait"))
    download = torchvision_scheme._download

    def logged(*args: Any) -> dict[str, Any]:
        events.append("download")
        return download(*args)

    monkeypatch.setattr(torchvision_scheme, "_download", logged)
    CheckpointLoader.load_checkpoint(NAME)
    assert events == order
