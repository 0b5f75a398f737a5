import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from mmdigits.benchmark import machine
from mmdigits.benchmark.memory import peak_memory
from mmdigits.engine.inference import usable_device


def test_what_was_timed_is_told():
    told = machine.describe_machine("cpu")
    assert told["torch"] == torch.__version__ and "onedl-mmdetection" in told
    assert told["threads"] == torch.get_num_threads()


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_commit_is_the_packages_own(monkeypatch, tmp_path):
    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=b"]
        subprocess.run(["git", "-C", tmp_path, *who, *words], check=True, capture_output=True)

    monkeypatch.setattr(machine, "ROOT", tmp_path)
    assert machine.describe_machine("cpu")["commit"] == "unknown"
    git("init")
    assert machine.describe_machine("cpu")["commit"] == "unknown"
    (tmp_path / "file").touch()
    git("add", ".")
    git("commit", "-m", "a")
    git("tag", "v1")
    clean = machine.describe_machine("cpu")["commit"]
    assert re.fullmatch("[0-9a-f]{7}", clean)
    (tmp_path / "file").write_text("b")
    assert machine.describe_machine("cpu")["commit"] == f"{clean}-dirty"


@pytest.mark.parametrize("fast", [True, False])
def test_bfloat16_is_measured_where_it_is_faster(monkeypatch, fast):
    monkeypatch.setattr(machine, "SIDE", 8)
    monkeypatch.setattr(machine, "mixed_precision_pays", lambda kind: fast)
    peaks = machine.matmul_peaks("cpu", repeats=1)
    assert [*peaks] == (["float32", "bfloat16"] if fast else ["float32"])
    assert all(peak > 0 for peak in peaks.values())


def test_a_gpu_has_its_number(monkeypatch):
    # As CUDA wants it where one is set.
    made = lambda size, device: SimpleNamespace(device=f"{device}:0")  # noqa: E731
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "empty", made)
    assert usable_device(None) == usable_device("cuda") == "cuda:0"


def test_memory_that_a_gpu_lacks_is_not_told(monkeypatch):
    class Pool:
        def __init__(self, **options):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        def submit(self, *words):
            raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("mmdigits.benchmark.memory.ProcessPoolExecutor", Pool)
    assert peak_memory(None, Path(), "cpu", "load") is None
