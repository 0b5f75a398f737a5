"""A finding: what is wrong where, why it matters, how to mend it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mmdigits.files.check.detection_rules import DETECTION_RULES
from mmdigits.files.check.file_rules import FILE_RULES
from mmdigits.files.check.string_rules import STRING_RULES

RULES = {**FILE_RULES, **DETECTION_RULES, **STRING_RULES}
EXAMPLES = 5  # of one kind that are told


class Finding(NamedTuple):
    """One thing that is wrong, however often it occurs.

    Attributes:
        code: Its short name, a key of ``RULES``; doesn't change between versions.
        level: ``ERROR``, ``WARNING`` or ``NOTE``.
        where: The file.
        what: What was found, how often, and the first places.
        why: Why it matters.
        mend: How to mend it.
    """

    code: str
    level: str
    where: str
    what: str
    why: str
    mend: str


def finding(code: str, where: str, what: str, level: str | None = None) -> Finding:
    """Make a finding by its code.

    Args:
        code: A key of ``RULES``.
        where: The file.
        what: What was found.
        level: Where it differs from the rule's.

    Returns:
        The finding with the rule's reasons.
    """
    rule = RULES[code]
    return Finding(code, level or rule.level, where, what, rule.why, rule.mend)


def some(items: Sequence[object], total: int | None = None) -> str:
    """List the first few items, and say how many more there are.

    Args:
        items: All, or at least the first ``EXAMPLES``.
        total: How many there are, where ``items`` aren't all.

    Returns:
        ``"17, 18, 19, 20, 21 and 8 more"``; ``""`` for none.
    """
    total = len(items) if total is None else total
    first = ", ".join(map(str, items[:EXAMPLES]))
    return f"{first} and {total - EXAMPLES:,} more" if total > EXAMPLES else first


def counted(number: int, thing: str) -> str:
    """Write a number with its noun: ``1 entry``, ``3 entries``, ``2,000 images``."""
    if number == 1:
        return f"1 {thing}"
    if thing.endswith("y"):
        return f"{number:,} {thing[:-1]}ies"
    return f"{number:,} {thing}es" if thing.endswith("x") else f"{number:,} {thing}s"


def share(number: int, total: int, thing: str) -> str:
    """Write a part of a whole: ``3 of 17 entries``, ``all 17 entries``, ``the only entry``."""
    if number == total:
        return f"the only {thing}" if total == 1 else f"all {counted(total, thing)}"
    return f"{number:,} of {counted(total, thing)}"


def shown(value: object, most: int = 40) -> str:
    """Show a value of a file on one line, whatever is in it.

    Args:
        value: Anything; text in quotation marks.
        most: Characters before it is cut.

    Returns:
        Printable text; control characters and lone surrogates are escaped.
    """
    # The whole text of a number with millions of digits or of a nested list is never made.
    if isinstance(value, str):
        text = repr(value[: most + 1])
    elif isinstance(value, int) and abs(value) > 10**18:
        text = "an integer of more than 18 digits"
    elif isinstance(value, list):
        parts = ["[...]" if isinstance(p, list | dict) else shown(p, 12) for p in value[:6]]
        text = "[" + ", ".join(parts) + (", ...]" if len(value) > 6 else "]")
    elif isinstance(value, dict):
        text = "{" + ", ".join(shown(key, 16) for key in list(value)[:6]) + ", ...}"
    else:
        text = repr(value)
        if isinstance(value, float) and len(text) > 10:
            text = f"{value:.6g}"
    return text if len(text) <= most + 2 else text[:most] + "..."


def printable(text: str) -> str:
    """Escape what a terminal would obey or couldn't show: control characters, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def keyed(items: Iterable[object]) -> str:
    """Show the distinct texts of an iterable, sorted."""
    return some(sorted({shown(item) for item in items}))
