"""What ``import mmcv._ext`` finds, each time in a fresh interpreter."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from mmdigits.ops import has_compiled_ops


def run(code: str, first_on_path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    if first_on_path:
        environment["PYTHONPATH"] = str(first_on_path)
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def output(code: str, first_on_path: Path | None = None) -> list[str]:
    done = run(code, first_on_path)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def last_error_line(code: str, first_on_path: Path | None = None) -> str:
    done = run(code, first_on_path)
    assert done.returncode == 1, done.stdout
    return done.stderr.strip().splitlines()[-1]


@pytest.fixture
def packages(tmp_path: Path) -> Callable[..., Path]:
    """A folder of made-up packages, which shadow the installed ones."""

    def make(**files: bytes) -> Path:
        for name, content in files.items():
            path = tmp_path.joinpath(*name.split("__"))
            path.mkdir(parents=True)
            (path / "__init__.py").write_bytes(content)
        return tmp_path

    return make


def test_import_mmdigits_imports_neither_torch_nor_mmcv() -> None:
    heavy = "print(*{'torch', 'mmcv', 'mmengine', 'mmdet', 'numpy'} & set(sys.modules))"
    assert output(f"import sys, mmdigits; {heavy}") == []


def test_mmcv_ops_imports_whole_even_after_it_failed() -> None:
    code = """
try:
    import mmcv.ops
except ImportError:
    pass
import mmdigits
from mmcv.ops import *
import mmcv.ops
print(all(hasattr(mmcv.ops, name) for name in mmcv.ops.__all__))
"""
    assert output(code) == ["True"]


def test_mmengine_takes_the_ops_for_installed() -> None:
    code = """
import mmdigits
from mmengine.utils.dl_utils import mmcv_full_available
print(mmcv_full_available())
"""
    assert output(code) == ["True"]


def test_without_a_compiled_module_the_stand_in_is_found(packages: Callable[..., Path]) -> None:
    code = """
from importlib.util import find_spec
from mmdigits.ops import has_compiled_ops
print(has_compiled_ops(), find_spec("mmcv._ext").origin)
"""
    assert output(code, packages(mmcv=b"")) == ["False", "mmdigits.ops.stand_in"]


def test_an_installed_module_wins(packages: Callable[..., Path]) -> None:
    code = """
from mmdigits.ops import has_compiled_ops
import mmcv._ext
print(has_compiled_ops(), mmcv._ext.origin)
"""
    assert output(code, packages(mmcv=b"", mmcv___ext=b"origin = 'theirs'")) == ["True", "theirs"]


def test_a_module_that_does_not_load_is_reported_not_replaced(
    packages: Callable[..., Path],
) -> None:
    folder = packages(mmcv=b"")
    library = folder / "mmcv" / f"_ext{EXTENSION_SUFFIXES[0]}"
    library.write_bytes(b"not a library")
    # mmdet and mmcv guard their imports like this.
    guarded = "import mmdigits\ntry:\n    import mmcv._ext\nexcept ImportError:\n    pass"
    line = last_error_line(guarded, folder)
    assert line.startswith("mmdigits.errors.InputError: mmcv: its compiled ops don't load (")
    assert str(library) in line


@pytest.mark.skipif(has_compiled_ops(), reason="mmcv's compiled ops are installed")
def test_importing_mmdet_models_first_is_refused() -> None:
    code = "try:\n    import mmdet.models\nexcept ImportError:\n    pass\nimport mmdigits"
    line = last_error_line(code)
    assert line.startswith("ImportError: mmdigits: mmdet.models was imported before mmdigits")
    assert "`import mmdigits` before" in line


def test_importing_mmdet_models_first_is_fine_with_compiled_ops(
    packages: Callable[..., Path],
) -> None:
    folder = packages(mmcv=b"", mmcv___ext=b"", mmdet=b"", mmdet__models=b"import mmcv._ext")
    assert output("import mmdet.models, mmdigits; print('fine')", folder) == ["fine"]


def test_a_second_install_adds_nothing() -> None:
    code = """
import sys, mmdigits.ops
before = list(sys.meta_path)
mmdigits.ops.install_stand_in()
print(sys.meta_path == before)
"""
    assert output(code) == ["True"]
