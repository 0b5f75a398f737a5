"""Photographs in the layout of the NYCU 2025 homework, or a bare folder of images."""

import os
from collections.abc import Sequence

from mmdet.datasets import BaseDetDataset
from mmdet.registry import DATASETS
from mmengine.logging import MMLogger

from mmdigits.datasets.digits import METAINFO, check_classes, check_packing, clip_box
from mmdigits.datasets.image_store import ImageStore
from mmdigits.datasets.transforms import LoadCachedImage
from mmdigits.errors import InputError
from mmdigits.files.annotations import ImageRecord, read_annotations
from mmdigits.files.images import assign_image_ids, check_image, list_images, require_folder


@DATASETS.register_module()
class DigitCocoDataset(BaseDetDataset):
    """Digits with COCO boxes, or images without labels when there is no annotation file.

    Every image is kept, whatever its size and also without a box. Training boxes are clipped to
    the image and dropped when less than one pixel is left of a side; the truth for evaluators is
    what the file says, before that. Everything is checked when the data set is built, so that a
    run does not stop on a broken file hours later.

    Each sample carries, besides BaseDetDataset's keys, ``truth`` when there are labels: a dict
    of ``string`` (the digits in file order), ``bboxes`` (lists of x_min, y_min, x_max, y_max in
    pixels of the stored image, unclipped), ``labels`` (ints, 0 to 9) and ``ignore_flags``.

    Args:
        ann_file: COCO JSON below ``data_root``; ``""`` makes a test set of every image in the
            folder, with the number in the file stem as image id (see
            :func:`~mmdigits.files.images.assign_image_ids`).
        data_root: The folder that holds the JSON files and the image folders.
        data_prefix: ``img`` is the image folder below ``data_root``.
        pipeline: MMDetection transforms; read images with ``color_ignore_orientation``, since the
            boxes are in pixels of the file as stored.
        test_mode: Whether samples are for evaluation.
        metainfo: MMEngine's meta information; the classes are the ten digits and can't change.
        filter_cfg: Must be empty: no image is left out.
        verify_images: Check every file for truncation when the data set is built: about 0.2 s
            for 1,000 PNG files of SVHN. Without it a broken file stops the run when its turn
            comes.
        **kwargs: Further arguments of MMEngine's ``BaseDataset``, which rejects strangers, such as
            ``indices`` (use the first so many images, or those at these positions).

    Raises:
        InputError: If a folder, file or image is missing or broken, the categories are not the
            digits, or an image's size is not the one that the file states.
    """

    METAINFO = METAINFO

    def __init__(
        self,
        ann_file: str = "",
        data_root: str = "",
        data_prefix: dict | None = None,
        pipeline: Sequence = (),
        test_mode: bool = False,
        metainfo: dict | None = None,
        filter_cfg: dict | None = None,
        verify_images: bool = True,
        **kwargs,
    ) -> None:
        check_classes("DigitCocoDataset", metainfo)
        if filter_cfg:
            raise InputError(
                f"DigitCocoDataset: filter_cfg is {filter_cfg}, but every image is kept; set "
                "filter_cfg=None, or _delete_=True where the parent's data set is replaced"
            )
        self.verify_images = verify_images
        self._store: ImageStore | None = None
        super().__init__(
            ann_file=ann_file,
            data_root=data_root,
            data_prefix=data_prefix or dict(img=""),
            pipeline=list(pipeline),
            test_mode=test_mode,
            metainfo=metainfo,
            **kwargs,
        )
        check_packing("DigitCocoDataset", self.pipeline, test_mode)

    def load_data_list(self) -> list[dict]:
        """Read and check the annotation file, or list the folder.

        Returns:
            One dict an image, in file order, or by file name where there is no JSON.

        Raises:
            InputError: See the class.
        """
        if self.data_root and not os.path.isdir(self.data_root):
            raise InputError(
                f"DigitCocoDataset: there is no data folder {self.data_root}; "
                "unpack the homework's train/, valid/, test/, train.json and valid.json there, "
                "or set DIGITS_DATA to where they are (tools/make_synthetic.py writes such a "
                "folder)"
            )
        folder = self.data_prefix["img"]
        if self.ann_file:
            records = read_annotations(self.ann_file)
            self._check_presence(records, folder)
        else:
            records = self._unlabelled(folder)
        data_list = [self._sample(record, folder) for record in records]
        if any(isinstance(step, LoadCachedImage) for step in self.pipeline.transforms):
            sizes = {
                sample["img_path"]: (sample["height"], sample["width"]) for sample in data_list
            }
            self._store = ImageStore(sizes)
        self._log(records, data_list)
        if not self.test_mode and not any(sample["instances"] for sample in data_list):
            raise InputError(
                f"DigitCocoDataset: none of the {len(data_list)} images of {self.ann_file} has a "
                "box, so there is nothing to learn; check how the file was written"
            )
        return data_list

    @property
    def keeps_images(self) -> bool:
        """Whether the pipeline has a ``LoadCachedImage``, so that images are decoded once."""
        return self._store is not None

    def get_data_info(self, idx: int) -> dict:
        """Describe an image as MMDetection's transforms expect.

        Args:
            idx: Its position in the data set.

        Returns:
            See the class; with ``image_store`` where the pipeline has a ``LoadCachedImage``.
        """
        info = super().get_data_info(idx)
        if self._store is not None:
            info["image_store"] = self._store
        return info

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the digits of one image, for samplers that balance classes.

        Args:
            idx: Position of the image in the data set.

        Returns:
            Labels 0 to 9, one a kept box; empty without boxes.
        """
        return [instance["bbox_label"] for instance in self.get_data_info(idx)["instances"]]

    def _check_presence(self, records: list[ImageRecord], folder: str) -> None:
        require_folder(folder)
        missing = [r.file_name for r in records if not os.path.isfile(f"{folder}/{r.file_name}")]
        if missing:
            raise InputError(
                f"DigitCocoDataset: {self.ann_file} lists {len(missing)} of {len(records)} images "
                f"that are not in {folder}: {', '.join(missing[:5])}"
                f"{', ...' if len(missing) > 5 else ''}; add the files or remove the entries"
            )

    def _unlabelled(self, folder: str) -> list[ImageRecord]:
        if not self.test_mode:
            raise InputError(
                "DigitCocoDataset: training needs labels, but ann_file is empty; set it to the "
                "annotation file, for example 'train.json'"
            )
        names = list_images(folder)
        if not names:
            raise InputError(
                f"DigitCocoDataset: {folder} holds no image; put the test images there"
            )
        ids = assign_image_ids(names)
        return [ImageRecord(id_, name, None, []) for id_, name in zip(ids, names, strict=True)]

    def _sample(self, record: ImageRecord, folder: str) -> dict:
        path = os.path.join(folder, record.file_name)
        size = record.size
        if self.verify_images or size is None:
            stored = check_image(path)
            if size not in (None, stored):
                raise InputError(
                    f"DigitCocoDataset: {path} is {stored[0]} x {stored[1]} pixels, but "
                    f"{self.ann_file} says {size[0]} x {size[1]} (width x height, as stored: EXIF "
                    "rotation is not applied); mend the file or its entry"
                )
            size = stored
        width, height = size
        sample = dict(
            img_id=record.image_id, img_path=path, width=width, height=height, instances=[]
        )
        if not self.ann_file:
            return sample
        for annotation in record.annotations:
            clipped = clip_box(annotation.bbox, width, height)
            if clipped is not None:
                sample["instances"].append(
                    dict(
                        bbox=clipped,
                        bbox_label=annotation.label,
                        ignore_flag=int(annotation.ignore),
                    )
                )
        sample["truth"] = dict(
            string="".join(str(annotation.label) for annotation in record.annotations),
            bboxes=[list(annotation.bbox) for annotation in record.annotations],
            labels=[annotation.label for annotation in record.annotations],
            ignore_flags=[int(annotation.ignore) for annotation in record.annotations],
        )
        return sample

    def _log(self, records: list[ImageRecord], data_list: list[dict]) -> None:
        logger = MMLogger.get_current_instance()
        if not self.ann_file:
            logger.info(f"{self.data_prefix['img']}: {len(records)} images without labels")
            return
        given = sum(len(record.annotations) for record in records)
        kept = sum(len(sample["instances"]) for sample in data_list)
        outside = sum(
            box[0] < 0 or box[1] < 0 or box[2] > sample["width"] or box[3] > sample["height"]
            for sample in data_list
            for box in sample["truth"]["bboxes"]
        )
        empty = sum(not sample["instances"] for sample in data_list)
        logger.info(
            f"{self.ann_file}: {len(records)} images, all kept ({empty} without a box); {given} "
            f"boxes: {outside} reach outside their image and were clipped, {given - kept} with "
            "less than 1 px left of a side were dropped"
        )
