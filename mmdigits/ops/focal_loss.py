"""The sigmoid focal loss with the signatures of ``mmcv._ext``, on torchvision's.

MMDetection calls these on CUDA only; on other devices its losses have Python code of their own.

Source: Lin et al., ICCV 2017, https://arxiv.org/abs/1708.02002, equation 5.
"""

import torch
from torch import Tensor
from torchvision.ops import sigmoid_focal_loss


def sigmoid_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, gamma: float, alpha: float
) -> None:
    """Compute the loss of each sample for each class, one binary problem per class.

    Source: mirrors ``mmcv._ext.sigmoid_focal_loss_forward``.

    Args:
        input: ``(N, C)`` logits; float16 and bfloat16 are computed in float32.
        target: ``(N,)`` int64 class indices; any outside [0, C) is background.
        weight: ``(C,)`` factors by target class, or empty for none. With factors every target must
            be a class: mmcv's kernel reads past the end for background.
        output: ``(N, C)``, overwritten with the losses, not reduced.
        gamma: Focusing exponent, 0 or more.
        alpha: Share of the positive class, in [0, 1].
    """
    wide = input.to(torch.promote_types(input.dtype, torch.float32))
    output.copy_(_losses(wide, target, weight, gamma, alpha))


def sigmoid_focal_loss_backward(
    input: Tensor, target: Tensor, weight: Tensor, grad_input: Tensor, gamma: float, alpha: float
) -> None:
    """Compute the derivative of each loss by its logit.

    Source: mirrors ``mmcv._ext.sigmoid_focal_loss_backward``.

    Args:
        input: As in the forward pass.
        target: As in the forward pass.
        weight: As in the forward pass.
        grad_input: ``(N, C)``, overwritten with the derivatives.
        gamma: As in the forward pass.
        alpha: As in the forward pass.
    """
    with torch.enable_grad():
        wide = input.detach().to(torch.promote_types(input.dtype, torch.float32))
        wide.requires_grad_()
        (derivative,) = torch.autograd.grad(_losses(wide, target, weight, gamma, alpha).sum(), wide)
    grad_input.copy_(derivative)


def _losses(logits: Tensor, target: Tensor, weight: Tensor, gamma: float, alpha: float) -> Tensor:
    classes = torch.arange(logits.shape[1], device=logits.device)
    truth = (target[:, None] == classes).to(logits.dtype)
    losses = sigmoid_focal_loss(logits, truth, alpha, gamma, reduction="none")
    return losses * weight[target, None] if weight.numel() else losses
