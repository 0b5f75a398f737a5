"""The command-line tools as a user runs them: train, evaluate, export."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

pytestmark = pytest.mark.slow

BOXES = {
    5: [(1, 5, 5, 10, 25), (2, 18, 5, 14, 25)],
    7: [(7, 20, 8, 12, 24)],
    40: [(0, 3, 6, 12, 22), (4, 16, 6, 12, 22), (9, 30, 6, 12, 22)],
    41: [],
}
SMALL = "(96,64)"


def run(repository: Path, *command: str, data: Path | None = None) -> str:
    # One thread a process: tests may run side by side.
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if data is not None:
        environment["DIGITS_DATA"] = str(data)
    result = subprocess.run(
        [sys.executable, *command], cwd=repository, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    return result.stdout + result.stderr


def numbers_of(work_dir: Path) -> dict[str, float]:
    """The results that the newest run below a folder logged last."""
    newest = max(work_dir.glob("*/*.json"), key=lambda path: path.stat().st_mtime)
    return json.loads(newest.read_text().splitlines()[-1])


def strings_of(path: Path) -> dict[int, str]:
    with path.open(newline="") as file:
        return {int(row["image_id"]): row["pred_label"] for row in csv.DictReader(file)}


def check_by_hand(work_dir: Path, truth_file: Path) -> None:
    """Score the exported files without mmdigits and compare with what the run printed."""
    printed = numbers_of(work_dir)
    truth = COCO(str(truth_file))
    evaluation = COCOeval(truth, truth.loadRes(str(work_dir / "submission" / "pred.json")), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert printed["coco/bbox_mAP"] == pytest.approx(evaluation.stats[0], abs=5.1e-4)
    strings = strings_of(work_dir / "submission" / "pred.csv")
    assert sorted(strings) == sorted(truth.getImgIds())
    right = 0
    for image_id, string in strings.items():
        annotations = truth.loadAnns(truth.getAnnIds(image_id))
        digits = "".join(str(annotation["category_id"] - 1) for annotation in annotations)
        right += string == (digits or "-1")
    assert printed["digits/seq_acc"] == pytest.approx(right / len(strings))


def small_photograph_config(repository: Path, folder: Path) -> Path:
    """The quickstart's network on photographs, small enough for a test."""
    config = folder / "faster_rcnn_r18_fpn_small_photographs.py"
    base = repository / "configs" / "_base_"
    parts = ["models/faster_rcnn_r18_fpn_small.py", "datasets/nycu_hw2.py"]
    parts += ["schedules/adamw_cosine_4e.py", "default_runtime.py"]
    config.write_text(
        f"_base_ = {[str(base / part) for part in parts]}\n"
        "train_cfg = dict(max_epochs=1)\n"
        "train_dataloader = dict(dataset=dict(indices=32))\n"
        "val_dataloader = dict(dataset=dict(indices=8))\n"
        "model = dict(test_cfg=dict(rcnn=dict(score_thr=0.0)))\n"
        "reader = dict(score_thr=0.05)\n"
    )
    return config


def options(split: str | None = None, resize_at: int = 2) -> list[str]:
    given = [f"{loader}_dataloader.dataset.pipeline.1.scale={SMALL}" for loader in ("val", "test")]
    given.append(f"train_dataloader.dataset.pipeline.{resize_at}.scale={SMALL}")
    if split is not None:
        given.append(f"test_dataloader.dataset.ann_file={split}.json")
        given.append(f"test_dataloader.dataset.data_prefix.img={split}/")
    return ["--cfg-options", *given]


def test_real_photographs_are_trained_on_scored_and_exported(repository, svhn, tmp_path):
    config, work_dir = str(small_photograph_config(repository, tmp_path)), tmp_path / "run"
    log = run(repository, "tools/train.py", config, f"--work-dir={work_dir}", *options(), data=svhn)
    assert "train.json: 1700 images, all kept" in log
    assert "next: python tools/test.py" in log

    checkpoint, test_dir = str(work_dir / "epoch_1.pth"), tmp_path / "valid"
    command = ["tools/test.py", config, checkpoint, f"--work-dir={test_dir}"]
    run(repository, *command, "--show-dir=pictures", *options("valid"), data=svhn)
    check_by_hand(test_dir, svhn / "valid.json")
    pictures = list(test_dir.glob("*/pictures/*.png"))
    assert len(pictures) == 300 and cv2.imread(str(pictures[0])).shape[1] > 300

    run(repository, *command, *options(), data=svhn)
    strings = strings_of(test_dir / "submission" / "pred.csv")
    assert sorted(strings) == sorted(int(path.stem) for path in (svhn / "test").glob("*.png"))


def test_two_processes_train_and_export_each_image_once(repository, homework, tmp_path):
    data = homework({image_id: BOXES[7] for image_id in (3, 1, 20, 7, 5)})
    config = str(small_photograph_config(repository, tmp_path))
    checkpoint = tmp_path / "run" / "epoch_1.pth"
    work_dir = f"--work-dir={checkpoint.parent}"
    launch = ["-m", "torch.distributed.run", "--nproc-per-node=2", "--master-port=29517"]
    train = ["tools/train.py", config, work_dir, "--launcher=pytorch", *options()]
    run(repository, *launch, *train, data=data)
    found = {}
    for processes in (1, 2):
        test_dir = tmp_path / f"on {processes}"
        launch = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
        launch += ["--master-port=29517", "tools/test.py", config, str(checkpoint)]
        launch += ["--launcher=pytorch", f"--work-dir={test_dir}", *options()]
        run(repository, *launch, data=data)
        found[processes] = json.loads((test_dir / "submission" / "pred.json").read_text())
        assert sorted(strings_of(test_dir / "submission" / "pred.csv")) == [1, 3, 5, 7, 20]
    assert found[1] == found[2]


@pytest.mark.parametrize("delta", ["cbam", "cbam_block"])
def test_the_cbam_experiment_runs_as_written(repository, homework, tmp_path, delta):
    data = homework(BOXES)
    config = f"configs/digits/faster_rcnn_r50_fpn_v2_{delta}.py"
    cut = [
        *options(resize_at=3),
        "load_from=None",
        "train_cfg.max_epochs=1",
        "model.train_cfg.rcnn.sampler.num=16",
        "model.train_cfg.rpn_proposal.max_per_img=50",
        "model.test_cfg.rpn.max_per_img=50",
    ]
    work_dir = f"--work-dir={tmp_path / 'run'}"
    run(repository, "tools/train.py", config, work_dir, *cut, data=data)
    checkpoint = str(tmp_path / "run" / "epoch_1.pth")
    run(
        repository,
        *("tools/test.py", config, checkpoint, work_dir, *options("valid", resize_at=3)),
        "model.test_cfg.rpn.max_per_img=50",
        data=data,
    )
    check_by_hand(tmp_path / "run", data / "valid.json")
