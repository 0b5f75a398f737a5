"""Write the files that the NYCU homework takes: all of them or none."""

import csv
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdigits.errors import InputError
from mmdigits.files.detections import Detections
from mmdigits.files.writing import written_together

NOTHING_READ = "-1"


class ImageResult(NamedTuple):
    """What a submission says about one image.

    Attributes:
        image_id: Its id.
        file_name: Name of its file, or None where only the id is known.
        string: The number read; ``""`` when none is.
        rows: Its entries of ``pred.json``, see :func:`detection_rows`.
        reading: Its entry of ``readings.json``, see
            :func:`~mmdigits.files.readings_file.reading_row`; None where there is none.
    """

    image_id: int
    file_name: str | None
    string: str
    rows: list[dict]
    reading: dict | None = None


def detection_rows(image_id: int, detections: Detections) -> list[dict]:
    """Turn the detections of one image into entries of ``pred.json``.

    Args:
        image_id: Its id.
        detections: K detections in any order.

    Returns:
        K dicts of ``image_id``, ``bbox`` (x_min, y_min, width, height), ``score`` and
        ``category_id`` (digit + 1), by falling score; equal scores keep their order.
    """
    by_score = np.argsort(-detections.scores, kind="stable")
    return [
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


def check_inputs(out_dir: Path, inputs: Sequence[Path]) -> None:
    """Refuse to write a submission over what it is made from.

    Args:
        out_dir: Folder to write to.
        inputs: The files that it is made from.

    Raises:
        InputError: If one of them would be replaced, or the folder is a file.
    """
    if out_dir.exists() and not out_dir.is_dir():
        raise InputError(f"submission: {out_dir} is a file; name a folder")
    given = [path.resolve() for path in inputs]
    for name in ("pred.json", "pred.csv"):
        if (out_dir / name).resolve() in given:
            raise InputError(
                f"submission: the result would replace {out_dir / name}, which is one of the files "
                "it is made from; name another folder"
            )


def write_submission(out_dir: Path, results: Sequence[ImageResult]) -> dict[str, int]:
    """Write ``pred.json``, ``pred.csv`` and ``submission.zip``, which holds exactly these two.

    Beside them, not in the zip: ``readings.json``, when every image has a reading; and when a
    file's name is not its image id, ``image_ids.csv``, which tells which file has which id. Those
    of an earlier export that no longer hold go; where file names are unknown, the latter stays.

    Args:
        out_dir: Folder to write to, made if missing.
        results: Every image once, by id.

    Returns:
        ``images``, ``detections`` and ``unread``: how many images and detections were written,
        and how many images no number was read in.
    """
    rows = [row for result in results for row in result.rows]
    strings = [(result.image_id, result.string or NOTHING_READ) for result in results]
    names = [(r.image_id, r.file_name) for r in results if r.file_name is not None]
    readings = [result.reading for result in results if result.reading is not None]
    needs_table = any(not _is_stem(name, image_id) for image_id, name in names)
    with written_together(out_dir) as made:
        (made / "pred.json").write_text(json.dumps(rows), encoding="utf-8")
        write_csv(made / "pred.csv", ("image_id", "pred_label"), strings)
        with zipfile.ZipFile(made / "submission.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(made / "pred.json", "pred.json")
            archive.write(made / "pred.csv", "pred.csv")
        if readings:
            (made / "readings.json").write_text(json.dumps(readings), encoding="utf-8")
        if needs_table:
            write_csv(made / "image_ids.csv", ("image_id", "file_name"), names)
    if not readings:
        (out_dir / "readings.json").unlink(missing_ok=True)
    if names and not needs_table:
        (out_dir / "image_ids.csv").unlink(missing_ok=True)
    unread = sum(string == NOTHING_READ for _, string in strings)
    return dict(images=len(results), detections=len(rows), unread=unread)


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence]) -> None:
    """Write a CSV file with a header, in UTF-8, lines ending in a line feed.

    Args:
        path: The file.
        header: Names of the columns.
        rows: Their values.
    """
    # Names of files may be bytes that are no text; they are written as they are.
    with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _is_stem(name: str, image_id: int) -> bool:
    stem = Path(name).stem
    return stem.isascii() and stem.isdigit() and int(stem) == image_id
