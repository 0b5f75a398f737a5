"""Images loaded beside the network, in batches of one shape."""

import pickle
from collections.abc import Callable, Iterator, Sequence
from math import inf
from pathlib import Path

import cv2
import torch
from torch.utils.data import DataLoader, Dataset

from mmdigits.errors import InputError, one_line

Numbered = tuple[int, dict]  # an image's place in the sequence, and its sample


def load_batches(
    pipeline: Callable[[dict], dict],
    images: Sequence[tuple[Path, int]],
    batch_size: int,
    divisor: int = 1,
    workers: int = 1,
    window: int = 256,
    memory: int = 64 * 2**20,
) -> Iterator[list[Numbered]]:
    """Load images and put those of one padded shape together.

    None of a batch is padded further than it would be alone, so what a network says of an image
    doesn't depend on the others, but for rounding. Batches come as they fill up, not in the order
    of the images; none waits until more than ``window`` images after it are loaded. The longer
    rare shapes may wait, the fuller their batches are.

    Args:
        pipeline: From ``img_path`` and ``img_id`` to a packed sample: ``inputs``, ``(3, H, W)``
            or for several views a list of such, and ``data_samples``.
        images: Path and id of each.
        batch_size: Most images in a batch, at least 1.
        divisor: The network pads heights and widths to multiples of this.
        workers: Processes that load; 0 loads between batches.
        window: See above, at least 1.
        memory: Bytes above which those that wait longest go before that, unless all are of one
            shape. Memory doesn't grow with the number of images.

    Yields:
        Batches, none empty: the place of each image in ``images`` with its sample.

    Raises:
        InputError: If an image can't be loaded.
        OSError: If a file is gone.
    """
    loader = DataLoader(
        _Samples(pipeline, images),
        batch_size=batch_size,
        num_workers=workers,
        # As tensors they would lie in shared memory, of which there may be little, while they wait.
        collate_fn=pickle.dumps,
        worker_init_fn=_one_thread,
    )
    waiting = _Waiting()
    loaded = (sample for chunk in loader for sample in pickle.loads(chunk))
    for place, sample in enumerate(loaded):
        if isinstance(sample, Exception):
            raise sample
        shape = _padded_shape(sample, divisor)
        if waiting.add(shape, (place, sample)) == batch_size:
            yield waiting.pop(shape)
        while (waiting.shapes > 1 and waiting.held > memory) or place - waiting.first >= window:
            yield waiting.pop()
    while waiting.shapes:
        yield waiting.pop()


class _Waiting:
    """Samples that wait for others of their shape.

    Attributes:
        held: Bytes of their images.
    """

    def __init__(self) -> None:
        self.held = 0
        # In the order in which their first images came.
        self._batches: dict[tuple, list[Numbered]] = {}

    @property
    def shapes(self) -> int:
        """How many shapes wait."""
        return len(self._batches)

    @property
    def first(self) -> float:
        """Place of the one that waits longest; infinite where none does."""
        return next((batch[0][0] for batch in self._batches.values()), inf)

    def add(self, shape: tuple, sample: Numbered) -> int:
        """Let one more wait; returns how many of its shape there are."""
        batch = self._batches.setdefault(shape, [])
        batch.append(sample)
        self.held += _bytes_of(sample[1])
        return len(batch)

    def pop(self, shape: tuple | None = None) -> list[Numbered]:
        """Take those of a shape, or with None those of the one that waits longest."""
        if shape is None:
            shape = next(iter(self._batches))
        batch = self._batches.pop(shape)
        self.held -= sum(_bytes_of(sample) for _, sample in batch)
        return batch


class _Samples(Dataset):
    def __init__(self, pipeline: Callable, images: Sequence[tuple[Path, int]]) -> None:
        self._pipeline = pipeline
        self._images = images

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, place: int) -> dict | Exception:
        path, image_id = self._images[place]
        try:
            return self._pipeline(dict(img_path=str(path), img_id=image_id))
        except (InputError, OSError) as error:
            return error  # raised in the main process, without a worker's traceback around it
        except (AssertionError, cv2.error) as error:  # Pillow may understand what OpenCV doesn't
            return InputError(
                f"images: {path} can't be loaded or prepared ({one_line(error) or repr(error)}); "
                "replace the file, take it out of the folder, or mend the config's test pipeline"
            )


def _one_thread(worker: int) -> None:
    # The network has the cores.
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def _padded_shape(sample: dict, divisor: int) -> tuple:
    return tuple(-(-side // divisor) for view in _views(sample) for side in view.shape[1:])


def _bytes_of(sample: dict) -> int:
    return sum(view.nbytes for view in _views(sample))


def _views(sample: dict) -> list[torch.Tensor]:
    inputs = sample["inputs"]
    return inputs if isinstance(inputs, list) else [inputs]
