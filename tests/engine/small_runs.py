"""Whole runs in this process, small enough for a test."""

import itertools
import json
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
QUICKSTART = CONFIGS / "digits" / "faster_rcnn_r18_fpn_small_quickstart.py"
NUMBERS = itertools.count()


def small_config(work_dir: Path, **options) -> Config:
    """The quickstart on six images for training, five for validation and two for the test.

    Batches are of two. ``options`` are those of ``--cfg-options``, with ``__`` for the dot.
    """
    config = Config.fromfile(QUICKSTART)
    for split, images in (("train", 6), ("val", 5), ("test", 2)):
        loader = config[f"{split}_dataloader"]
        loader.update(batch_size=2, num_workers=0, persistent_workers=False)
        loader.dataset.num_images = images
        loader.dataset.pipeline[-2].scale = (96, 48)
    # MMEngine finds visualizers and message hubs by name, and a run must not find another's.
    number = next(NUMBERS)
    config.merge_from_dict(
        {
            "work_dir": str(work_dir),
            "experiment_name": f"small run {number}",
            "visualizer.name": f"visualizer of small run {number}",
            "train_cfg.max_epochs": 2,
            **{name.replace("__", "."): value for name, value in options.items()},
        }
    )
    return config


def train(config: Config) -> Runner:
    """Train as the train tool does, and return the runner after it."""
    runner = Runner.from_cfg(config)
    runner.train()
    return runner


def logged(work_dir: Path, key: str) -> list[float]:
    """What a run wrote under a name into its ``scalars.json``, in order."""
    (path,) = Path(work_dir).glob("*/vis_data/scalars.json")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line[key] for line in lines if key in line]
