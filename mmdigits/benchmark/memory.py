"""How much memory a contender needs, each in a process of its own."""

import multiprocessing
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from mmdigits.benchmark.rows import Row
from mmdigits.command_line import quiet_imports


def peak_memory(row: Row, root: Path, device: str, part: str) -> int | None:
    """Measure the peak of a fresh process that builds a contender and calls it twice.

    Args:
        row: What is built.
        root: Folder that the paths of configs start from.
        device: Where it runs.
        part: What is called: ``"load"``, ``"train_step"``, ``"infer"`` or ``"read"``, of which the
            loading process doesn't count.

    Returns:
        Bytes: on a CPU all that the process ever had in memory, PyTorch included; on a GPU the most
        that tensors had there. None if the process was killed, or a GPU's memory didn't suffice.

    Raises:
        InputError: If the row's config or data set can't be used.
    """
    import torch  # not above: the process to be measured imports this module first

    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as pool:
        try:
            return pool.submit(_measure, row, root, device, part).result()
        except (BrokenProcessPool, torch.OutOfMemoryError):
            return None


def _measure(row: Row, root: Path, device: str, part: str) -> int:
    from mmdigits.launch import spare_cpu_time

    spare_cpu_time()  # as where the time is taken
    import torch

    with quiet_imports():
        from mmdigits.benchmark.contenders import build_contender

    if torch.device(device).type == "cuda":
        torch.cuda.set_device(device)
    contender = build_contender(row, root, device)
    for _ in range(2):
        getattr(contender, part)()
    if torch.device(device).type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return _peak_of_process()


def _peak_of_process() -> int:
    # Where there is one, Linux's own status: getrusage would say the parent's peak if it is higher.
    status = Path("/proc/self/status")
    text = status.read_text() if status.exists() else ""
    if peak := re.search(r"^VmHWM:\s*(\d+) kB$", text, re.MULTILINE):
        return int(peak[1]) * 1024
    import resource  # not to be had on Windows

    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
