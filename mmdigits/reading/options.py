"""What a reader's options may be."""

import sys
from collections.abc import Mapping, Sequence

from mmdigits.digits import DIGITS
from mmdigits.errors import InputError
from mmdigits.reading.candidates import PAIRWISE, UNARY
from mmdigits.reading.chain_model import ChainModel
from mmdigits.reading.confidence_model import ConfidenceModel, StringFeatures

METHODS = ("threshold", "best_set")
ORDERS = ("layout", "x")

# Fitted by tools/tune_reader.py as docs/reading.md says, without what it found digit by digit.
DEFAULT_CHAIN = ChainModel((0.74, 1.75, -0.95, -1.88), (-4.46, -1.85, -4.03, -2.73, 0.0))


def problem(name: str, given: object, allowed: str) -> InputError:
    """Make the error for an option out of its range.

    Args:
        name: The option.
        given: Its value.
        allowed: What it may be.

    Returns:
        The error, to be raised.
    """
    shown = " ".join(repr(given).split())[:80]
    return InputError(f"reader: {name} is {shown}; allowed is {allowed}; mend it in the reader")


def fraction(name: str, value: object) -> float:
    """Take a number from 0 to 1.

    Args:
        name: The option.
        value: What was given.

    Returns:
        It, as a float.

    Raises:
        InputError: If it is something else.
    """
    if not _number(value) or not 0 <= value <= 1:
        raise problem(name, value, "0 to 1")
    return float(value)


def levels(name: str, value: object) -> tuple[float, ...]:
    """Take falling numbers from 0 to 1.

    Args:
        name: The option.
        value: What was given.

    Returns:
        Them; empty for none.

    Raises:
        InputError: If it is something else.
    """
    given = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else None
    if given is None or not all(_number(v) and 0 <= v <= 1 for v in given):
        raise problem(name, value, "a list of numbers from 0 to 1")
    if list(given) != sorted(given, reverse=True):
        raise problem(name, value, "a list of falling numbers")
    return tuple(map(float, given))


def span(name: str, value: object) -> tuple[float, float] | None:
    """Take a range of ratios around 1.

    Args:
        name: The option.
        value: What was given.

    Returns:
        The least and the largest ratio, or None for no limit.

    Raises:
        InputError: If it is something else.
    """
    if value is None:
        return None
    given = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    if len(given) != 2 or not all(map(_number, given)) or not 0 <= given[0] <= 1 <= given[1]:
        raise problem(name, value, "None, or two ratios, the first 0 to 1, the second 1 or more")
    return float(given[0]), float(given[1])


def one_of(name: str, value: object, allowed: Sequence[str]) -> str:
    """Take a word.

    Args:
        name: The option.
        value: What was given.
        allowed: The words.

    Returns:
        It.

    Raises:
        InputError: If it is another one.
    """
    if value not in allowed:
        raise problem(name, value, " or ".join(map(repr, allowed)))
    return str(value)


def count(name: str, value: object) -> int | None:
    """Take a positive whole number.

    Args:
        name: The option.
        value: What was given.

    Returns:
        It, or None for no limit.

    Raises:
        InputError: If it is something else.
    """
    if value is not None and (type(value) is not int or value < 1):
        raise problem(name, value, "None, or a whole number from 1")
    return value


def chain_model(name: str, value: object) -> ChainModel:
    """Take a chain model, or a mapping of its parts.

    Args:
        name: The option.
        value: What was given; None for the package's own.

    Returns:
        The model.

    Raises:
        InputError: If it is something else.
    """
    if value is None:
        return DEFAULT_CHAIN
    parts = _parts(
        name, value, ChainModel, dict(unary=len(UNARY), pairwise=len(PAIRWISE), digits=len(DIGITS))
    )
    return ChainModel(**parts)


def confidence_model(name: str, value: object) -> ConfidenceModel | None:
    """Take a confidence model, or a mapping of its parts.

    Args:
        name: The option.
        value: What was given.

    Returns:
        The model; None where there is none.

    Raises:
        InputError: If it is something else.
    """
    if value is None:
        return None
    sizes = dict(weights=len(StringFeatures._fields), offset=None, empty=None)
    parts = _parts(name, value, ConfidenceModel, sizes)
    fraction(f"{name}.empty", parts["empty"])
    return ConfidenceModel(**parts)


def _parts(name: str, value: object, kind: type, sizes: Mapping[str, int | None]) -> dict:
    given = value._asdict() if isinstance(value, kind) else value
    if not isinstance(given, Mapping) or set(given) != set(sizes):
        raise problem(name, value, f"a mapping of {', '.join(sizes)}, as tune_reader writes it")
    parts = {}
    for part, size in sizes.items():
        numbers = given[part] if size else [given[part]]
        if not isinstance(numbers, Sequence) or not all(map(_number, numbers)):
            raise problem(f"{name}.{part}", given[part], "numbers, as tune_reader writes them")
        if len(numbers) != (size or 1):
            raise problem(f"{name}.{part}", given[part], f"{size} numbers")
        parts[part] = tuple(map(float, numbers)) if size else float(numbers[0])
    return parts


def _number(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= sys.float_info.max
    )
