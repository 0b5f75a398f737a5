"""Run MMDetection's own command-line tools, unchanged, and report bad input in one line."""

import ctypes
import os
import platform
import runpy
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError

from mmdigits.errors import InputError


def mmdet_tool(name: str) -> Path:
    """Find a script that the installed MMDetection carries.

    Args:
        name: Path below MMDetection's ``tools`` folder, for example ``"train.py"``.

    Returns:
        The script's path: inside the wheel, or in the checkout of an editable install.

    Raises:
        InputError: If MMDetection, or this script of it, is not installed.
    """
    spec = find_spec("mmdet")
    if spec is None or spec.origin is None:
        raise InputError("mmdigits: mmdet is not installed; run `pip install onedl-mmdetection`")
    package = Path(spec.origin).parent
    for tools in (package / ".mim" / "tools", package.parent / "tools"):
        if (tools / name).is_file():
            return tools / name
    raise InputError(f"mmdigits: the mmdet in {package} has no tools/{name}; reinstall mmdet")


def run_mmdet_tool(name: str) -> None:
    """Run one of MMDetection's scripts as ``__main__``, with this process's arguments.

    Args:
        name: Path below MMDetection's ``tools`` folder, for example ``"train.py"``.

    Raises:
        SystemExit: With one line instead of a traceback, when the input is wrong (a file that can't
            be read or written, a config that can't be parsed, or anything that raises
            :class:`~mmdigits.errors.InputError`), when OpenCV can't be imported, or when the user
            interrupts the run.
    """
    try:
        _check_opencv()
        spare_cpu_time()
        _join_cpu_processes()
        # MMDetection warns that metrics will not be computed; it means one that is not used here.
        warnings.filterwarnings("ignore", message="faster_coco_eval is not installed")
        runpy.run_path(str(mmdet_tool(name)), run_name="__main__")
    except SyntaxError as error:
        raise SystemExit(f"error: the config is not valid Python: {error}") from None
    except URLError as error:
        raise SystemExit(
            f"error: weights can't be downloaded ({error.reason}); get the file elsewhere and name "
            "it in load_from or model.backbone.init_cfg.checkpoint: docs/training.md says how"
        ) from None
    except (InputError, OSError) as error:
        # A DataLoader worker hands its whole traceback over as the message; the last line counts.
        line = (str(error).strip() or repr(error)).splitlines()[-1]
        raise SystemExit(f"error: {line.removeprefix('mmdigits.errors.InputError: ')}") from None
    except KeyboardInterrupt:
        raise SystemExit(
            "interrupted; a training goes on from its last checkpoint with --resume"
        ) from None


def _check_opencv() -> None:
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        if "libGL" not in str(error):
            raise
        raise InputError(
            f"OpenCV: {error}; this machine has no display libraries: either install libGL "
            "(Debian: apt-get install libgl1) or run `pip uninstall -y opencv-python && "
            "pip install --force-reinstall --no-deps opencv-python-headless`"
        ) from None


def _join_cpu_processes() -> None:
    # MMEngine (0.10.12) selects a CUDA device for every process that torchrun starts, which fails
    # where there is none; it leaves a process group alone that exists. This can go when it asks
    # first.
    launchers = [argument.removeprefix("--launcher=") for argument in sys.argv]
    if "RANK" not in os.environ or "pytorch" not in launchers:
        return
    import torch

    if not torch.cuda.is_available():
        torch.distributed.init_process_group("gloo")


def spare_cpu_time() -> None:
    """Let idle threads rest soon and freed memory stay, unless the environment says otherwise.

    To be called before PyTorch is imported, since OpenMP reads its settings then.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        # How long an idle thread waits busily, in rounds: by default so long that it takes the
        # core from the workers that load data.
        os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    # By default glibc returns a feature map's memory to the system when it is freed, and every step
    # pays for getting it back, page by page: a tenth of its time on a CPU.
    is_set = any(name.startswith("MALLOC_") for name in os.environ)
    if platform.libc_ver()[0] == "glibc" and not is_set:
        allocator = ctypes.CDLL(None)
        trim_threshold, mmap_threshold = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD of malloc.h
        allocator.mallopt(trim_threshold, 2**31 - 1)
        allocator.mallopt(mmap_threshold, 2**25)  # bytes; the largest that glibc accepts
