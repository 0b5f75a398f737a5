"""Fixtures that every test may use."""

import json
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

import mmdigits  # noqa: F401  mmcv.ops must be usable before mmdet is imported

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"
CATEGORIES = [{"id": digit + 1, "name": str(digit)} for digit in range(10)]


def pytest_configure() -> None:
    """Give a test process, and the commands it starts, one thread: several run side by side."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def mmdet_scope():
    """Open the scope that MMEngine's runner opens: types without a prefix are MMDetection's."""
    with DefaultScope.overwrite_default_scope("mmdet"):
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout: the parent of ``configs/`` and ``tools/``."""
    return REPOSITORY


@pytest.fixture(scope="session")
def svhn() -> Path:
    """A folder of real SVHN photographs in the homework's layout, where there is one."""
    folder = SHARED / "data" / "svhn"
    if not folder.is_dir():
        pytest.skip("needs real photographs in ../shared/data/svhn")
    return folder


@pytest.fixture(scope="session")
def model(repository, tmp_path_factory) -> tuple[Path, Path]:
    """The quickstart's network with random weights: config and checkpoint."""
    from mmdet.registry import MODELS

    config = repository / "configs/digits/faster_rcnn_r18_fpn_small_quickstart.py"
    with DefaultScope.overwrite_default_scope("mmdet"):
        torch.manual_seed(0)
        network = MODELS.build(Config.fromfile(config).model)
    path = tmp_path_factory.mktemp("model") / "random.pth"
    torch.save(dict(state_dict=network.state_dict()), path)
    return config, path


@pytest.fixture
def run_tool(repository, monkeypatch, capsys) -> Callable[..., tuple[int, str, str]]:
    """A function that runs ``tools/NAME.py`` in this process: exit status, stdout, stderr."""

    def run(name: str, *arguments: object) -> tuple[int, str, str]:
        path = str(repository / "tools" / f"{name}.py")
        monkeypatch.setattr(sys, "argv", [path, *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            runpy.run_path(path, run_name="__main__")
        return caught.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def homework(tmp_path) -> Callable[..., Path]:
    """A function that writes a small data set in the homework's layout and returns its folder.

    ``boxes`` maps an image id to (digit, x, y, width, height) tuples; each image is 60 x 40
    pixels of noise. Every split gets the same images; ``test`` gets no JSON.
    """

    def write(boxes: dict[int, list[tuple]], categories: list[dict] | None = None) -> Path:
        rng = np.random.default_rng(0)
        annotations = [
            {
                "id": number,
                "image_id": image_id,
                "category_id": digit + 1,
                "bbox": list(bbox),
                "area": bbox[2] * bbox[3],
                "iscrowd": 0,
            }
            for number, (image_id, digit, *bbox) in enumerate(
                ((i, *box) for i, of_image in boxes.items() for box in of_image), start=1
            )
        ]
        content = {
            "images": [
                {"id": image_id, "file_name": f"{image_id}.png", "width": 60, "height": 40}
                for image_id in boxes
            ],
            "annotations": annotations,
            "categories": CATEGORIES if categories is None else categories,
        }
        for split in ("train", "valid", "test"):
            (tmp_path / split).mkdir(exist_ok=True)
            for image_id in boxes:
                image = rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)
                cv2.imwrite(str(tmp_path / split / f"{image_id}.png"), image)
            if split != "test":
                (tmp_path / f"{split}.json").write_text(json.dumps(content))
        return tmp_path

    return write
