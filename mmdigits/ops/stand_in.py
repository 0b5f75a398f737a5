"""The contents of the module that stands in for ``mmcv._ext``."""

from collections.abc import Callable
from typing import NoReturn

from mmdigits.ops.focal_loss import sigmoid_focal_loss_backward, sigmoid_focal_loss_forward
from mmdigits.ops.nms import nms, nms_match, softnms
from mmdigits.ops.roi_align import roi_align_backward, roi_align_forward


def get_compiler_version() -> str:
    """Name the compiler, for the environment report at the head of a log."""
    return "n/a (mmdigits stands in with torchvision's kernels)"


def get_compiling_cuda_version() -> str:
    """Name the CUDA version compiled for, for the environment report at the head of a log."""
    return get_compiler_version()


OPS: tuple[Callable[..., object], ...] = (
    get_compiler_version,
    get_compiling_cuda_version,
    nms,
    nms_match,
    roi_align_backward,
    roi_align_forward,
    sigmoid_focal_loss_backward,
    sigmoid_focal_loss_forward,
    softnms,
)


def missing_op(name: str) -> Callable[..., NoReturn]:
    """Stand in for an op that has no stand-in: it can be imported, not called.

    Serves as the module's ``__getattr__``, because mmcv looks up every op it might use on import.

    Args:
        name: The op's name in ``mmcv._ext``, known to mmcv or not.

    Returns:
        A function that takes anything and raises ``NotImplementedError``.

    Raises:
        AttributeError: If ``name`` starts with an underscore: no op does, but Python and notebooks
            ask every module for names such as ``__path__``.
    """
    if name.startswith("_"):
        raise AttributeError(f"module 'mmcv._ext' has no attribute {name!r}")

    def op(*args: object, **kwargs: object) -> NoReturn:
        raise NotImplementedError(
            f"mmcv op {name!r} needs mmcv's compiled ops, and mmdigits stands in for NMS, RoIAlign "
            "and the sigmoid focal loss only; build them with `pip install --no-build-isolation "
            "--no-cache-dir --no-deps --force-reinstall onedl-mmcv` (see help('mmdigits.ops'))"
        )

    op.__name__ = op.__qualname__ = name
    return op
