"""A contender in a process of its own, under the clock of this one."""

import multiprocessing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from mmdigits.benchmark.rows import Row
from mmdigits.errors import InputError


class ContenderApart:
    """A contender that another process builds and calls; this one waits for it.

    Args:
        row: Its row.
        root: Folder that the paths of configs start from.
        device: Where it runs.

    Attributes:
        parts: See :class:`~mmdigits.benchmark.contenders.Contender`; each is a method that returns
            nothing.
        images: See there.
        parameters: See there.

    Raises:
        InputError: If the row can't be built, or its process died.
    """

    def __init__(self, row: Row, root: Path, device: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._name = row.name
        self._pipe, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, row, root, device), daemon=True)
        process.start()
        theirs.close()  # so that the pipe ends when the process does
        self.parts, self.images, self.parameters = self._answer()
        for part in self.parts:
            setattr(self, part, partial(self._call, part))

    def operations(self, part: str) -> int:
        """Count the operations of a call; see :func:`~mmdigits.benchmark.measure.count_operations`.

        Args:
            part: One of ``parts``.

        Returns:
            Their number.
        """
        self._pipe.send(("operations", part))
        return self._answer()

    def _call(self, part: str) -> None:
        self._pipe.send(("call", part))
        self._answer()

    def _answer(self) -> object:
        try:
            answer = self._pipe.recv()
        except EOFError:
            raise InputError(f"benchmark: the process of {self._name} died") from None
        if isinstance(answer, InputError):
            raise answer
        return answer


def _serve(pipe: Connection, row: Row, root: Path, device: str) -> None:
    from mmdigits.benchmark.contenders import build_contender
    from mmdigits.benchmark.measure import count_operations
    from mmdigits.launch import spare_cpu_time

    spare_cpu_time()
    try:
        contender = build_contender(row, root, device)
    except InputError as error:
        pipe.send(error)
        return
    pipe.send((contender.parts, contender.images, contender.parameters))
    while True:
        try:
            what, part = pipe.recv()
        except EOFError:  # nobody asks any more
            return
        call = getattr(contender, part)
        if what == "operations":
            pipe.send(count_operations(call))
        else:
            call()
            pipe.send(None)
