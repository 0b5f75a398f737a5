import os
import platform
import subprocess
import sys
from urllib.error import URLError

import pytest

from mmdigits import launch
from mmdigits.errors import InputError


def run(repository, *arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=repository,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


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

launch._keep_freed_memory()
for _ in range(20):
    faults()
print(sum(faults() for _ in range(10)))
"""
    done = run(repository, "-c", count)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 16384


@pytest.mark.parametrize(("given", "kept"), [(None, "2000"), ("7", "7")], ids=["unset", "set"])
def test_waiting_threads_leave_the_core_to_the_loader_unless_told_otherwise(
    monkeypatch, given, kept
):
    monkeypatch.setattr(launch.runpy, "run_path", lambda *_, **__: None)
    monkeypatch.setitem(os.environ, "GOMP_SPINCOUNT", given or "")
    if given is None:
        del os.environ["GOMP_SPINCOUNT"]
    launch.run_mmdet_tool("train.py")
    assert os.environ["GOMP_SPINCOUNT"] == kept
