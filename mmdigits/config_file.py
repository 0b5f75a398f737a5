"""Configs, read for tools other than MMDetection's own."""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path

from mmengine.config import Config

from mmdigits.command_line import quiet_imports
from mmdigits.errors import InputError, one_line

# What MMEngine raises when a file isn't a config; the last is its ConfigParsingError.
_ERRORS = (OSError, SyntaxError, ValueError, NameError, KeyError, ImportError, RuntimeError)


def read_config(path: Path, loader: str, options: Mapping[str, object] | None = None) -> Config:
    """Read the config of a training.

    Args:
        path: The file.
        loader: The data loader that it has to have, such as ``"test_dataloader"``.
        options: What changes, as MMEngine's ``--cfg-options`` names it; names at the end of a path
            may be new, those before it and positions in lists may not.

    Returns:
        The config; has a model, and a data set in the loader.

    Raises:
        InputError: If there is no such file, it isn't a config, lacks one of both, or has no place
            for an option.
    """
    if not path.is_file():
        raise InputError(f"config: there is no file {path}; give the config of a training")
    try:
        with quiet_imports():
            config = Config.fromfile(path)
    except _ERRORS as error:
        raise InputError(f"config: {path} can't be used as a config: {one_line(error)}") from None
    if not config.get("model") or "dataset" not in (config.get(loader) or {}):
        raise InputError(
            f"config: {path} has no model or no {loader}.dataset; give the config of a training"
        )
    for name in options or ():
        parent, _, _ = name.rpartition(".")
        if parent and not has_place(config, parent):
            raise InputError(f"config: {path} has no {parent}, so {name} can't be set")
        if not has_place(config, name) and name.rpartition(".")[2].isdecimal():
            raise InputError(f"config: {path} has no {name}; a list can't grow by an option")
    try:
        config.merge_from_dict(dict(options or {}))
    except (TypeError, KeyError) as error:
        raise InputError(
            f"config: {path} can't be changed by {dict(options)}: {one_line(error)}"
        ) from None
    return config


def has_place(config: Config, name: str) -> bool:
    """Tell whether a config says anything at a place.

    Args:
        config: The config.
        name: The place as MMEngine's ``--cfg-options`` names it: names and positions in lists with
            dots between them.

    Returns:
        Whether it does, be it None.
    """
    place = config
    for part in name.split("."):
        try:
            place = place[int(part) if isinstance(place, list) and part.isdecimal() else part]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def digest(part: object, without: Collection[str] = ()) -> str:
    """Tell a part of a config from others.

    Args:
        part: Dicts, lists and plain values.
        without: Names that don't count, at any depth, such as ``"init_cfg"``.

    Returns:
        64 hexadecimal digits, the same for equal parts whatever the order of their names.
    """

    def counted(value: object) -> object:
        if isinstance(value, dict):
            return {name: counted(value[name]) for name in value if name not in without}
        if isinstance(value, list | tuple):
            return [counted(item) for item in value]
        return value

    text = json.dumps(counted(part), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
