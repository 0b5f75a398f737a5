"""Write the files that the NYCU homework takes."""

import csv
import json
import os
import tempfile
import zipfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from mmdet.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmdigits.errors import InputError
from mmdigits.evaluation.functional import detections_of
from mmdigits.models.postprocessors import ReadsStrings

NOTHING_READ = "-1"


@METRICS.register_module()
class SubmissionWriter(ReadsStrings, BaseMetric):
    """Export detections and numbers as ``pred.json``, ``pred.csv`` and ``submission.zip``.

    ``pred.json`` is a list of ``image_id``, ``bbox`` (x_min, y_min, width, height in pixels of the
    stored image, clipped to it), ``score`` and ``category_id`` (digit + 1), by image id and then
    by falling score. ``pred.csv`` has the columns ``image_id`` and ``pred_label``, one row for
    every image by id, -1 where nothing is read. The zip holds exactly these two. When an image id
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
            detections = detections_of(data_sample)
            image_id = data_sample["img_id"]
            # By falling score whatever the detector's own order; equal scores keep theirs.
            by_score = detections.scores.argsort(descending=True, stable=True)
            rows = [
                dict(
                    image_id=image_id,
                    bbox=[x1, y1, x2 - x1, y2 - y1],
                    score=score,
                    category_id=label + 1,
                )
                for (x1, y1, x2, y2), label, score in zip(
                    *(part[by_score].tolist() for part in detections), strict=True
                )
            ]
            name = os.path.basename(data_sample["img_path"])
            self.results.append((image_id, name, self.reader(*detections), rows))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Write the files; MMEngine calls this on one process with the results of all.

        Args:
            results: Image id, file name, string and detection rows of every image.

        Returns:
            ``images``, ``detections`` and ``unread``: how many images and detections were
            written, and how many images no number was read in.

        Raises:
            InputError: If two of the images have the same id.
        """
        results = sorted(results, key=lambda result: result[0])
        ids = [image_id for image_id, *_ in results]
        if len(set(ids)) < len(ids):
            twice = next(one for one, other in pairwise(ids) if one == other)
            raise InputError(
                f"SubmissionWriter: image id {twice} occurs twice among {len(ids)} results; a "
                "submission takes one set of images: check the test loader's data set"
            )
        rows = [row for *_, image_rows in results for row in image_rows]
        strings = [(image_id, string or NOTHING_READ) for image_id, _, string, _ in results]
        names = [(image_id, name) for image_id, name, *_ in results]

        self.out_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.out_dir) as folder:
            made = Path(folder)
            (made / "pred.json").write_text(json.dumps(rows), encoding="utf-8")
            _write_csv(made / "pred.csv", ("image_id", "pred_label"), strings)
            with zipfile.ZipFile(made / "submission.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(made / "pred.json", "pred.json")
                archive.write(made / "pred.csv", "pred.csv")
            needs_table = any(not _is_stem(name, image_id) for image_id, name in names)
            if needs_table:
                _write_csv(made / "image_ids.csv", ("image_id", "file_name"), names)
            for file in made.iterdir():
                os.replace(file, self.out_dir / file.name)
            if not needs_table:
                (self.out_dir / "image_ids.csv").unlink(missing_ok=True)
        unread = sum(string == NOTHING_READ for _, string in strings)
        MMLogger.get_current_instance().info(
            f"SubmissionWriter: {len(rows)} detections and {len(ids)} numbers ({unread} of them "
            f"-1) in {self.out_dir / 'submission.zip'}"
        )
        return dict(images=len(ids), detections=len(rows), unread=unread)


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _is_stem(name: str, image_id: int) -> bool:
    stem = Path(name).stem
    return stem.isascii() and stem.isdigit() and int(stem) == image_id
