import os
import platform
import subprocess
import sys
from urllib.error import URLError

import pytest

from mmdigits import launch
from mmdigits.errors import InputError

# Settings that the launcher leaves alone.
SET_BY_USERS = {"GOMP_SPINCOUNT": "7", "OMP_WAIT_POLICY": "passive", "MALLOC_ARENA_MAX": "8"}


def run(repository, *arguments, **environment):
    ours = {name: value for name, value in os.environ.items() if name not in SET_BY_USERS}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=repository,
        env={**ours, **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture(autouse=True)
def _this_process_stays_as_it_is(monkeypatch):
    for name, value in SET_BY_USERS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("name", ["train.py", "test.py", "analysis_tools/analyze_logs.py"])
def test_the_tools_are_mmdetections_own(name):
    tool = launch.mmdet_tool(name)
    assert tool.is_file() and "mmdet" in str(tool)


def test_a_tool_that_does_not_exist_is_an_error():
    with pytest.raises(InputError, match=r"has no tools/nothing\.py"):
        launch.mmdet_tool("nothing.py")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("who: what"), "error: who: what"),
        (FileNotFoundError("x.pth can not be found."), "error: x.pth can not be found."),
        (OSError("Only py/yml/yaml/json type"), "error: Only py/yml/yaml/json type"),
        (
            URLError("no route to host"),
            "error: weights can't be downloaded (no route to host); get the file elsewhere and "
            "name it in load_from or model.backbone.init_cfg.checkpoint: docs/training.md says how",
        ),
        (SyntaxError("never closed"), "error: the config is not valid Python: never closed"),
        (
            InputError(
                "Caught InputError in DataLoader worker process 0.\nOriginal Traceback:\n"
                "  File ...\nmmdigits.errors.InputError: who: what\n"
            ),
            "error: who: what",
        ),
    ],
)
def test_bad_input_ends_in_one_line(monkeypatch, error, line):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(launch.runpy, "run_path", fail)
    with pytest.raises(SystemExit) as caught:
        launch.run_mmdet_tool("train.py")
    assert caught.value.code == line


def test_an_interrupted_run_says_how_to_go_on(monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(launch.runpy, "run_path", stop)
    with pytest.raises(SystemExit, match="--resume"):
        launch.run_mmdet_tool("train.py")


def test_other_errors_keep_their_traceback(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("a bug")

    monkeypatch.setattr(launch.runpy, "run_path", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        launch.run_mmdet_tool("train.py")


def test_a_missing_libgl_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)  # import raises ImportError
    with pytest.raises(ImportError):
        launch.run_mmdet_tool("train.py")

    class NoLibGL:
        def find_spec(self, name, path=None, target=None):
            if name == "cv2":
                raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.delitem(sys.modules, "cv2")
    monkeypatch.setattr(sys, "meta_path", [NoLibGL(), *sys.meta_path])
    with pytest.raises(SystemExit, match="opencv-python-headless"):
        launch.run_mmdet_tool("train.py")


def test_training_without_data_fails_with_one_line(repository, tmp_path):
    result = run(
        repository,
        "tools/train.py",
        "configs/digits/faster_rcnn_r50_fpn_v2.py",
        f"--work-dir={tmp_path}",
        DIGITS_DATA=str(tmp_path / "nowhere"),
    )
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1].startswith("error: DigitCocoDataset: there is no")
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_memory_that_was_freed_is_kept_for_the_next_step(repository):
    count = """
import resource, torch
from mmdigits import launch

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    [torch.ones(2**21) for _ in range(8)]  # 64 MiB, 16,384 pages
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

launch.spare_cpu_time()
for _ in range(20):
    faults()
print(sum(faults() for _ in range(10)))
"""
    kept, returned = (
        run(repository, "-c", count, **environment)
        # A setting of one's own stays; this one is what glibc begins with.
        for environment in ({}, {"MALLOC_MMAP_THRESHOLD_": str(2**17)})
    )
    assert kept.returncode == returned.returncode == 0, kept.stderr + returned.stderr
    assert int(returned.stdout) > 100_000 > 10_000 > int(kept.stdout)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "2000"),
        (dict(GOMP_SPINCOUNT="7"), "7"),
        (dict(OMP_WAIT_POLICY="active"), None),
    ],
    ids=["nothing set", "a count set", "a policy set"],
)
def test_waiting_threads_rest_before_pytorch_is_loaded(repository, given, expected):
    count = """
import os, sys
from mmdigits import launch

launch._join_cpu_processes = lambda: print(os.environ.get("GOMP_SPINCOUNT"), "torch" in sys.modules)
launch.runpy.run_path = lambda *_, **__: None
launch.run_mmdet_tool("train.py")
"""
    done = run(repository, "-c", count, **given)
    assert done.stdout.split() == [str(expected), "False"], done.stderr


def test_another_system_than_glibcs_is_left_alone(monkeypatch):
    monkeypatch.setattr(launch.platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(launch.ctypes, "CDLL", None)
    monkeypatch.delenv("MALLOC_ARENA_MAX")
    launch.spare_cpu_time()
