"""Write the files that the NYCU homework takes."""

import os
from collections.abc import Sequence
from itertools import pairwise, starmap
from pathlib import Path

from mmdet.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmdigits.errors import InputError
from mmdigits.evaluation.samples import detections_of
from mmdigits.files.readings_file import read_image
from mmdigits.files.submission import ImageResult, write_submission
from mmdigits.models.postprocessors import ReadsStrings


@METRICS.register_module()
class SubmissionWriter(ReadsStrings, BaseMetric):
    """Export detections and numbers as ``pred.json``, ``pred.csv`` and ``submission.zip``.

    ``pred.json`` is a list of ``image_id``, ``bbox`` (x_min, y_min, width, height in pixels of the
    stored image, clipped to it), ``score`` and ``category_id`` (digit + 1), by image id and then
    by falling score. ``pred.csv`` has the columns ``image_id`` and ``pred_label``, one row for
    every image by id, -1 where nothing is read. The zip holds exactly these two. Beside them,
    ``readings.json`` has every number's confidence, its boxes and alternatives
    (:func:`~mmdigits.files.readings_file.reading_row`). When an image id
    is not the number in its file's name, ``image_ids.csv`` beside them (not in the zip) tells
    which file has which id. All files are written to a temporary folder first and then moved, so
    none is ever half-written and an export that fails leaves those of the run before.

    Args:
        out_dir: Folder to write to, made if missing; by default ``submission`` in the run's
            folder, which EvaluationContextHook hands over, or in the current one without it.
        reader: As in :class:`~mmdigits.evaluation.metrics.SequenceAccuracy`.
        collect_device: ``"cpu"`` or ``"gpu"``: where results of several processes are collected.
    """

    default_prefix = "submission"

    def __init__(
        self,
        out_dir: str | None = None,
        reader: dict | None = None,
        collect_device: str = "cpu",
    ) -> None:
        super().__init__(collect_device=collect_device)
        self.has_own_out_dir = out_dir is not None
        self.out_dir = Path(out_dir or "submission")
        self.set_up_reader(reader)

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Turn one batch into rows of the files.

        Args:
            data_batch: Unused; MMEngine passes it.
            data_samples: Dicts with ``pred_instances``, ``img_id``, ``img_path`` and
                ``ori_shape``.
        """
        for data_sample in data_samples:
            name = os.path.basename(data_sample["img_path"])
            detections = detections_of(data_sample)
            self.results.append(read_image(data_sample["img_id"], name, detections, self.reader))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Write the files; MMEngine calls this on one process with the results of all.

        Args:
            results: Image id, file name, string, detection rows and reading of every image.

        Returns:
            ``images``, ``detections`` and ``unread``: how many images and detections were
            written, and how many images no number was read in.

        Raises:
            InputError: If two of the images have the same id.
        """
        # Only here, since MMEngine makes plain tuples of what process stores.
        results = sorted(starmap(ImageResult, results), key=lambda result: result.image_id)
        ids = [result.image_id for result in results]
        if len(set(ids)) < len(ids):
            twice = next(one for one, other in pairwise(ids) if one == other)
            raise InputError(
                f"SubmissionWriter: image id {twice} occurs twice among {len(ids)} results; a "
                "submission takes one set of images: check the test loader's data set"
            )
        summary = write_submission(self.out_dir, results)
        MMLogger.get_current_instance().info(
            "SubmissionWriter: {detections} detections and {images} numbers ({unread} of them -1) "
            "in {archive}".format(**summary, archive=self.out_dir / "submission.zip")
        )
        return summary
