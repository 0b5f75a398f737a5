"""The stand-in's sigmoid focal loss, against equation 5 of the paper."""

import math
from types import ModuleType

import pytest
import torch
from torch import Tensor

TARGETS = torch.tensor([0, 2, 3, 1])  # three classes, so 3 is background


def logits(dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).mul(2).to(dtype)


def paper(logit: float, positive: bool, gamma: float, alpha: float) -> float:
    probability = 1 / (1 + math.exp(-logit))
    right = probability if positive else 1 - probability
    return -(alpha if positive else 1 - alpha) * (1 - right) ** gamma * math.log(right)


@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, 0.25), (0.5, 0.6), (0.0, 0.5)])
def test_focal_loss_is_the_papers(mmcv_ops: ModuleType, gamma: float, alpha: float) -> None:
    losses = mmcv_ops.sigmoid_focal_loss(logits(), TARGETS, gamma, alpha, None, "none")
    expected = [
        [paper(logit, target == label, gamma, alpha) for label, logit in enumerate(row)]
        for row, target in zip(logits().tolist(), TARGETS.tolist(), strict=True)
    ]
    torch.testing.assert_close(losses, torch.tensor(expected, dtype=torch.float64))


def test_focal_loss_by_hand(mmcv_ops: ModuleType) -> None:
    # Probability one half: .25 * .5 ** 2 * ln 2 if positive, .75 * .5 ** 2 * ln 2 if not.
    losses = mmcv_ops.sigmoid_focal_loss(
        torch.zeros(1, 2), torch.tensor([1]), 2.0, 0.25, None, "none"
    )
    expected = torch.tensor([[0.75, 0.25]]) * 0.25 * math.log(2)
    torch.testing.assert_close(losses, expected)


@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_focal_loss_gradient_equals_finite_differences(mmcv_ops: ModuleType, gamma: float) -> None:
    # mmcv multiplies by the gradient of the reduced loss, so the sum is what can be checked.
    assert torch.autograd.gradcheck(
        lambda x: mmcv_ops.sigmoid_focal_loss(x, TARGETS, gamma, 0.25, None, "sum"),
        logits().requires_grad_(),
    )


def test_focal_loss_weighs_samples_by_their_class(mmcv_ops: ModuleType) -> None:
    targets, weight = torch.tensor([0, 2, 2, 1]), torch.tensor([1.0, 10.0, 100.0])
    losses = [
        mmcv_ops.sigmoid_focal_loss(logits(), targets, 2.0, 0.25, factors, "none")
        for factors in (weight.double(), None)
    ]
    factors = torch.tensor([1.0, 100.0, 100.0, 10.0]).double()[:, None].expand(4, 3)
    torch.testing.assert_close(losses[0] / losses[1], factors)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_focal_loss_of_half_floats_is_float32_rounded_once(
    mmcv_ops: ModuleType, dtype: torch.dtype
) -> None:
    narrow = logits(dtype).requires_grad_()
    wide = logits(dtype).float().requires_grad_()
    losses = [
        mmcv_ops.sigmoid_focal_loss(x, TARGETS, 2.0, 0.25, None, "none") for x in (narrow, wide)
    ]
    for loss in losses:
        loss.sum().backward()
    assert losses[0].dtype == narrow.grad.dtype == dtype
    assert torch.equal(losses[0], losses[1].to(dtype))
    assert torch.equal(narrow.grad, wide.grad.to(dtype))


def test_focal_loss_of_no_samples_is_empty(mmcv_ops: ModuleType) -> None:
    losses = mmcv_ops.sigmoid_focal_loss(
        torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64), 2.0, 0.25, None, "none"
    )
    assert losses.shape == (0, 3)


def test_focal_loss_stays_finite_for_extreme_logits(mmcv_ops: ModuleType) -> None:
    extreme = torch.tensor([[200.0, -200.0]]).requires_grad_()
    loss = mmcv_ops.sigmoid_focal_loss(extreme, torch.tensor([1]), 2.0, 0.25, None, "sum")
    loss.backward()
    # Both are wrong by 200: (.75 + .25) * 200, with slopes .75 and -.25.
    assert loss.item() == pytest.approx(200)
    torch.testing.assert_close(extreme.grad, torch.tensor([[0.75, -0.25]]))
