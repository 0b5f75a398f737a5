"""Time rows side by side and put down all that is measured of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from mmdigits.benchmark.apart import ContenderApart
from mmdigits.benchmark.contenders import build_contender
from mmdigits.benchmark.machine import describe_machine, matmul_peaks
from mmdigits.benchmark.memory import peak_memory
from mmdigits.benchmark.rows import Row, UltralyticsRow
from mmdigits.benchmark.timing import counted, time_in_turn
from mmdigits.errors import InputError

# In this order: to read is to fork, which takes the longer the more memory a process holds, and
# trainings leave much behind.
PARTS = ("read", "infer", "load", "train_step")
Say = Callable[[str], object]


def measure(
    rows: Sequence[Row],
    root: Path,
    device: str,
    repeats: int,
    parts: Sequence[str] = PARTS,
    say: Say = lambda what: None,
) -> dict[str, object]:
    """Time rows side by side.

    Args:
        rows: What is measured, with different names.
        root: Folder that the paths of configs start from.
        device: Where it runs.
        repeats: Calls of each row that are counted, at least 1.
        parts: Which of ``PARTS``; not every row has each.
        say: Gets what is being done, for a progress bar.

    Returns:
        What ``json`` can write: ``machine``; ``peaks``, see
        :func:`~mmdigits.benchmark.machine.matmul_peaks`; ``repeats``; and ``rows``, for each its
        ``name``, ``parameters``, and for each part that it has ``images`` (of a call), ``times``
        (seconds a call, in order), ``median``, ``lower`` and ``upper`` quartile, and ``operations``
        (of PyTorch's matrix products and convolutions in a call, two for a multiplication and an
        addition).

    Raises:
        InputError: If a row's config or data set can't be used, or no row has any of ``parts``.
    """
    if torch.device(device).type == "cuda":
        torch.cuda.set_device(device)  # which the clock waits for
    contenders = {}
    for row in rows:
        say(f"building {row.name}")
        build = ContenderApart if isinstance(row, UltralyticsRow) else build_contender
        contenders[row.name] = build(row, root, device)
    if not any(part in contender.parts for contender in contenders.values() for part in parts):
        raise InputError(f"--parts: none of these rows has {' or '.join(parts)}; see --help")
    say("measuring the machine's peak")
    result = dict(
        machine=describe_machine(device),
        peaks=matmul_peaks(device),
        repeats=repeats,
        rows=[
            dict(name=name, parameters=contender.parameters)
            for name, contender in contenders.items()
        ],
    )
    for part in sorted(parts, key=PARTS.index):
        calls = {
            name: getattr(each, part) for name, each in contenders.items() if part in each.parts
        }
        operations = {}
        for name, call in calls.items():
            say(f"{part}: counting operations of {name}")
            apart = isinstance(contenders[name], ContenderApart)
            operations[name] = (
                contenders[name].operations(part) if apart else count_operations(call)
            )
        say(f"{part}: timing all in turn")
        total = len(calls) * (repeats + 1)  # a warm-up each
        timings = time_in_turn(calls, repeats, done=counted(say, part, total))
        for record in result["rows"]:
            name = record["name"]
            if name in timings:
                record[part] = dict(
                    images=contenders[name].images[part],
                    operations=operations[name],
                    **timings[name]._asdict(),
                )
    return result


def add_memory(
    result: dict, rows: Sequence[Row], root: Path, device: str, say: Say = lambda what: None
) -> None:
    """Measure the peak memory of what was timed, each part of a row in a process of its own.

    Args:
        result: What :func:`measure` returned; each part of a row gets ``memory`` in bytes, None if
            the process was killed, as it is where memory runs out.
        rows: The rows.
        root: Folder that the paths of configs start from.
        device: Where they run.
        say: Gets what is being done, for a progress bar.
    """
    for row, record in zip(rows, result["rows"], strict=True):
        for part in (part for part in PARTS if part in record):
            say(f"{part}: memory of {row.name}")
            record[part]["memory"] = peak_memory(row, root, device, part)


def count_operations(call: Callable[[], object]) -> int:
    """Count the floating-point operations of a call.

    Args:
        call: What is called, once.

    Returns:
        Two for each multiplication with its addition, in matrix products and convolutions, forward
        and backward. What else a network does isn't counted: suppression, or sampling of RoIs but
        where :class:`~mmdigits.models.SeparableRoIExtractor` does it by matrix products.
    """
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops()
