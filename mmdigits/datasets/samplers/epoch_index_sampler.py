"""Indices that carry the epoch, for data sets that draw new images every epoch."""

from collections.abc import Iterator

from mmdet.registry import DATA_SAMPLERS
from mmengine.dataset import DefaultSampler


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
        dataset: As in ``DefaultSampler``, as are ``shuffle``, ``seed`` and ``round_up``.
    """

    def __iter__(self) -> Iterator[int]:
        """Iterate over this rank's indices of the epoch last set."""
        offset = self.epoch * len(self.dataset)
        return (offset + index for index in super().__iter__())
