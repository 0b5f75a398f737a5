"""Readings of many images in parts: what was read is kept, and a stopped run goes on behind it."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mmdigits.errors import InputError
from mmdigits.files.submission import ImageResult
from mmdigits.files.writing import written_together

ABOUT = "about.json"


class ReadingParts:
    """A folder of files, each with the readings of some images, a line an image.

    A line is JSON: ``image_id``, ``file_name``, ``string``, ``rows`` (its entries of ``pred.json``)
    and ``reading`` (its entry of ``readings.json``). A file appears when its part is whole. Several
    processes, also of several machines, may share the folder, each with its own parts.

    Args:
        folder: The folder; :meth:`begin` makes it.
        about: What is read with what, as JSON can hold it; a folder that was begun with another is
            refused.
        images: How many images there are in all.
        size: Images in a part, at least 1; the last one may have fewer.

    Raises:
        InputError: If the folder holds readings of something else, or isn't one.
    """

    def __init__(self, folder: Path, about: Mapping[str, object], images: int, size: int) -> None:
        self.folder = folder
        self.images = images
        self.size = size
        self.count = -(-images // size)
        self._about = dict(about, images=images, part_size=size)
        if folder.exists() and not folder.is_dir():
            raise InputError(f"parts: {folder} is a file; name a folder")
        self._check()

    @classmethod
    def open(
        cls,
        folder: Path,
        about: Mapping[str, object],
        checkpoint: Path,
        paths: Sequence[Path],
        size: int,
    ) -> "ReadingParts":
        """Open the parts of a folder's images.

        Args:
            folder: See the class.
            about: How images are read, but for the weights.
            checkpoint: The weights, which are told from others by what is in the file.
            paths: The images, told from others by their names.
            size: See the class.

        Returns:
            The parts.

        Raises:
            InputError: See the class.
            OSError: If the checkpoint can't be read.
        """
        names = "\n".join(path.name for path in paths)
        digests = dict(
            checkpoint=hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
            names=hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest(),
        )
        return cls(folder, dict(about, **digests), len(paths), size)

    def begin(self) -> None:
        """Make the folder, and keep there what is read with what.

        Raises:
            InputError: If another process began it with another meanwhile.
            OSError: If it can't be written.
        """
        self._check()
        if not (self.folder / ABOUT).is_file():
            with written_together(self.folder) as partial:
                text = json.dumps(self._about, indent=1) + "\n"
                (partial / ABOUT).write_text(text, encoding="utf-8")

    def missing(self, shard: int = 0, shards: int = 1) -> Iterator[tuple[int, range]]:
        """Find what is still to be read.

        Args:
            shard: Which share of the parts, from 0.
            shards: How many shares there are; share s has parts s, s + shards, ...

        Yields:
            The number of each part of the share that isn't there when its turn comes, with the
            places of its images.
        """
        for number in range(shard, self.count, shards):
            if not self._file(number).exists():
                start = number * self.size
                yield number, range(start, min(start + self.size, self.images))

    def write(self, number: int, results: Sequence[ImageResult]) -> None:
        """Keep a part.

        Args:
            number: Which.
            results: The readings of all its images, in order.
        """
        with written_together(self.folder) as partial:
            with (partial / self._file(number).name).open("w", encoding="utf-8") as file:
                for result in results:
                    file.write(json.dumps(result._asdict()) + "\n")

    def present(self) -> int:
        """Count the parts that are there."""
        return sum(self._file(number).exists() for number in range(self.count))

    def read(self) -> Iterator[ImageResult]:
        """Read all parts.

        Yields:
            The readings in the order of the images.

        Raises:
            InputError: If a file is damaged.
            OSError: If a part is missing.
        """
        for number in range(self.count):
            path = self._file(number)
            try:
                results = [
                    ImageResult(**json.loads(line))
                    for line in path.read_text(encoding="utf-8").splitlines()
                ]
            except (ValueError, TypeError):
                results = []
            if len(results) != min(self.size, self.images - number * self.size):
                raise InputError(f"parts: {path} is damaged; remove it, and it will be read again")
            yield from results

    def _file(self, number: int) -> Path:
        return self.folder / f"part-{number:07d}.jsonl"

    def _check(self) -> None:
        if not (self.folder / ABOUT).is_file():
            return
        try:
            begun = json.loads((self.folder / ABOUT).read_text(encoding="utf-8"))
            differs = [name for name in self._about if begun.get(name) != self._about[name]]
        except (ValueError, AttributeError):
            raise InputError(
                f"parts: {self.folder / ABOUT} is damaged; remove it if the parts beside it are of "
                "this reading, or give another folder"
            ) from None
        if differs:
            raise InputError(
                f"parts: {self.folder} was begun for another reading, by its {ABOUT} with other "
                f"{', '.join(differs)}; give what it was begun with, or another folder"
            )
