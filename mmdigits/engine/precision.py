"""Where mixed precision pays, and what must stay exact."""

from typing import Any

import torch
from mmdet.models.dense_heads.base_dense_head import BaseDenseHead
from mmdet.models.roi_heads.bbox_heads import BBoxHead
from mmengine.device import (
    is_cuda_available,
    is_mlu_available,
    is_musa_available,
    is_npu_available,
)
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only


def has_accelerator() -> bool:
    """Tell whether MMEngine's mixed precision runs: on a CUDA, NPU, MLU or MUSA machine."""
    checks = (is_cuda_available, is_mlu_available, is_musa_available, is_npu_available)
    return any(available() for available in checks)


def cpu_has_bfloat16() -> bool:
    """Tell whether the CPU has bfloat16 instructions (AVX512-BF16 or AMX).

    Returns:
        False also where PyTorch can't tell; 2.11 can.
    """
    # Earlier releases of PyTorch know this only in private.
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def mixed_precision_pays(device: str) -> bool:
    """Tell whether a device computes faster in float16, or a CPU in bfloat16.

    Args:
        device: Its type, such as ``"cuda"``.

    Returns:
        True for every accelerator.
    """
    return cpu_has_bfloat16() if device == "cpu" else has_accelerator()


def widen_heads(model: nn.Module) -> None:
    """Make a detector's heads answer in float32 when it predicts under autocast.

    What follows a head, decoding of boxes and suppression, is then as exact as without autocast,
    and results are float32: 8 bits, bfloat16's, place a box to whole pixels, and NumPy, which the
    metrics need, doesn't know it. Training is left as it is.

    Args:
        model: A detector of MMDetection, changed in place; a second call changes nothing more.
    """
    for part in model.modules():
        if (
            isinstance(part, BaseDenseHead | BBoxHead)
            and _widen not in part._forward_hooks.values()
        ):
            part.register_forward_hook(_widen)


def _widen(head: nn.Module, inputs: tuple, outputs: Any) -> Any:
    return outputs if head.training else tree_map_only(Tensor, Tensor.float, outputs)
