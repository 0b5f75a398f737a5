"""The softmax focal loss, against hand numbers, mmdet's cross-entropy and torchvision's sigmoid."""

import math

import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import ConfigDict
from torch import Tensor
from torchvision.ops import sigmoid_focal_loss

import mmdigits.models  # noqa: F401  registers
from mmdigits.errors import InputError

LABELS = torch.tensor([0, 2, 3, 1, 3])  # three classes, so 3 is background


def focal(**cfg) -> torch.nn.Module:
    return MODELS.build(dict(type="SoftmaxFocalLoss", **cfg))


def logits(dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(5, 4, generator=torch.Generator().manual_seed(0)).mul(2).to(dtype)


def test_the_loss_of_one_sample_by_hand():
    # Two even classes: p_t = 1/2, so (1/2) ** 2 * ln 2. Odds of 3 to 1: p_t = 3/4 or 1/4.
    even, odds = torch.zeros(1, 2), torch.tensor([[math.log(3), 0.0]])
    first, second = torch.tensor([0]), torch.tensor([1])
    assert focal()(even, first).item() == pytest.approx(math.log(2) / 4)
    assert focal()(odds, first).item() == pytest.approx(math.log(4 / 3) / 16)
    assert focal()(odds, second).item() == pytest.approx(math.log(4) * 9 / 16)
    assert focal(gamma=0.5)(odds, second).item() == pytest.approx(math.log(4) * math.sqrt(3) / 2)


@pytest.mark.parametrize(
    ("alpha", "factors"), [(0.25, [0.25, 0.25]), ([0.25, 0.75], [0.25, 0.75]), (None, [1, 1])]
)
def test_alpha_weighs_a_sample_by_its_true_class(alpha, factors):
    losses = focal(alpha=alpha, reduction="none")(torch.zeros(2, 2), torch.tensor([0, 1]))
    torch.testing.assert_close(losses, torch.tensor(factors) * math.log(2) / 4)


@pytest.mark.parametrize("weight", [None, torch.tensor([1.0, 0.0, 2.0, 0.5, 0.0])])
@pytest.mark.parametrize(
    ("reduction", "avg_factor"), [("none", None), ("mean", None), ("mean", 3.0), ("sum", None)]
)
def test_without_focusing_it_is_cross_entropy(weight, reduction, avg_factor):
    cross_entropy = MODELS.build(dict(type="CrossEntropyLoss", loss_weight=0.7))
    torch.testing.assert_close(
        focal(gamma=0, loss_weight=0.7)(logits(), LABELS, weight, avg_factor, reduction),
        cross_entropy(logits(), LABELS, weight, avg_factor, reduction),
        rtol=1e-6,
        atol=0,
    )


def head_losses(loss_cls: dict) -> tuple[dict[str, Tensor], torch.nn.Module]:
    """Loss of a box head on six fixed RoIs, with its gradients computed."""
    torch.manual_seed(0)
    head = MODELS.build(
        dict(
            type="Shared2FCBBoxHead",
            in_channels=2,
            fc_out_channels=8,
            roi_feat_size=2,
            num_classes=10,
            loss_cls=loss_cls,
        )
    )
    scores, deltas = head(torch.randn(6, 2, 2, 2))
    losses = head.loss(
        scores * 100,
        deltas,
        torch.zeros(6, 5),
        torch.tensor([0, 9, 10, 10, 3, 10]),
        torch.tensor([1.0, 1.0, 1.0, 1.0, 1.0, 0.0]),
        torch.zeros(6, 4),
        torch.zeros(6, 4),
    )
    losses["loss_cls"].backward()
    return losses, head


def test_without_focusing_a_box_head_learns_as_with_cross_entropy():
    ours, our_head = head_losses(dict(type="SoftmaxFocalLoss", gamma=0.0))
    stock, stock_head = head_losses(dict(type="CrossEntropyLoss"))
    assert ours.keys() == stock.keys() and stock["loss_cls"] > 0.1
    torch.testing.assert_close(ours["loss_cls"], stock["loss_cls"])
    assert our_head.state_dict().keys() == stock_head.state_dict().keys()
    for ours, stock in zip(our_head.parameters(), stock_head.parameters(), strict=True):
        if stock.grad is not None:  # the regressor got none
            torch.testing.assert_close(ours.grad, stock.grad)


def test_a_box_head_turns_its_scores_into_probabilities_by_softmax():
    _, head = head_losses(dict(type="SoftmaxFocalLoss", alpha=[0.25] * 10 + [0.75]))
    assert head.fc_cls.out_features == 11
    scores = torch.zeros(1, 11)
    scores[0, 7] = math.log(30)  # against ten times 1: 3/4
    result = head._predict_by_feat_single(
        torch.tensor([[0.0, 1.0, 2.0, 9.0, 12.0]]),
        scores,
        torch.zeros(1, 40),
        dict(img_shape=(20, 20), scale_factor=(1.0, 1.0)),
        rcnn_test_cfg=ConfigDict(
            score_thr=0.5, nms=dict(type="nms", iou_threshold=0.5), max_per_img=9
        ),
    )
    assert result.labels.tolist() == [7] and result.scores.item() == pytest.approx(0.75)


@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, 0.25), (0.5, None), (0.0, [1, 2, 3, 0.5])])
def test_the_gradient_equals_finite_differences(gamma, alpha):
    loss = focal(gamma=gamma, alpha=alpha)
    weight = torch.tensor([1.0, 0.0, 2.0, 0.5, 1.0], dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda x: loss(x, LABELS, weight, avg_factor=4.0),
        logits(torch.float64).requires_grad_(),
    )


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.0])
@pytest.mark.parametrize("margin", [200.0, -200.0], ids=["sure and right", "sure and wrong"])
def test_extreme_scores_give_finite_losses_and_gradients(gamma, margin):
    scores = torch.tensor([[margin, 0.0, 0.0]]).requires_grad_()
    loss = focal(gamma=gamma)(scores, torch.tensor([0]))
    loss.backward()
    # Right: nothing to learn. Wrong: -log p_t = 200 + ln 2, with cross-entropy's slope.
    expected = 0.0 if margin > 0 else 200 + math.log(2)
    slope = [0.0, 0.0, 0.0] if margin > 0 else [-1.0, 0.5, 0.5]
    assert loss.item() == pytest.approx(expected)
    torch.testing.assert_close(scores.grad, torch.tensor([slope]))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_two_classes_are_torchvisions_sigmoid_case(gamma):
    # softmax of (x, 0) is sigmoid of x; alpha is the positive's factor, 1 - alpha the other's.
    x = logits(torch.float64)[:, 0].requires_grad_()
    labels = torch.tensor([0, 1, 1, 0, 1])  # column 0 is the positive
    ours = focal(gamma=gamma, alpha=[0.25, 0.75], reduction="none")(
        torch.stack((x, torch.zeros_like(x)), dim=1), labels
    )
    theirs = sigmoid_focal_loss(x, 1.0 - labels.double(), alpha=0.25, gamma=gamma)
    torch.testing.assert_close(ours, theirs)
    for mine, other in zip(
        torch.autograd.grad(ours.sum(), x), torch.autograd.grad(theirs.sum(), x), strict=True
    ):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize(
    ("reduction", "avg_factor"), [("mean", None), ("mean", 1.0), ("sum", None)]
)
def test_no_samples_cost_nothing_and_reach_the_network(reduction, avg_factor):
    scores = torch.zeros(0, 11, requires_grad=True)
    loss = focal(reduction=reduction)(scores, LABELS[:0], avg_factor=avg_factor)
    loss.backward()
    assert loss.shape == () and loss.item() == 0 and scores.grad.shape == (0, 11)
    assert focal(reduction="none")(scores, LABELS[:0]).shape == (0,)


def test_samples_of_weight_zero_cost_nothing():
    scores = logits().requires_grad_()
    loss = focal()(scores, LABELS, weight=torch.zeros(5), avg_factor=1.0)
    loss.backward()
    assert loss.item() == 0 and not scores.grad.any()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_floats_are_computed_in_float32(dtype):
    narrow = logits(dtype).requires_grad_()
    wide = logits(dtype).float().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = [focal(gamma=0.5)(scores, LABELS) for scores in (narrow, wide)]
    for loss in losses:
        loss.backward()
    assert losses[0].dtype == torch.float32 and torch.equal(*losses)
    assert torch.equal(narrow.grad, wide.grad.to(dtype))


@pytest.mark.parametrize(
    ("cfg", "message"),
    [
        (dict(gamma=-1), "gamma is -1"),
        (dict(gamma=math.nan), "gamma is nan"),
        (dict(alpha=-0.25), r"alpha is -0\.25"),
        (dict(alpha=[0.25, math.inf]), r"alpha is \[0\.25, inf\]"),
        (dict(alpha=[[0.25]]), r"alpha is \[\[0\.25\]\]"),
        (dict(reduction="average"), "reduction is 'average'"),
    ],
)
def test_an_impossible_setting_is_refused(cfg, message):
    with pytest.raises(InputError, match=message):
        focal(**cfg)


def test_alpha_must_have_a_factor_for_every_column():
    with pytest.raises(InputError, match="alpha has 10 factors for 11 columns"):
        focal(alpha=[0.25] * 10)(torch.zeros(3, 11), torch.tensor([0, 1, 10]))
