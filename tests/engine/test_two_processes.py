"""Two processes train as one with twice the batch."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.slow

# Images alike, and as many samples in each whatever is drawn: two digits, every anchor, and every
# one of 30 proposals. A batch's losses are then the mean of its images'.
BOXES = {
    number: [(number % 10, 4 + number, 5, 10, 25), (2, 20 + number, 6, 11, 24)]
    for number in range(1, 9)
}
CHANGES = """
train_cfg = dict(max_epochs=2)
train_dataloader = dict(batch_size=BATCH, num_workers=0, persistent_workers=False)
val_dataloader = dict(num_workers=0, persistent_workers=False)
model = dict(
    backbone=dict(norm_cfg=dict(requires_grad=False), norm_eval=True),
    train_cfg=dict(
        rpn=dict(sampler=dict(num=10**6, pos_fraction=1.0)),
        rpn_proposal=dict(nms_pre=30, max_per_img=30, nms=dict(iou_threshold=1.0)),
        rcnn=dict(sampler=dict(num=10**6, pos_fraction=1.0)),
    ),
)
optim_wrapper = dict(
    _delete_=True, type="OptimWrapper", optimizer=dict(type="SGD", lr=0.01, momentum=0.9)
)
param_scheduler = []
log_processor = dict(window_size=1)
default_hooks = dict(logger=dict(interval=1), checkpoint=dict(save_best=None))
"""


def weights_after(
    repository: Path, data: Path, folder: Path, processes: int, batch: int
) -> dict[str, torch.Tensor]:
    """Train with some processes, each with a batch of its own, and read the last checkpoint."""
    folder.mkdir()
    parts = ["models/faster_rcnn_r18_fpn_small.py", "datasets/nycu_hw2.py"]
    parts += ["schedules/adamw_cosine_4e.py", "default_runtime.py"]
    bases = [str(repository / "configs" / "_base_" / part) for part in parts]
    config = folder / "config.py"
    config.write_text(f"_base_ = {bases}\n" + CHANGES.replace("BATCH", str(batch)))
    command = [
        "-m",
        "torch.distributed.run",
        f"--nproc-per-node={processes}",
        "--standalone",
    ]
    command += ["tools/train.py", str(config), f"--work-dir={folder}", "--launcher=pytorch"]
    command += ["--cfg-options", "train_dataloader.dataset.pipeline.2.scale=(96,64)"]
    command += ["val_dataloader.dataset.pipeline.1.scale=(96,64)"]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=repository,
        env={**os.environ, "OMP_NUM_THREADS": "1", "DIGITS_DATA": str(data)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return torch.load(folder / "epoch_2.pth", weights_only=False)["state_dict"]


def test_two_processes_are_one_with_twice_the_batch(repository, homework, tmp_path):
    data = homework(BOXES)
    one = weights_after(repository, data, tmp_path / "one", processes=1, batch=4)
    two = weights_after(repository, data, tmp_path / "two", processes=2, batch=2)
    half = weights_after(repository, data, tmp_path / "half", processes=1, batch=2)
    assert one.keys() == two.keys()
    largest = max((one[name] - two[name]).abs().max().item() for name in one)
    other = max((one[name] - half[name]).abs().max().item() for name in one)
    # Four steps of the same gradients in another order of adding up; batches of two take eight.
    assert largest < 1e-5 < 1e-3 < other
