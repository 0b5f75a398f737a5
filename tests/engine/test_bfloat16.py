"""bfloat16 mixed precision on a CPU, and through MMEngine's wrapper on a GPU."""

from collections.abc import Sequence

import pytest
import torch
from mmdet.registry import DATASETS, MODELS
from mmengine.config import Config, ConfigDict
from mmengine.dataset import pseudo_collate
from mmengine.optim import AmpOptimWrapper, OptimWrapper, build_optim_wrapper
from mmengine.runner import Runner
from small_runs import CONFIGS, QUICKSTART, small_config, train
from torch import nn

from mmdigits.engine import BFloat16OptimWrapper

BFLOAT16 = "BFloat16OptimWrapper"
QUICKSTART_WRAPPER = Config.fromfile(QUICKSTART).optim_wrapper
FEW_SAMPLES = dict(rcnn=dict(sampler=dict(num=16)), rpn_proposal=dict(nms_pre=100, max_per_img=50))


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch):
    monkeypatch.setattr("mmdigits.engine.precision.is_cuda_available", bool)


def two_steps(config: Config, tmp_path, **optim_wrapper) -> tuple[list[dict], nn.Module]:
    """The losses of two training steps on the same two images, and the model after them."""
    dataset = DATASETS.build(small_config(tmp_path).train_dataloader.dataset)
    batch = pseudo_collate([dataset[0], dataset[1]])
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    model.init_weights()
    model.train()
    wrapper = build_optim_wrapper(model, ConfigDict(config.optim_wrapper, **optim_wrapper))
    losses = []
    for step in range(2):
        torch.manual_seed(step)
        losses.append({k: float(v) for k, v in model.train_step(batch, wrapper).items()})
    return losses, model


def dtypes_of(outputs: Sequence[torch.Tensor]) -> set[torch.dtype]:
    return {output.dtype for output in outputs}


@pytest.mark.parametrize(
    "path", [QUICKSTART, CONFIGS / "digits" / "faster_rcnn_r50_fpn_v2.py"], ids=["r18", "r50_v2"]
)
def test_a_cpu_trains_in_bfloat16_to_nearly_the_same_losses(tmp_path, path):
    config = Config.fromfile(path)
    config.merge_from_dict(dict(model=dict(train_cfg=FEW_SAMPLES)))
    if "r50" in path.name:
        config.model.backbone.frozen_stages = -1
    full, _ = two_steps(config, tmp_path)
    seen = []
    forward = nn.Conv2d.forward
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            nn.Conv2d, "forward", lambda self, x: seen.append(forward(self, x)) or seen[-1]
        )
        narrow, model = two_steps(config, tmp_path, type=BFLOAT16)
    assert dtypes_of(seen) == {torch.bfloat16}
    # The anchors that are sampled are the same; the proposals, and with them the RoIs, are not.
    assert narrow[0] != full[0]
    assert narrow[0]["loss_rpn_cls"] == pytest.approx(full[0]["loss_rpn_cls"], rel=0.01)
    for step in range(2):
        assert narrow[step]["loss"] == pytest.approx(full[step]["loss"], rel=0.15)
    assert dtypes_of(model.state_dict().values()) <= {torch.float32, torch.int64}
    assert all(value.isfinite().all() for value in model.state_dict().values())


def test_a_run_is_resumed_where_it_stopped_by_either_wrapper(tmp_path):
    options = dict(optim_wrapper__type=BFLOAT16)
    first = train(small_config(tmp_path / "first", train_cfg__max_epochs=1, **options))
    assert type(first.optim_wrapper) is BFloat16OptimWrapper
    checkpoint = str(tmp_path / "first" / "epoch_1.pth")
    state = torch.load(checkpoint, weights_only=False)["optimizer"]
    assert dtypes_of([moment["exp_avg"] for moment in state["state"].values()]) == {torch.float32}

    options |= dict(resume=True, load_from=checkpoint)
    resumed = train(small_config(tmp_path / "resumed", **options))
    assert (resumed.epoch, resumed.iter) == (2, 6)
    steps = {int(moments["step"]) for moments in resumed.optim_wrapper.optimizer.state.values()}
    assert steps == {6}

    full = build_optim_wrapper(MODELS.build(resumed.cfg.model), QUICKSTART_WRAPPER)
    assert type(full) is OptimWrapper
    full.load_state_dict(state)
    assert torch.equal(
        full.optimizer.state_dict()["state"][0]["exp_avg"], state["state"][0]["exp_avg"]
    )


def test_only_the_training_step_is_narrow(tmp_path):
    runner = Runner.from_cfg(small_config(tmp_path, optim_wrapper__type=BFLOAT16))
    wrapper, model = runner.build_optim_wrapper(runner.cfg.optim_wrapper), runner.model
    image = torch.zeros(1, 3, 32, 64)
    with wrapper.optim_context(model):
        assert dtypes_of(model.extract_feat(image)) == {torch.bfloat16}
    assert dtypes_of(model.extract_feat(image)) == {torch.float32}


def test_gradients_add_up_over_steps_as_in_the_stock_wrapper():
    model = nn.Linear(2, 1)
    wrapper = BFloat16OptimWrapper(torch.optim.SGD(model.parameters(), lr=1), accumulative_counts=2)
    before = model.weight.detach().clone()
    with wrapper.optim_context(model):
        wrapper.update_params(model(torch.ones(1, 2)).sum())
    assert torch.equal(model.weight, before) and model.weight.grad.dtype == torch.float32
    with wrapper.optim_context(model):
        wrapper.update_params(model(torch.ones(1, 2)).sum())
    torch.testing.assert_close(model.weight, before - 1)


@pytest.fixture
def pretended_gpu(monkeypatch):
    """Tell MMEngine of a GPU; building a wrapper does not use it yet."""
    for module in (
        "mmdigits.engine.precision",
        "mmengine.optim.optimizer.amp_optimizer_wrapper",
    ):
        monkeypatch.setattr(f"{module}.is_cuda_available", lambda: True)


@pytest.mark.parametrize(
    ("options", "wrapper", "dtype"),
    [
        pytest.param({}, AmpOptimWrapper, None, id="nothing said: fp16"),
        pytest.param(dict(dtype="bfloat16"), AmpOptimWrapper, torch.bfloat16, id="bf16 by dtype"),
        pytest.param(
            dict(type="AmpOptimWrapper", loss_scale="dynamic", dtype="bfloat16"),
            AmpOptimWrapper,
            torch.bfloat16,
            id="--amp and bf16 by dtype",
        ),
        pytest.param(dict(type=BFLOAT16), BFloat16OptimWrapper, None, id="ours stays"),
    ],
)
def test_a_gpu_gets_the_precision_that_was_asked_for(pretended_gpu, options, wrapper, dtype):
    config = Config.fromfile(QUICKSTART)
    config.merge_from_dict(dict(optim_wrapper=options))  # as a child config or --cfg-options does
    built = build_optim_wrapper(nn.Linear(2, 1), config.optim_wrapper)
    assert type(built) is wrapper and getattr(built, "cast_dtype", None) == dtype


def test_a_cpu_keeps_full_precision_unless_told_otherwise():
    assert type(build_optim_wrapper(nn.Linear(2, 1), QUICKSTART_WRAPPER)) is OptimWrapper
