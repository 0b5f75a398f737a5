"""The photographs of a report: inside its page, or in a folder beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from mmdigits.report.thumbnails import thumbnails

MOST_BYTES = 25_000_000  # of photographs in a page, before they become text


class Photographs(NamedTuple):
    """Where the photographs are.

    Attributes:
        sizes: Width and height of each in pixels, as stored; None for one that isn't there.
        inside: JPEGs to be held by the page, None for one that isn't there; empty where they are in
            the folder or there are none at all.
        in_folder: Whether they are in the folder.
    """

    sizes: list[tuple[int, int] | None]
    inside: list[bytes | None]
    in_folder: bool

    @property
    def missing(self) -> list[int]:
        """Positions of those that aren't there."""
        return [number for number, size in enumerate(self.sizes) if size is None]


def place_photographs(
    source: Path | None,
    names: Mapping[int, str],
    beside: Path,
    embed: int,
    most_bytes: int = MOST_BYTES,
) -> Photographs:
    """Copy the photographs, made small, to where a page finds them.

    Args:
        source: Their folder, or None without.
        names: Their paths below it by image id.
        beside: Folder to make where a page can't hold them all; they are called ``ID.jpg``.
        embed: The most that a page holds.
        most_bytes: The most bytes that it holds.

    Returns:
        Where they are.
    """
    if source is None:
        return Photographs([None] * len(names), [], False)
    sizes: list[tuple[int, int] | None] = []
    inside: dict[int, bytes | None] = {}
    in_folder, room = len(names) > embed, most_bytes
    for image_id, made in zip(names, thumbnails(source, list(names.values())), strict=True):
        sizes.append(made and made.size)
        inside[image_id] = made and made.jpeg
        room -= len(made.jpeg) if made else 0
        if in_folder or room < 0:
            in_folder = True
            _write(beside, inside)
            inside = {}
    return Photographs(sizes, list(inside.values()), beside.is_dir())


def _write(folder: Path, jpegs: Mapping[int, bytes | None]) -> None:
    for image_id, jpeg in jpegs.items():
        if jpeg is not None:
            folder.mkdir(exist_ok=True)
            (folder / f"{image_id}.jpg").write_bytes(jpeg)
