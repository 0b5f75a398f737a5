"""The focal loss for classes that exclude each other."""

from collections.abc import Sequence

import torch
from mmdet.models.losses.utils import weight_reduce_loss
from mmdet.registry import MODELS
from torch import Tensor, nn

from mmdigits.errors import InputError

REDUCTIONS = ("none", "mean", "sum")


@MODELS.register_module()
class SoftmaxFocalLoss(nn.Module):
    """Cross-entropy that counts a sample less, the surer and righter the network is of it.

    A sample of class t with softmax probability p_t costs ``-alpha_t * (1 - p_t) ** gamma *
    log(p_t)``. It takes the place of ``CrossEntropyLoss`` as ``loss_cls`` of MMDetection's box
    heads, whose last column is the background; with ``gamma=0`` and ``alpha=None`` it is that
    loss. The gradient runs through the factor too, and stays finite for every ``gamma``.

    Source: Lin et al., ICCV 2017, https://arxiv.org/abs/1708.02002, equation 5, with the softmax
    in place of the sigmoid; arguments and reduction mirror mmdet's ``CrossEntropyLoss``.

    Args:
        gamma: Focusing exponent, 0 or more.
        alpha: None for 1, one factor for all classes, or one factor per column of the scores: the
            paper's 0.25 for objects is ``[0.25] * 10 + [0.75]`` here.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.
        loss_weight: Factor of the whole loss.

    Raises:
        InputError: If ``gamma`` or an ``alpha`` is negative or not finite, or ``reduction`` is
            unknown; when called, if ``alpha`` does not have one factor per column.
    """

    use_sigmoid = False  # box heads then turn the scores into probabilities by softmax

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float | Sequence[float] | None = None,
        reduction: str = "mean",
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if not 0 <= gamma < float("inf"):
            raise InputError(f"SoftmaxFocalLoss: gamma is {gamma}; it must be a number from 0 up")
        factors = None if alpha is None else torch.as_tensor(alpha, dtype=torch.float32)
        if factors is not None and (
            factors.dim() > 1 or not (factors.isfinite() & (factors >= 0)).all()
        ):
            raise InputError(
                f"SoftmaxFocalLoss: alpha is {alpha}; give one number from 0 up, or a list of such"
            )
        self._check_reduction(reduction)
        self.gamma = gamma
        self.reduction = reduction
        self.loss_weight = loss_weight
        # Not persistent: checkpoints of both losses have the same names.
        self.register_buffer("alpha", factors, persistent=False)

    def forward(
        self,
        cls_score: Tensor,
        label: Tensor,
        weight: Tensor | None = None,
        avg_factor: float | None = None,
        reduction_override: str | None = None,
    ) -> Tensor:
        """Compute the loss.

        Args:
            cls_score: ``(N, C)`` logits, C at least 2; float16 and bfloat16 are computed in
                float32.
            label: ``(N,)`` int64 columns of the true classes, in [0, C).
            weight: ``(N,)`` factors of the samples, or None for 1.
            avg_factor: What the sum is divided by under ``"mean"``; None for N.
            reduction_override: Takes the place of ``reduction``.

        Returns:
            A scalar, or ``(N,)`` under ``"none"``; without samples 0, or ``(0,)``. Float32 or
            wider.

        Raises:
            InputError: If ``alpha`` does not fit C.
        """
        reduction = reduction_override or self.reduction
        self._check_reduction(reduction)
        logits = cls_score.to(torch.promote_types(cls_score.dtype, torch.float32))
        losses = self._losses(logits, label)
        if reduction == "mean" and not len(label):
            return losses.sum()  # PyTorch's mean of nothing is NaN
        weight = None if weight is None else weight.to(losses.dtype)
        return self.loss_weight * weight_reduce_loss(losses, weight, reduction, avg_factor)

    def _losses(self, logits: Tensor, label: Tensor) -> Tensor:
        column = label[:, None]
        log_pt = logits.log_softmax(1).gather(1, column)[:, 0]
        # (1 - p_t) ** gamma from the other classes' share: 1 - p_t itself cancels to 0 where the
        # network is sure, and a power below 1 has no finite slope there.
        others = logits.scatter(1, column, float("-inf"))
        log_rest = others.logsumexp(1) - logits.logsumexp(1)
        losses = -(self.gamma * log_rest).exp() * log_pt
        if self.alpha is None:
            return losses
        if not self.alpha.dim():
            return self.alpha * losses
        if len(self.alpha) != logits.shape[1]:
            raise InputError(
                f"SoftmaxFocalLoss: alpha has {len(self.alpha)} factors for {logits.shape[1]} "
                "columns of scores; give one per class and one for the background, last"
            )
        return self.alpha[label] * losses

    def _check_reduction(self, reduction: str) -> None:
        if reduction not in REDUCTIONS:
            raise InputError(
                f"SoftmaxFocalLoss: reduction is {reduction!r}; choose one of {REDUCTIONS}"
            )
