from mmdigits.models.losses.softmax_focal_loss import SoftmaxFocalLoss

__all__ = ["SoftmaxFocalLoss"]
