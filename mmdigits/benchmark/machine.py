"""What timings were taken on, and what its arithmetic can reach."""

import platform
from collections.abc import Mapping
from pathlib import Path

import torch
import torchvision
from mmengine.utils import get_git_hash

from mmdigits.benchmark.timing import Timing, time_in_turn

SIDE = 2048  # of the square matrices whose product measures the peak


def describe_machine(device: str) -> dict[str, object]:
    """Name the hardware and the versions.

    Args:
        device: Where the networks run.

    Returns:
        ``device``, ``threads``, ``python``, ``torch``, ``torchvision`` and ``commit``, the last
        ``"unknown"`` outside a checkout.
    """
    kind = torch.device(device).type
    name = torch.cuda.get_device_name(device) if kind == "cuda" else _cpu_name()
    return dict(
        device=name,
        threads=torch.get_num_threads(),
        python=platform.python_version(),
        torch=torch.__version__,
        torchvision=torchvision.__version__,
        commit=get_git_hash(digits=7),
    )


def matmul_peaks(device: str, repeats: int = 15) -> dict[str, float]:
    """Measure the rate of matrix products, which bounds that of convolutions.

    Args:
        device: Where.
        repeats: Products of each type.

    Returns:
        Floating-point operations a second by type, ``float32`` and ``bfloat16``: those of the
        median product of two square matrices of side ``SIDE``.
    """
    calls = {}
    for dtype in (torch.float32, torch.bfloat16):
        matrix = torch.randn(SIDE, SIDE, device=device).to(dtype)
        calls[str(dtype).removeprefix("torch.")] = lambda matrix=matrix: matrix @ matrix
    timings: Mapping[str, Timing] = time_in_turn(calls, repeats, warmup=3)
    return {name: 2 * SIDE**3 / timing.median for name, timing in timings.items()}


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
