"""What timings were taken on, and what its arithmetic can reach."""

import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
import torchvision

from mmdigits.benchmark.timing import Timing, time_in_turn
from mmdigits.engine.precision import mixed_precision_pays

SIDE = 2048  # of the square matrices whose product measures the peak
PACKAGES = ("onedl-mmdetection", "onedl-mmcv", "onnxruntime", "onnxruntime-gpu", "ultralytics")
ROOT = Path(__file__).parents[2]


def describe_machine(device: str) -> dict[str, object]:
    """Name the hardware and the versions.

    Args:
        device: Where the networks run.

    Returns:
        ``device``, ``threads``, ``python``, ``torch``, ``torchvision``, those of ``PACKAGES`` that
        are installed, and ``commit``, with ``-dirty`` where files differ from it and ``"unknown"``
        outside a checkout.
    """
    kind = torch.device(device).type
    name = torch.cuda.get_device_name(device) if kind == "cuda" else _cpu_name()
    return dict(
        device=name,
        threads=torch.get_num_threads(),
        python=platform.python_version(),
        torch=torch.__version__,  # which names CUDA's too
        torchvision=torchvision.__version__,
        **_versions(),
        commit=_commit(),
    )


def matmul_peaks(device: str, repeats: int = 15) -> dict[str, float]:
    """Measure the rate of matrix products, which bounds that of convolutions.

    Args:
        device: Where.
        repeats: Products of each type.

    Returns:
        Floating-point operations a second by type, ``float32`` and, where it is faster,
        ``bfloat16``: those of the median product of two square matrices of side ``SIDE``.
    """
    calls = {}
    types = [torch.float32]
    if mixed_precision_pays(torch.device(device).type):
        types.append(torch.bfloat16)
    for dtype in types:
        matrix = torch.randn(SIDE, SIDE, device=device).to(dtype)
        calls[str(dtype).removeprefix("torch.")] = lambda matrix=matrix: matrix @ matrix
    timings: Mapping[str, Timing] = time_in_turn(calls, repeats, warmup=3)
    return {name: 2 * SIDE**3 / timing.median for name, timing in timings.items()}


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _commit() -> str:
    if not (ROOT / ".git").exists():
        return "unknown"
    words = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=7", "--exclude=*"]
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
