"""Indices that carry the epoch, for data sets that draw new images every epoch."""

from collections.abc import Iterator, Sized

from mmdet.registry import DATA_SAMPLERS
from mmengine.dataset import DefaultSampler

from mmdigits.errors import InputError


@DATA_SAMPLERS.register_module()
class EpochIndexSampler(DefaultSampler):
    """MMEngine's ``DefaultSampler`` that yields ``epoch * len(dataset) + index``.

    A data set that understands such indices takes them apart with ``divmod(index, len(self))``;
    MMEngine's ``ConcatDataset`` and other wrappers don't. The epoch thus travels with each index:
    it's right in persistent workers, after resuming and on every rank of a distributed run,
    without state shared between processes. MMEngine sets the epoch through
    ``DistSamplerSeedHook``, which is among its default hooks.

    Use it without MMDetection's ``AspectRatioBatchSampler``: that one asks the data set for each
    sample's size in the main process, which would draw every image twice.

    Args:
        dataset: A data set with ``takes_epoch_indices``.
        shuffle: As in ``DefaultSampler``, like the others.
        seed: See there.
        round_up: See there.

    Raises:
        InputError: If the data set does not take such indices.
    """

    def __init__(
        self, dataset: Sized, shuffle: bool = True, seed: int | None = None, round_up: bool = True
    ) -> None:
        if not getattr(dataset, "takes_epoch_indices", False):
            raise InputError(
                f"EpochIndexSampler: {type(dataset).__name__} does not take indices that carry the "
                "epoch; set the loader's sampler to DefaultSampler"
            )
        super().__init__(dataset, shuffle=shuffle, seed=seed, round_up=round_up)

    def __iter__(self) -> Iterator[int]:
        """Iterate over this rank's indices of the epoch last set."""
        offset = self.epoch * len(self.dataset)
        return (offset + index for index in super().__iter__())
