"""Synthetic street numbers as an MMDetection data set."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from mmdet.datasets import BaseDetDataset
from mmdet.registry import DATASETS

from mmdigits.datasets.digits import METAINFO, check_classes, check_packing
from mmdigits.datasets.sample_seed import seeded_by
from mmdigits.datasets.synthetic import DigitRenderer, RenderedDigits
from mmdigits.datasets.synthetic.streams import PIPELINE, SPLITS, pixel_stream, sample_key
from mmdigits.errors import InputError


@DATASETS.register_module()
class SyntheticDigitsDataset(BaseDetDataset):
    """Street numbers drawn when they are asked for; nothing is kept on disk or in memory.

    A sample depends on ``seed``, ``split``, the epoch and its position alone, including what the
    pipeline's random transforms do to it: never on the worker or the order. With
    :class:`~mmdigits.datasets.samplers.EpochIndexSampler` each epoch has new images: an index of
    ``epoch * len(self) + position`` names the image at ``position`` in that epoch, and a plain
    index is epoch 0. The image is in the sample, so pipelines have no loading step.

    Args:
        num_images: Length of the data set.
        split: ``"train"``, ``"valid"`` or ``"test"``: three separate streams of one seed.
        seed: A non-negative integer.
        difficulty: See :class:`~mmdigits.datasets.synthetic.DigitRenderer`.
        renderer: Options that differ from the preset of ``difficulty``, by name.
        pipeline: MMDetection transforms.
        test_mode: Whether samples are for evaluation.
        metainfo: MMEngine's meta information; the classes are the ten digits and can't change.
        lazy_init: Accepted because MMDetection's inference API sets it; there is nothing to load.

    Raises:
        InputError: If an argument is out of range, or see ``DigitRenderer``.
    """

    METAINFO = METAINFO
    # EpochIndexSampler asks for it.
    takes_epoch_indices = True

    def __init__(
        self,
        num_images: int,
        split: str = "train",
        seed: int = 0,
        difficulty: str = "easy",
        renderer: Mapping[str, Any] | None = None,
        pipeline: Sequence = (),
        test_mode: bool = False,
        metainfo: dict | None = None,
        lazy_init: bool = False,
    ) -> None:
        if num_images < 1:
            raise InputError(f"SyntheticDigitsDataset: num_images={num_images} must be at least 1")
        if split not in SPLITS:
            raise InputError(
                f"SyntheticDigitsDataset: split={split!r} is unknown; choose one of {SPLITS}"
            )
        if seed < 0:
            raise InputError(f"SyntheticDigitsDataset: seed={seed} must not be negative")
        check_classes("SyntheticDigitsDataset", metainfo)
        self.num_images = num_images
        self.split = split
        self.seed = seed
        self.renderer = DigitRenderer(difficulty, renderer)
        # Nothing is listed, so there's nothing to serialise.
        super().__init__(
            serialize_data=False,
            pipeline=list(pipeline),
            test_mode=test_mode,
            metainfo=metainfo,
            lazy_init=lazy_init,
        )
        check_packing("SyntheticDigitsDataset", self.pipeline, test_mode)

    def load_data_list(self) -> list[dict]:
        """Return an empty list: samples are drawn in :meth:`get_data_info`."""
        return []

    def __len__(self) -> int:
        """Return ``num_images``, whatever the epoch."""
        return self.num_images

    def __iter__(self) -> Iterator[Any]:
        """Iterate over epoch 0; Python would otherwise go on into the epochs without end."""
        return (self[position] for position in range(len(self)))

    def draw(self, idx: int) -> RenderedDigits:
        """Draw one image.

        Args:
            idx: ``epoch * len(self) + position``; negative positions count from the end of epoch 0.

        Raises:
            IndexError: If ``idx`` is below ``-len(self)``.
        """
        return self.renderer.render(pixel_stream(*self._name(idx)))

    def get_data_info(self, idx: int) -> dict:
        """Draw one image and describe it as MMDetection's transforms expect.

        Args:
            idx: See :meth:`draw`.

        Returns:
            ``img`` (``(H, W, 3)`` uint8 BGR), ``img_shape`` and ``ori_shape`` (H, W), ``img_id``
            (position + 1), ``img_path`` (a name; no such file exists), ``height``, ``width``,
            ``instances`` (``bbox`` xyxy in pixels,
            ``bbox_label``, ``ignore_flag``), ``sample_idx`` and ``truth``: a dict of ``string``,
            ``bboxes``, ``labels`` and ``ignore_flags``.
        """
        position = self._name(idx)[-1]
        drawn = self.draw(idx)
        height, width = drawn.image.shape[:2]
        bboxes, labels = drawn.bboxes.tolist(), drawn.labels.tolist()
        return dict(
            img=drawn.image,
            img_shape=(height, width),
            ori_shape=(height, width),
            img_id=position + 1,
            img_path=f"synthetic/{self.split}/{position + 1}.png",
            height=height,
            width=width,
            instances=[
                dict(bbox=list(bbox), bbox_label=label, ignore_flag=0)
                for bbox, label in zip(bboxes, labels, strict=True)
            ],
            truth=dict(
                string=drawn.string,
                bboxes=bboxes,
                labels=labels,
                ignore_flags=[0] * len(labels),
            ),
            sample_idx=position,
        )

    def prepare_data(self, idx: int) -> Any:
        """Draw one image and run the pipeline, with randomness that belongs to the sample.

        Args:
            idx: See :meth:`draw`.

        Returns:
            What the pipeline returns. If that's None in training, because a transform drops the
            sample, the next position of the same epoch takes its place.

        Raises:
            InputError: If the pipeline drops every sample of an epoch.
        """
        seed, split, epoch, position = self._name(idx)
        for step in range(len(self)):
            other = (position + step) % len(self)
            with seeded_by(*sample_key(seed, split, epoch, other, PIPELINE)):
                data = super().prepare_data(epoch * len(self) + other)
            if data is not None or self.test_mode:
                return data
        raise InputError(
            f"SyntheticDigitsDataset: the pipeline dropped all {len(self)} samples of an epoch; "
            "look for a transform that filters, such as FilterAnnotations"
        )

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the digits of one image, for samplers that balance classes.

        Args:
            idx: See :meth:`draw`.
        """
        return self.draw(idx).labels.tolist()

    def read_image(self, idx: int) -> np.ndarray:
        """Draw the pixels of one image, as a file of it would hold them; for pictures.

        Args:
            idx: See :meth:`draw`.

        Returns:
            ``(H, W, 3)`` uint8, BGR.
        """
        return self.draw(idx).image

    def _name(self, idx: int) -> tuple[int, str, int, int]:
        """Seed, split, epoch and position: together they name a sample."""
        if idx < -len(self):
            raise IndexError(f"SyntheticDigitsDataset: index {idx} of {len(self)} images")
        epoch, position = divmod(int(idx), len(self)) if idx >= 0 else (0, int(idx) + len(self))
        return self.seed, self.split, epoch, position
