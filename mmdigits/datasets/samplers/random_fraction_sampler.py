"""A fresh random part of the data set every epoch."""

from collections.abc import Iterator, Sized

import numpy as np
from mmdet.registry import DATA_SAMPLERS
from mmengine.dataset import DefaultSampler

from mmdigits.errors import InputError


@DATA_SAMPLERS.register_module()
class RandomFractionSampler(DefaultSampler):
    """Draw a share of the data set without replacement, and another one every epoch.

    ``round(fraction * len(dataset))`` samples an epoch, halves to the even number, and never none.
    The draw depends on the seed and the epoch alone, so it's the same on every process, in every
    repetition, and after a resume; runs with neighbouring seeds have nothing in common. MMEngine
    sets the epoch through ``DistSamplerSeedHook``, one of its default hooks. A run without
    ``randomness = dict(seed=...)`` draws a new seed when it's resumed: its epochs are random parts
    as before, but not those that the uninterrupted run would have seen.

    An epoch is a passage through one draw, so ``EpochBasedTrainLoop`` with ``fraction=0.1`` makes a
    tenth of the iterations, and schedules and validation follow. In ``IterBasedTrainLoop`` a new
    draw follows when one is used up; MMEngine pauses two seconds there and restarts the workers.
    A resume there goes through the batches already seen, which is exact; with ``num_workers > 0``
    MMEngine also loads their images.

    Args:
        dataset: What is drawn from; the runner supplies it.
        fraction: Share of the samples, above 0 and at most 1.
        seed: Non-negative; the runner supplies its own. None draws one that all processes share.
        round_up: Whether all processes get equally many samples. Where the draw can't be divided,
            a few more are drawn, so the processes have none in common; only where the data set has
            no more are the first used twice, as in ``DefaultSampler``. Otherwise some processes
            get one less.

    Raises:
        InputError: If ``fraction`` is not above 0 and at most 1, or the data set is empty.
    """

    def __init__(
        self, dataset: Sized, fraction: float, seed: int | None = None, round_up: bool = True
    ) -> None:
        if not 0 < fraction <= 1:
            raise InputError(
                f"RandomFractionSampler: fraction is {fraction}; it must be above 0 and at most 1; "
                "mend it in the sampler of train_dataloader"
            )
        if not len(dataset):
            raise InputError(
                "RandomFractionSampler: the data set is empty; check the dataset of "
                "train_dataloader"
            )
        super().__init__(dataset, seed=seed, round_up=round_up)
        self.fraction = fraction
        self.drawn = max(1, round(fraction * len(dataset)))
        # All ranks together; a rank's own share is the length of its slice.
        self.total_size = self.drawn
        if round_up:
            self.total_size += -self.drawn % self.world_size
        self.num_samples = len(range(self.rank, self.total_size, self.world_size))

    def __iter__(self) -> Iterator[int]:
        """Iterate over this rank's indices of the epoch last set."""
        generator = np.random.default_rng((self.seed, self.epoch))
        draw = generator.permutation(len(self.dataset))[: self.total_size]
        return iter(np.resize(draw, self.total_size)[self.rank :: self.world_size].tolist())
