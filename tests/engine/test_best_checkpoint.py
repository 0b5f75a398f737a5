"""Which checkpoints a training keeps as its best, in real runs with a scripted evaluation."""

from pathlib import Path

import pytest
import torch
from mmdet.registry import METRICS, MODELS
from mmengine.evaluator import BaseMetric
from mmengine.logging import MessageHub
from mmengine.model import BaseDataPreprocessor, BaseModel
from small_runs import small_config, train

# After each epoch: the accuracy peaks in the second one, mAP in the third.
SCRIPT = {"digits/seq_acc": [0.2, 0.5, 0.4, 0.3], "coco/bbox_mAP": [0.1, 0.2, 0.3, 0.25]}
ACCURACY, MAP = "best_digits_seq_acc_epoch_{}.pth", "best_coco_bbox_mAP_epoch_{}.pth"


class OneWeight(BaseModel):
    """A network of one parameter; a step moves it by 1, so that it counts steps."""

    def __init__(self) -> None:
        super().__init__(BaseDataPreprocessor())
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def forward(self, inputs, data_samples, mode: str):
        return data_samples if mode == "predict" else dict(loss=-self.weight)


class Scripted(BaseMetric):
    """A result that the test has decided."""

    def process(self, data_batch, data_samples) -> None:
        self.results.extend(data_samples)

    def compute_metrics(self, results) -> dict[str, float]:
        (key,) = (key for key in SCRIPT if key.startswith(self.prefix))
        # The message hub still counts the epoch that has just ended.
        epoch = MessageHub.get_current_instance().get_info("epoch")
        return {key.partition("/")[2]: SCRIPT[key][epoch]}


@pytest.fixture(autouse=True)
def scripted_types(monkeypatch):
    for registry, cls in ((MODELS, OneWeight), (METRICS, Scripted)):
        monkeypatch.setitem(registry._module_dict, cls.__name__, cls)


def run(work_dir: Path, save_best: str | list[str], epochs: int = 4, resume: bool = False) -> str:
    """Train with the project's hooks, and return the summary at the end."""
    config = small_config(
        work_dir,
        default_hooks__checkpoint__save_best=save_best,
        train_cfg__max_epochs=epochs,
        resume=resume,
    )
    config.model = dict(type="OneWeight")
    config.optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", lr=1.0))
    config.param_scheduler = []
    config.val_evaluator = [dict(type="Scripted", prefix=prefix) for prefix in ("digits", "coco")]
    train(config)
    newest = max(work_dir.glob("*/*.log"), key=lambda path: path.stat().st_mtime_ns)
    return newest.read_text().rpartition("Training is done.")[2]


def kept(work_dir: Path) -> set[str]:
    return {path.name for path in work_dir.glob("*.pth")}


SETTINGS = [
    pytest.param("digits/seq_acc", {ACCURACY.format(2)}, id="accuracy"),
    pytest.param("coco/bbox_mAP", {MAP.format(3)}, id="mAP"),
    pytest.param(
        ["digits/seq_acc", "coco/bbox_mAP"], {ACCURACY.format(2), MAP.format(3)}, id="both"
    ),
    pytest.param(
        ["coco/bbox_mAP", "digits/seq_acc"], {ACCURACY.format(2), MAP.format(3)}, id="mAP first"
    ),
]


@pytest.mark.parametrize("resumed", [False, True], ids=["in one go", "resumed"])
@pytest.mark.parametrize(("save_best", "best"), SETTINGS)
def test_the_best_checkpoints_are_kept_and_named(tmp_path, save_best, best, resumed):
    if resumed:
        run(tmp_path, save_best, epochs=2)
        # mAP has risen so far: what is best now must go when the third epoch is better.
        before = {name.replace("epoch_3", "epoch_2") for name in best}
        assert kept(tmp_path) == {"epoch_1.pth", "epoch_2.pth", *before}
    summary = run(tmp_path, save_best, resume=resumed)

    assert kept(tmp_path) == {"epoch_3.pth", "epoch_4.pth", *best}
    for name in best:
        epoch = int(name[-len("1.pth")])
        checkpoint = torch.load(tmp_path / name, weights_only=False)
        # Six images, two a step.
        assert checkpoint["state_dict"]["weight"] == 3 * epoch
        assert checkpoint["meta"]["epoch"] == epoch

    watched = [save_best] if isinstance(save_best, str) else save_best
    lines = {
        "digits/seq_acc": "best string accuracy in validation: 0.5000",
        "coco/bbox_mAP": "best mAP in validation: 0.3000",
    }
    assert [line for line in summary.splitlines() if line.startswith("best")] == [
        lines[key] for key in watched
    ]
    first = ACCURACY.format(2) if watched[0] == "digits/seq_acc" else MAP.format(3)
    assert f"checkpoint: {tmp_path / first}\n" in summary
    assert f"{tmp_path / first} --show-dir pictures" in summary


def test_a_result_as_good_as_the_best_does_not_take_its_place(tmp_path, monkeypatch):
    monkeypatch.setitem(SCRIPT, "digits/seq_acc", [0.5, 0.7, 0.7, 0.7])
    run(tmp_path, "digits/seq_acc")
    assert kept(tmp_path) == {"epoch_3.pth", "epoch_4.pth", ACCURACY.format(2)}
