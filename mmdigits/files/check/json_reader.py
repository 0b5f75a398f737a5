"""Python's JSON reader, made to count what JSON doesn't have or shouldn't hold."""

import json

from mmdigits.files.check.findings import Finding, counted, finding, keyed
from mmdigits.files.check.rule import NOTE


class JsonReader:
    """Read JSON with repeated keys, NaN and integers of any length, and remember these.

    Attributes:
        twice: Keys that stand twice in one object.
        differing: Objects in which a key stands twice with different values.
        equal: Objects in which a key stands twice with the same value.
        constants: Values NaN, Infinity and -Infinity.
    """

    def __init__(self) -> None:
        self._restart()

    def loads(self, text: str) -> object:
        """Read a text.

        Args:
            text: JSON.

        Returns:
            Its content; of a key that stands twice the last value.

        Raises:
            json.JSONDecodeError: If it is none.
            RecursionError: If it is nested too deeply.
        """
        self._restart()
        try:
            return json.loads(text, **self._hooks())
        except json.JSONDecodeError:
            raise
        except ValueError:  # an integer with more digits than Python turns into a number
            self._restart()
            return json.loads(text, parse_int=_integer, **self._hooks())

    def decoder(self) -> json.JSONDecoder:
        """Begin anew with a decoder for parts of a text."""
        self._restart()
        return json.JSONDecoder(parse_int=_integer, **self._hooks())

    def findings(self, where: str, entries: list[object]) -> list[Finding]:
        """Tell what was counted.

        Args:
            where: The file, for findings.
            entries: What was read. NaN in a box, score or category is told of elsewhere.

        Returns:
            At most one finding about keys and one about values.
        """
        found = []
        if self.twice:
            number = self.differing or self.equal
            values = "different values" if self.differing else "the same value"
            what = f"a key stands twice in {counted(number, 'object')}, with {values}: "
            level = None if self.differing else NOTE
            found.append(finding("json-key-twice", where, what + keyed(self.twice), level))
        elsewhere = self.constants - sum(map(_odd_values, entries)) if self.constants else 0
        if elsewhere > 0:
            what = f"NaN or Infinity stands in {counted(elsewhere, 'place')} beside the four keys"
            found.append(finding("json-constant", where, what))
        return found

    def _restart(self) -> None:
        self.twice: set[str] = set()
        self.differing = self.equal = self.constants = 0

    def _hooks(self) -> dict:
        return dict(object_pairs_hook=self._object, parse_constant=self._constant)

    def _object(self, pairs: list[tuple[str, object]]) -> dict:
        made = dict(pairs)
        if len(made) < len(pairs):
            first: dict[str, object] = {}
            for key, value in pairs:
                if key in first:
                    self.twice.add(key)
                first.setdefault(key, value)
            differs = any(repr(first[key]) != repr(made[key]) for key in made)
            self.differing += differs
            self.equal += not differs
        return made

    def _constant(self, name: str) -> float:
        self.constants += 1
        return float(name)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 400 else float(digits)


def _odd_values(entry: object) -> int:
    if not isinstance(entry, dict):
        return 0
    box = entry.get("bbox")
    values = [entry.get("image_id"), entry.get("score"), entry.get("category_id")]
    values += box if isinstance(box, list) else []
    return sum(isinstance(value, float) and not abs(value) < float("inf") for value in values)
