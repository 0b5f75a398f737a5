"""A contender in a process of its own, under the clock of this one."""

import multiprocessing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import torch

from mmdigits.benchmark.rows import Row
from mmdigits.command_line import quiet_imports
from mmdigits.errors import InputError


class ContenderApart:
    """A contender that another process builds and calls; this one waits for it.

    The process can't have others below it: a contender that loads with processes of its own isn't
    for it.

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
        return self._answer("operations", part)

    def _call(self, part: str) -> None:
        self._answer("call", part)

    def _answer(self, *request: str) -> object:
        try:
            if request:
                self._pipe.send(request)
            answer = self._pipe.recv()
        except (EOFError, ConnectionError):
            raise InputError(
                f"benchmark: the process of {self._name} died; what it printed may say why, and "
                "--only leaves its row out"
            ) from None
        if isinstance(answer, Exception):
            raise answer
        return answer


def _serve(pipe: Connection, row: Row, root: Path, device: str) -> None:
    with quiet_imports():
        from mmdigits.benchmark.contenders import build_contender
        from mmdigits.benchmark.measure import count_operations
    from mmdigits.launch import spare_cpu_time

    spare_cpu_time()
    on_cuda = torch.device(device).type == "cuda"
    if on_cuda:
        torch.cuda.set_device(device)
    try:
        contender = build_contender(row, root, device)
    except (InputError, OSError) as error:
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
            if on_cuda:  # the clock is another process's and can't wait for what is queued here
                torch.cuda.synchronize()
            pipe.send(None)
