"""Image files that are decoded once in a training."""

from mmcv.transforms import LoadImageFromFile
from mmdet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadCachedImage(LoadImageFromFile):
    """``LoadImageFromFile`` that decodes each image once, where the data set keeps them.

    :class:`~mmdigits.datasets.DigitCocoDataset` does, in memory that the loader's processes share:
    3 bytes a pixel, 52 MB for the first 1,700 photographs of SVHN and so 0.9 GB for the homework's
    30,062. With other data sets it is MMCV's transform and no more.

    Required keys: ``img_path``; ``image_store``, an
    :class:`~mmdigits.datasets.image_store.ImageStore`, is taken out if there is one. Added:
    ``img``, ``img_shape`` and ``ori_shape``.

    Args:
        **options: Those of MMCV's ``LoadImageFromFile``.
    """

    def transform(self, results: dict) -> dict | None:
        """Load an image.

        Args:
            results: The pipeline's dict.

        Returns:
            The same dict with the image; None if it can't be read and ``ignore_empty`` is set.
        """
        store = results.pop("image_store", None)
        image = store.get(results["img_path"]) if store else None
        if image is not None:
            results.update(img=image, img_shape=image.shape[:2], ori_shape=image.shape[:2])
            return results
        results = super().transform(results)
        if store and results is not None:
            store.put(results["img_path"], results["img"])
        return results
