"""Collect the same trouble in many places, to tell of it once."""

from collections import defaultdict
from collections.abc import Callable

from mmdigits.files.check.findings import EXAMPLES, Finding, finding, share, shown, some


class Tally:
    """Places of a file with trouble, by code.

    Args:
        where: The file, for findings.
        thing: What a place is: ``"entry"`` or ``"line"``; a plural is made of it.
    """

    def __init__(self, where: str, thing: str) -> None:
        self.where = where
        self.thing = thing
        self.places: dict[str, list[tuple[int, int | None, object]]] = defaultdict(list)

    def add(self, code: str, number: int, image_id: int | None, value: object) -> None:
        """Note a place: its number in the file, its image if known, and what stands there."""
        self.places[code].append((number, image_id, value))

    def findings(
        self,
        total: int,
        phrases: dict[str, str],
        hint: Callable[[str, list[object]], str] = lambda code, values: "",
    ) -> list[Finding]:
        """Tell of every code.

        Args:
            total: How many places the file has.
            phrases: What the trouble is, by code, to follow "3 of 17 entries: ".
            hint: Given a code and all values, returns what they have in common, or ``""``.

        Returns:
            One finding for each code that was noted, in the order of ``phrases``.
        """
        made = []
        for code, phrase in phrases.items():
            places = self.places.get(code, [])
            if places:
                first = [self._example(*place) for place in places[:EXAMPLES]]
                what = f"{share(len(places), total, self.thing)}: {phrase}: "
                what += some(first, len(places))
                more = hint(code, [value for _, _, value in places])
                made.append(finding(code, self.where, what + (f"; {more}" if more else "")))
        return made

    def _example(self, number: int, image_id: int | None, value: object) -> str:
        image = "" if image_id is None else f" of image {image_id}"
        return f"{self.thing} {number:,}{image} ({shown(value)})"
