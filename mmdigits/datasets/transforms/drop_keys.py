"""Samples without what later steps have no use for."""

from collections.abc import Sequence

from mmcv.transforms import BaseTransform
from mmdet.registry import TRANSFORMS

from mmdigits.errors import InputError


@TRANSFORMS.register_module()
class DropKeys(BaseTransform):
    """Take keys out of a sample.

    MMDetection's ``MultiImageMixDataset`` copies a sample before every step, and that of every
    photograph that is mixed in. Annotations as they were read (``instances`` and ``truth``, lists
    of numbers) take longer to copy than the image, and nothing reads them once ``LoadAnnotations``
    has made arrays of them, but evaluation, which has no such data set.

    Args:
        keys: Names of the keys. A sample may lack some of them.

    Raises:
        InputError: If ``keys`` isn't a list of names.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not isinstance(keys, list | tuple) or not all(isinstance(key, str) for key in keys):
            raise InputError(
                f"DropKeys: keys={keys!r} must be a list of names; mend it in the pipeline"
            )
        self.keys = tuple(keys)

    def transform(self, results: dict) -> dict:
        """Take the keys out.

        Args:
            results: The pipeline's dict; is changed.

        Returns:
            The same dict.
        """
        for key in self.keys:
            results.pop(key, None)
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}(keys={self.keys})"
