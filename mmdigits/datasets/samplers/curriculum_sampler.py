"""Batches from several data sets, in shares that change as training goes on."""

from collections.abc import Iterator, Sequence

import numpy as np
from mmdet.registry import DATA_SAMPLERS
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Dataset, Sampler

from mmdigits.errors import InputError


@DATA_SAMPLERS.register_module()
class CurriculumSampler(Sampler[int]):
    """Mix the parts of a ``ConcatDataset`` in shares that move from one mixture to another.

    Up to ``begin`` every batch has the first mixture, from ``end`` on the second, and between
    them the shares change linearly. Rendered numbers first and photographs among them later, for
    one, is ``start_ratio=[0, 1], end_ratio=[1, 1]`` over ``[photographs, rendered]``. A share that
    isn't a whole number of images is met on average: what one batch is short of, a later one has
    more. An epoch is ``batches`` batches, however long the data sets are. Each part goes on where
    the last epoch left it, through all its images in random order before any comes again.

    What an epoch holds depends on the seed and its number alone, so a resumed run draws what the
    uninterrupted one would have drawn. MMEngine sets the epoch through ``DistSamplerSeedHook``,
    one of its default hooks. In a distributed run each process draws whole batches of its own;
    no two draw the same image before a part is through.

    Args:
        dataset: A ``ConcatDataset``.
        batch_size: Images in a batch of one process: that of the data loader.
        batches: Length of an epoch.
        start_ratio: Shares of the data sets at first, in any unit; not negative, not all 0.
        end_ratio: Shares at last.
        begin: Epoch, from 0 and perhaps a fraction, until which the first mixture stays.
        end: Epoch from which the second mixture stays; at ``begin`` the shares jump. None is the
            end of the run, which :class:`~mmdigits.engine.CurriculumHook` sets here.
        seed: Non-negative; the runner supplies its own. None draws one that all processes share.

    Raises:
        InputError: If the ratios don't fit the data sets, a number is below its least, or ``end``
            is before ``begin``.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        batches: int,
        start_ratio: Sequence[float],
        end_ratio: Sequence[float],
        begin: float = 0,
        end: float | None = None,
        seed: int | None = None,
    ) -> None:
        parts = len(getattr(dataset, "datasets", ()))
        for name, ratio in (("start_ratio", start_ratio), ("end_ratio", end_ratio)):
            if len(ratio) != parts or min(ratio, default=0) < 0 or sum(ratio) <= 0:
                raise InputError(
                    f"CurriculumSampler: {name}={list(ratio)} for {parts} data sets; it takes one "
                    "share, not negative, for each data set of a ConcatDataset, and not only "
                    "zeros; mend train_dataloader.sampler"
                )
        if min(batch_size, batches) < 1 or not 0 <= begin <= (begin if end is None else end):
            raise InputError(
                f"CurriculumSampler: batch_size={batch_size}, batches={batches}, begin={begin}, "
                f"end={end}; the first two are at least 1, begin is not negative and end not "
                "before it; mend train_dataloader.sampler"
            )
        self.rank, self.world_size = get_dist_info()
        self.sizes = [len(part) for part in dataset.datasets]
        self.offsets = np.cumsum([0, *self.sizes[:-1]]).tolist()
        self.batch_size = batch_size
        self.batches = batches
        self.start_share = np.array(start_ratio, float) / sum(start_ratio)
        self.end_share = np.array(end_ratio, float) / sum(end_ratio)
        self.begin = begin
        self.end = end
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        self._orders: dict[int, tuple[int, np.ndarray]] = {}

    def __len__(self) -> int:
        """Images that one process draws in an epoch."""
        return self.batches * self.batch_size

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, from 0, that iteration is about."""
        self.epoch = epoch

    def shares(self, epoch: float) -> np.ndarray:
        """``(data sets,)`` shares wanted at a point of training; they sum to 1.

        Args:
            epoch: Counted from 0; a fraction is within an epoch.

        Raises:
            InputError: If there is no end yet.
        """
        if self.end is None:
            raise InputError(
                "CurriculumSampler: end is None, and no hook has set it to the run's; add "
                "curriculum=dict(type='CurriculumHook') to default_hooks, or give "
                "train_dataloader.sampler.end"
            )
        if epoch >= self.end:
            return self.end_share
        if epoch <= self.begin:
            return self.start_share
        progress = (epoch - self.begin) / (self.end - self.begin)
        return self.start_share + progress * (self.end_share - self.start_share)

    def __iter__(self) -> Iterator[int]:
        """Iterate over indices of the ``ConcatDataset``, batch after batch."""
        taken = [0] * len(self.sizes)
        for batch, counts in enumerate(self._counts()):
            for part, count in enumerate(counts):
                if batch >= self.epoch * self.batches:
                    yield from (self._index(part, taken[part] + step) for step in range(count))
                taken[part] += count

    def _counts(self) -> Iterator[list[int]]:
        """How many images of each part every batch has, from the first of epoch 0 to this one's."""
        due = np.zeros(len(self.sizes))
        for batch in range((self.epoch + 1) * self.batches):
            due += self.batch_size * self.shares(batch / self.batches)
            counts = [0] * len(self.sizes)
            for _ in range(self.batch_size):
                part = int(due.argmax())
                due[part] -= 1
                counts[part] += 1
            yield counts

    def _index(self, part: int, position: int) -> int:
        """The image at a position of this process's endless stream of a part."""
        passage, place = divmod(position * self.world_size + self.rank, self.sizes[part])
        return self.offsets[part] + int(self._order(part, passage)[place])

    def _order(self, part: int, passage: int) -> np.ndarray:
        """The order of a part in one of its passages; the last one asked for is kept."""
        if self._orders.get(part, (None,))[0] != passage:
            order = np.random.default_rng((self.seed, part, passage)).permutation(self.sizes[part])
            self._orders[part] = passage, order
        return self._orders[part][1]
