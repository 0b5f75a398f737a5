"""Fixtures that run the stand-in whether or not mmcv's compiled ops are installed."""

import sys
from importlib.util import module_from_spec, spec_from_loader
from types import ModuleType

import pytest

from mmdigits.ops.finder import StandInLoader


@pytest.fixture(scope="session")
def stand_in() -> ModuleType:
    """The stand-in module, built as the import system builds it."""
    spec = spec_from_loader("mmcv._ext", StandInLoader())
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def mmcv_ops(stand_in: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """``mmcv.ops`` on the stand-in, even where compiled ops are installed."""
    import mmcv.ops

    for name in ("nms", "roi_align", "focal_loss", "deform_conv"):
        # mmcv.ops.nms, the attribute, is the function.
        monkeypatch.setattr(sys.modules[f"mmcv.ops.{name}"], "ext_module", stand_in)
    return mmcv.ops
