"""A reader's options as a small JSON file."""

import ast
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from mmdigits.errors import InputError
from mmdigits.files.writing import written_together
from mmdigits.reading.reader import DigitReader


def check_reader_path(path: Path) -> None:
    """Refuse a path that no reader's file should replace, before work is done.

    Args:
        path: Where one is to be written.

    Raises:
        InputError: If it doesn't end in ``.json``, is a folder, or is a file that is no reader's.
    """
    folders = [folder for folder in path.parents if folder.exists()]
    if path.suffix != ".json" or path.is_dir() or not folders[0].is_dir():
        raise InputError(
            f"reader: {path} can't be a reader's file; name one that ends in .json, in a folder"
        )
    if path.exists():
        try:
            read_reader_file(path)
        except InputError:
            raise InputError(
                f"reader: {path} exists and is no reader's file; nothing was changed: name another"
            ) from None


def write_reader_file(path: Path, reader: DigitReader, about: Mapping) -> None:
    """Write a reader.

    Args:
        path: The file; its folder is made if missing.
        reader: Its options are written, all of them.
        about: What it was tuned on and what it is worth, for people; JSON values.
    """
    content = dict(reader=reader_options(reader), about=dict(about))
    with written_together(path.parent) as made:
        text = json.dumps(content, indent=2) + "\n"
        (made / path.name).write_text(text, encoding="utf-8")


def reader_options(reader: DigitReader) -> dict:
    """Turn a reader into what makes it again.

    Args:
        reader: The reader.

    Returns:
        Keyword arguments of :class:`~mmdigits.reading.DigitReader`, all of them, as JSON has them.
    """
    given = {field.name: getattr(reader, field.name) for field in fields(DigitReader)}
    return {
        name: value._asdict() if hasattr(value, "_asdict") else value
        for name, value in given.items()
    }


def changed_options(reader: DigitReader) -> dict:
    """Name what is not as in a plain reader.

    Args:
        reader: The reader.

    Returns:
        Those of :func:`reader_options` that differ from ``DigitReader()``'s.
    """
    plain = reader_options(DigitReader())
    return {name: v for name, v in reader_options(reader).items() if v != plain[name]}


def read_reader_file(path: str | os.PathLike) -> dict:
    """Read what :func:`write_reader_file` wrote.

    Args:
        path: The file.

    Returns:
        Keyword arguments of :class:`~mmdigits.reading.DigitReader`; those not in the file keep
        their defaults.

    Raises:
        InputError: If the file is missing, not such a file, or names an unknown option.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        given = content["reader"]
        if not isinstance(given, dict):
            raise TypeError(f"reader is a {type(given).__name__}")
    except FileNotFoundError:
        raise InputError(
            f"reader: there is no file {path}; tools/tune_reader.py writes one"
        ) from None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(
            f"reader: {path} is not a reader's file ({error!r:.80}); tools/tune_reader.py writes "
            "one"
        ) from None
    return known_options(given, str(path))


def make_reader(words: Sequence[str], start: DigitReader | None = None) -> DigitReader:
    """Make a reader from the words of a command line.

    Args:
        words: ``NAME=VALUE`` for an option, the value as in Python or a bare word; or the path of a
            reader's file, which says everything; options after it change it.
        start: What options without a file change; None for a reader with all defaults.

    Returns:
        The reader.

    Raises:
        InputError: If a file can't be read, an option is unknown, or a value is out of its range.
    """
    given = {} if start is None else reader_options(start)
    for word in words:
        name, equals, value = word.partition("=")
        if equals and (name.isidentifier() or not name):
            given |= known_options({name: _value(value)}, "the command line")
        else:
            given = read_reader_file(word)
    return DigitReader(**given)


def known_options(given: dict, where: str) -> dict:
    """Check the names of options.

    Args:
        given: Options by name.
        where: Who names them, for the message.

    Returns:
        ``given``.

    Raises:
        InputError: If :class:`~mmdigits.reading.DigitReader` has no option of a name.
    """
    allowed = [field.name for field in fields(DigitReader)]
    for name in given:
        if name not in allowed:
            raise InputError(
                f"reader: {where} names the option {name!r}; allowed are {', '.join(allowed)}"
            )
    return given


def _value(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None if text.lower() == "none" else text
