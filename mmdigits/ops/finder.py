"""Decide what ``import mmcv._ext`` finds: the compiled module if there is one, else the stand-in.

Nothing here imports PyTorch; :mod:`mmdigits.ops.stand_in` does, when the stand-in is first loaded.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import find_spec, spec_from_loader
from types import ModuleType

from mmdigits.errors import InputError

_EXT = "mmcv._ext"


def install_stand_in() -> None:
    """Let ``import mmcv._ext`` fall back on the stand-in from now on; a second call does nothing.

    Raises:
        ImportError: If ``mmdet.models`` was imported before, without compiled ops. It replaces each
            op it can't import by a placeholder that raises when called, and would keep those.
    """
    if any(isinstance(finder, ExtFinder) for finder in sys.meta_path):
        return
    if _EXT not in sys.modules and any(name.startswith("mmdet.models") for name in sys.modules):
        raise ImportError(
            "mmdigits: mmdet.models was imported before mmdigits and without mmcv's compiled ops, "
            "so it holds placeholders that only raise; put `import mmdigits` before the first "
            "import of mmdet, as tools/train.py and tools/test.py do"
        )
    # First in line, so that it also sees a compiled module that is found but doesn't load.
    sys.meta_path.insert(0, ExtFinder())


def has_compiled_ops() -> bool:
    """Tell whether ``mmcv.ops`` runs on mmcv's compiled ops rather than on the stand-in.

    Returns:
        True if a compiled ``mmcv._ext`` is installed, even one that doesn't load. Imports mmcv, and
        with it PyTorch.

    Raises:
        ModuleNotFoundError: If mmcv is not installed.
    """
    spec = find_spec(_EXT)
    return spec is not None and not isinstance(spec.loader, StandInLoader)


class StandInLoader(Loader):
    """Fill a module called ``mmcv._ext`` with the ops of :mod:`mmdigits.ops.stand_in`."""

    def exec_module(self, module: ModuleType) -> None:
        """Add every op to ``module``, and a ``__getattr__`` that answers for the missing ones."""
        from mmdigits.ops import stand_in

        ops = {op.__name__: op for op in stand_in.OPS}
        vars(module).update(ops, __getattr__=stand_in.missing_op)


class CompiledLoader(ExtensionFileLoader):
    """Load the compiled module; say what to do where the dynamic linker refuses it."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Load the shared library.

        Raises:
            InputError: If it doesn't load. Not an ImportError, which mmdet and mmcv would take for
                a missing module and carry on with placeholders.
        """
        try:
            return super().create_module(spec)
        except ImportError as error:
            raise InputError(
                f"mmcv: its compiled ops don't load ({error}), most likely because they were built "
                "for another PyTorch; rebuild them as the documentation of mmdigits.ops says, or "
                f"delete {self.path} to run on torchvision's kernels"
            ) from error


class ExtFinder(MetaPathFinder):
    """Answer for ``mmcv._ext`` alone: what any other finder has, else the stand-in."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find ``mmcv._ext``; None for every other name."""
        if fullname != _EXT:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next(filter(None, specs), None)
        if spec is None:
            return spec_from_loader(fullname, StandInLoader(), origin="mmdigits.ops.stand_in")
        if isinstance(spec.loader, ExtensionFileLoader):
            spec.loader = CompiledLoader(fullname, spec.loader.path)
        return spec
