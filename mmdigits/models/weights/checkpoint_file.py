"""Checkpoint files in and out, without running what a stranger's file may contain."""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from mmdigits.errors import InputError
from mmdigits.files.writing import written_together

_WRAPPERS = ("state_dict", "model_state_dict", "model")
_PREFIXES = ("module.", "_orig_mod.")  # DistributedDataParallel and torch.compile


class _TrainingState:
    """Takes the place of an object saved beside the tensors; keeps nothing of it."""

    def __init__(self, *args: object) -> None:
        """Accept what the object was made from."""

    def __setstate__(self, state: object) -> None:
        """Accept what the object held."""


def _stand_in(name: str) -> type:
    module, _, attribute = name.rpartition(".")
    return type(attribute, (_TrainingState,), {"__module__": module})


# What MMEngine's logged curves (``message_hub``) are made of. Nothing of it is needed here, so each
# loads as an empty object of its own name: the function or class of that name is never called.
_IGNORED = [
    _stand_in(name)
    for name in (
        "builtins.getattr",
        "mmengine.logging.history_buffer.HistoryBuffer",
        "numpy.dtype",
        "numpy.ndarray",
        "numpy._core.multiarray._reconstruct",
        "numpy._core.multiarray.scalar",
        "numpy.core.multiarray._reconstruct",
        "numpy.core.multiarray.scalar",
    )
]


def check_checkpoint(path: str | os.PathLike) -> None:
    """Refuse a file that ``torch.save`` can't have written, without loading it.

    Args:
        path: An existing file.

    Raises:
        InputError: If it is neither an archive of ``torch.save`` nor a pickle, as PyTorch wrote
            before 1.6; a truncated archive is neither.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                fits = any(name.endswith("/data.pkl") for name in archive.namelist())
        else:
            with open(path, "rb") as file:
                fits = file.read(1) == b"\x80"
    except (OSError, zipfile.BadZipFile):
        fits = False
    if not fits:
        raise InputError(
            f"checkpoint: {path} is damaged or not a torch.save file; give another one"
        )


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read the weights of a checkpoint file on the CPU.

    Args:
        path: See :func:`read_checkpoint`.

    Returns:
        Name to tensor, in the file's order and types.

    Raises:
        InputError: See :func:`read_checkpoint`.
    """
    return read_checkpoint(path)[0]


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], object]:
    """Read a checkpoint file on the CPU.

    Args:
        path: A file of ``torch.save``: the names and tensors themselves, or a dict that holds them
            under ``state_dict``, ``model_state_dict`` or ``model``. The prefixes of
            DistributedDataParallel (``module.``) and torch.compile are removed.

    Returns:
        Name to tensor, in the file's order and types, and what lies under ``meta`` beside them,
        None where nothing does.

    Raises:
        InputError: If the file is missing, damaged, holds objects other than plain data and
            tensors (loading those could run code), or holds no weights.
    """
    if os.path.exists(path):
        check_checkpoint(path)
    try:
        with torch.serialization.safe_globals(_IGNORED):
            state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise InputError(
            f"checkpoint: {path} is damaged or holds objects beside tensors, and loading those "
            "could run code; save the model's state_dict() alone and give that file"
        ) from error
    except FileNotFoundError as error:
        raise InputError(f"checkpoint: there is no file {path}") from error
    except (OSError, EOFError, RuntimeError, ValueError, LookupError, AttributeError) as error:
        # A damaged pickle fails wherever it happens to.
        raise InputError(f"checkpoint: {path} is damaged or not a torch.save file") from error
    meta = None
    for key in _WRAPPERS:
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state, meta = state[key], state.get("meta")
            break
    if (
        not isinstance(state, Mapping)
        or not state
        or not all(isinstance(k, str) and isinstance(v, Tensor) for k, v in state.items())
    ):
        raise InputError(
            f"checkpoint: {path} holds no weights; expected names and tensors, bare or under "
            f"{', '.join(_WRAPPERS)}"
        )
    while prefix := next((p for p in _PREFIXES if all(name.startswith(p) for name in state)), None):
        state = {name.removeprefix(prefix): value for name, value in state.items()}
    return dict(state), meta


def write_checkpoint(content: Mapping[str, Any], path: Path) -> None:
    """Write a checkpoint whole or not at all.

    Args:
        content: What ``torch.save`` shall write.
        path: The file to make or replace; its folder is made when missing.

    Raises:
        InputError: If the file can't be written.
    """
    try:
        with written_together(path.parent) as folder:
            torch.save(dict(content), folder / path.name)
    except (OSError, RuntimeError) as error:
        raise InputError(f"checkpoint: can't write {path}: {error}") from error
