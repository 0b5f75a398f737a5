"""Every way of breaking a submission is found, named, and doesn't hide or cause another."""

import csv
import gzip
import io
import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from PIL import Image

from mmdigits.errors import InputError
from mmdigits.files.check import RULES, check_submission, know_images, open_submissions, page
from mmdigits.files.check.page import WIDTH, fails
from mmdigits.files.submission import ImageResult, write_submission

HEADER = "image_id,pred_label"
ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass
class Made:
    """A correct submission about 40 images, to be broken."""

    entries: list[dict] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)
    truths: list[dict] = field(default_factory=list)

    @property
    def json(self) -> bytes:
        return json.dumps(self.entries).encode()

    @property
    def csv(self) -> bytes:
        return "\n".join([HEADER, *map(",".join, self.rows), ""]).encode()

    def files(self, **changed: bytes) -> dict[str, bytes]:
        return {"pred.json": self.json, "pred.csv": self.csv} | {
            name.replace("_", "."): data for name, data in changed.items()
        }

    def archive(self, *files: tuple[str, bytes]) -> dict[str, bytes]:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files or (("pred.json", self.json), ("pred.csv", self.csv)):
                archive.writestr(name, data)
        return {"submission.zip": stream.getvalue()}


@pytest.fixture
def made() -> Made:
    rng, made = np.random.default_rng(0), Made()
    for image_id in range(1, 41):
        height = int(rng.integers(40, 120))
        width, digits = int(2.2 * height), rng.integers(0, 10, rng.integers(2, 5)).tolist()
        if image_id == 7:
            digits = []
        if image_id == 9:
            digits = [0, 7]
        made.sizes[image_id] = (width, height)
        step = 0.3 * height
        left = (width - step * len(digits)) / 2
        for place, digit in enumerate(digits):
            box = [left + place * step, 0.2 * height, 0.9 * step, 0.6 * height]
            made.truths.append(dict(image_id=image_id, bbox=box, category_id=digit + 1))
            made.entries.append(
                dict(
                    image_id=image_id,
                    bbox=[value + float(rng.normal(0, 0.5)) for value in box],
                    score=float(rng.uniform(0.6, 0.99)),
                    category_id=digit + 1,
                )
            )
        if digits:  # a weak box near the first digit
            box = [left + 1, 0.2 * height + 1, 0.9 * step, 0.6 * height]
            category = int(rng.integers(1, 11))
            made.entries.append(dict(image_id=image_id, bbox=box, score=0.06, category_id=category))
        made.rows.append([str(image_id), "".join(map(str, digits)) or "-1"])
    return made


@pytest.fixture
def labels(tmp_path, made) -> str:
    path = tmp_path / "labels.json"
    images = [
        dict(id=i, file_name=f"{i}.png", width=w, height=h) for i, (w, h) in made.sizes.items()
    ]
    categories = [dict(id=digit + 1, name=str(digit)) for digit in range(10)]
    content = dict(images=images, annotations=made.truths, categories=categories)
    path.write_text(json.dumps(content))
    return str(path)


def check(folder, files: dict[str, bytes], **known: str):
    """Check files that are given one by one, and return the report."""
    (folder / "given").mkdir()
    paths = []
    for name, data in files.items():
        paths.append(folder / "given" / name)
        paths[-1].write_bytes(data)
    (submission,) = open_submissions(paths)
    return check_submission(submission, know_images(**known))


def told(report) -> dict[str, str]:
    """Level by code, but for notes."""
    return {found.code: found.level for found in report.findings if found.level != NOTE}


def each(key: str, change: Callable, only: slice = slice(None)) -> Callable[[Made], dict]:
    """A breaker that changes a value of some entries."""

    def change_entries(made: Made) -> dict[str, bytes]:
        for entry in made.entries[only]:
            entry[key] = change(entry[key])
        return made.files()

    return change_entries


def rows(change: Callable[[str, str], list[str]], only: slice = slice(None)) -> Callable:
    """A breaker that changes some rows of the table."""

    def change_rows(made: Made) -> dict[str, bytes]:
        made.rows[only] = [change(*row) for row in made.rows[only]]
        return made.files()

    return change_rows


def json_text(change: Callable[[bytes], bytes]) -> Callable[[Made], dict]:
    """A breaker that changes the bytes of the JSON file."""
    return lambda made: made.files(pred_json=change(made.json))


def csv_text(change: Callable[[bytes], bytes]) -> Callable[[Made], dict]:
    """A breaker that changes the bytes of the CSV file."""
    return lambda made: made.files(pred_csv=change(made.csv))


def packed(change: Callable[[Made], list[tuple[str, bytes]]]) -> Callable[[Made], dict]:
    """A breaker that packs files under names of its own."""
    return lambda made: made.archive(*change(made))


def without(key: str) -> Callable[[Made], dict]:
    def drop(made: Made) -> dict[str, bytes]:
        made.entries = [{k: v for k, v in e.items() if k != key} for e in made.entries]
        return made.files()

    return drop


def add(**entry: object) -> Callable[[Made], dict]:
    def append(made: Made) -> dict[str, bytes]:
        made.entries.append(made.entries[0] | entry)
        return made.files()

    return append


def with_bytes(data: bytes, change: Callable[[bytes], bytes]) -> dict[str, bytes]:
    return {"submission.zip": change(data)}


def encrypted(data: bytes) -> bytes:
    """Set the flag that says so, in the local and the central headers."""
    data = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(mark)
        while start >= 0:
            data[start + offset] |= 1
            start = data.find(mark, start + 4)
    return bytes(data)


def damaged(data: bytes) -> bytes:
    middle = len(data) // 3
    return data[:middle] + bytes(50) + data[middle + 50 :]


def corners(box: list[float]) -> list[float]:
    return [box[0], box[1], box[0] + box[2], box[1] + box[3]]


def centre(box: list[float]) -> list[float]:
    return [box[0] + box[2] / 2, box[1] + box[3] / 2, box[2], box[3]]


def columns(made: Made) -> bytes:
    keys = ("image_id", "bbox", "score", "category_id")
    return json.dumps(
        {k: {str(n): e[k] for n, e in enumerate(made.entries)} for k in keys}
    ).encode()


def scaled(made: Made, factor: Callable[[int, int], tuple[float, float]]) -> dict[str, bytes]:
    for entry in made.entries:
        x, y = factor(*made.sizes[entry["image_id"]])
        entry["bbox"] = [v * f for v, f in zip(entry["bbox"], (x, y, x, y), strict=True)]
    return made.files()


def moved(made: Made, order: Callable[[list[str]], list[str]]) -> dict[str, bytes]:
    strings = order([row[1] for row in made.rows])
    made.rows = [[row[0], string] for row, string in zip(made.rows, strings, strict=True)]
    return made.files()


def as_text(strings: list[str]) -> list[str]:
    """Give the images of names sorted as text the strings of numbered ones."""
    order = sorted(range(1, len(strings) + 1), key=str)
    return [strings[order.index(number)] for number in range(1, len(strings) + 1)]


def twice(made: Made) -> dict[str, bytes]:
    stream = io.BytesIO(made.archive()["submission.zip"])
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("pred.csv", made.csv)
    return {"submission.zip": stream.getvalue()}


BROKEN = {
    # The files themselves.
    "file-empty: no byte": (csv_text(lambda _: b""), {"file-empty": ERROR}),
    "file-empty: blanks": (json_text(lambda _: b" \n\n"), {"file-empty": ERROR}),
    "file-binary: junk": (
        json_text(lambda _: np.random.default_rng(0).bytes(5000)),
        {"file-binary": ERROR},
    ),
    "file-binary: gzip": (csv_text(gzip.compress), {"file-binary": ERROR}),
    "file-binary: pickle": (json_text(pickle.dumps), {"file-binary": ERROR}),
    "file-binary: NUL": (csv_text(lambda t: t.replace(b"\n", b"\0\n", 3)), {"file-binary": ERROR}),
    "file-binary: a zip called pred.json": (
        lambda made: made.files(pred_json=made.archive()["submission.zip"]),
        {"file-binary": ERROR},
    ),
    "file-encoding: UTF-16": (
        csv_text(lambda text: text.decode().encode("utf-16")),
        {"file-encoding": ERROR},
    ),
    "file-encoding: UTF-16 without a mark": (
        json_text(lambda text: text.decode().encode("utf-16-be")),
        {"file-encoding": ERROR},
    ),
    "file-encoding: Latin-1": (
        json_text(lambda text: text.replace(b'"score"', b'"gr\xf6\xdfe": 1, "score"', 1)),
        {"file-encoding": ERROR},
    ),
    "file-bom: JSON": (json_text(lambda text: b"\xef\xbb\xbf" + text), {"file-bom": ERROR}),
    "file-bom: CSV": (csv_text(lambda text: b"\xef\xbb\xbf" + text), {"file-bom": WARNING}),
    "file-content: a web page": (
        json_text(lambda _: b"<!DOCTYPE html><html>Sign in</html>"),
        {"file-content": ERROR},
    ),
    "file-content: names exchanged": (
        lambda made: made.files(pred_json=made.csv, pred_csv=made.json),
        {"file-content": ERROR},
    ),
    "file-name: capital letter": (
        lambda made: {"Pred.json": made.json, "pred.csv": made.csv},
        {"file-name": WARNING},
    ),
    "file-name: another extension": (
        lambda made: {"pred.json": made.json, "pred.txt": made.csv},
        {"file-name": WARNING},
    ),
    # The zip.
    "zip-broken: cut": (
        lambda made: with_bytes(made.archive()["submission.zip"], lambda data: data[:-200]),
        {"zip-broken": ERROR},
    ),
    "zip-broken: damaged inside": (
        lambda made: with_bytes(made.archive()["submission.zip"], damaged),
        {"zip-broken": ERROR},
    ),
    "zip-broken: gzip": (
        lambda made: {"submission.zip": gzip.compress(made.json)},
        {"zip-broken": ERROR},
    ),
    "zip-broken: empty": (lambda made: {"submission.zip": b""}, {"zip-broken": ERROR}),
    "zip-broken: text": (lambda made: {"submission.zip": made.json}, {"zip-broken": ERROR}),
    "zip-broken: workbook": (
        packed(lambda made: [("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]),
        {"zip-broken": ERROR},
    ),
    "zip-encrypted": (
        lambda made: with_bytes(made.archive()["submission.zip"], encrypted),
        {"zip-encrypted": ERROR},
    ),
    "zip-missing: no CSV": (
        packed(lambda made: [("pred.json", made.json)]),
        {"zip-missing": ERROR},
    ),
    "zip-missing: nothing": (packed(lambda made: [("folder/", b"")]), {"zip-missing": ERROR}),
    "zip-name: capital letter": (
        packed(lambda made: [("Pred.json", made.json), ("pred.csv", made.csv)]),
        {"zip-name": ERROR},
    ),
    "zip-name: another name": (
        packed(lambda made: [("predictions.json", made.json), ("submission.csv", made.csv)]),
        {"zip-name": ERROR},
    ),
    "zip-name: two extensions": (
        packed(lambda made: [("pred.json.txt", made.json), ("pred.csv", made.csv)]),
        {"zip-name": ERROR},
    ),
    "zip-folder": (
        packed(
            lambda made: [("submission/pred.json", made.json), ("submission/pred.csv", made.csv)]
        ),
        {"zip-folder": ERROR},
    ),
    "zip-folder: of Windows": (
        packed(lambda made: [("out\\pred.json", made.json), ("out\\pred.csv", made.csv)]),
        {"zip-folder": ERROR},
    ),
    "zip-extra": (
        packed(
            lambda made: [
                ("pred.json", made.json),
                ("pred.csv", made.csv),
                ("image_ids.csv", b"image_id,file_name\n"),
            ]
        ),
        {"zip-extra": ERROR},
    ),
    "zip-junk": (
        packed(
            lambda made: [
                ("pred.json", made.json),
                ("__MACOSX/._pred.json", b"\0\5\x16\7"),
                ("pred.csv", made.csv),
                (".DS_Store", b"\0\0\0\1Bud1"),
            ]
        ),
        {"zip-junk": WARNING},
    ),
    "zip-twice": (twice, {"zip-twice": ERROR}),
    "zip-nested": (
        packed(lambda made: list(made.archive().items())),
        {"zip-nested": ERROR},
    ),
    # JSON around the entries.
    "json-broken: cut in an entry": (json_text(lambda text: text[:-2000]), {"json-broken": ERROR}),
    "json-broken: no end": (json_text(lambda text: text[:-1]), {"json-broken": ERROR}),
    "json-broken: comma too many": (
        json_text(lambda text: text[:-1] + b",]"),
        {"json-broken": ERROR},
    ),
    "json-broken: comma missing": (
        json_text(lambda text: text.replace(b"}, {", b"} {", 1)),
        {"json-broken": ERROR},
    ),
    "json-broken: an object a line": (
        json_text(lambda text: text[1:-1].replace(b"}, {", b"}\n{")),
        {"json-broken": ERROR},
    ),
    "json-broken: two lists": (
        json_text(lambda text: text.replace(b"}, {", b"}][{", 1)),
        {"json-broken": ERROR},
    ),
    "json-broken: Python's text": (
        lambda made: made.files(pred_json=str(made.entries).encode()),
        {"json-broken": ERROR},
    ),
    "json-broken: too deep": (json_text(lambda _: b"[" * 100_000), {"json-broken": ERROR}),
    "json-object: COCO": (
        lambda made: made.files(
            pred_json=json.dumps(dict(images=[], annotations=made.entries)).encode()
        ),
        {"json-object": ERROR},
    ),
    "json-object: one for each image": (
        lambda made: made.files(
            pred_json=json.dumps(
                {
                    row[0]: [e for e in made.entries if e["image_id"] == int(row[0])]
                    for row in made.rows
                }
            ).encode()
        ),
        {"json-object": ERROR},
    ),
    "json-object: columns": (
        lambda made: made.files(pred_json=columns(made)),
        {"json-object": ERROR},
    ),
    "json-object: a number": (json_text(lambda _: b"{}"), {"json-object": ERROR}),
    "json-nested": (
        lambda made: made.files(
            pred_json=json.dumps([made.entries[:30], made.entries[30:]]).encode()
        ),
        {"json-nested": ERROR},
    ),
    "json-text": (
        json_text(lambda text: json.dumps(text.decode()).encode()),
        {"json-text": ERROR},
    ),
    "json-empty": (
        lambda made: made.files(
            pred_json=b"[]", pred_csv=f"{HEADER}\n1,-1\n2,-1\n3,-1\n4,-1\n".encode()
        ),
        {"json-empty": ERROR},
    ),
    "json-constant": (add(area=float("nan"), score=0.2), {"json-constant": WARNING}),
    "json-key-twice": (
        json_text(lambda text: text.replace(b'"score"', b'"score": 0.1, "score"', 1)),
        {"json-key-twice": ERROR},
    ),
    # Values of entries.
    "entry-form": (
        lambda made: made.files(pred_json=json.dumps([*made.entries, 3, None]).encode()),
        {"entry-form": ERROR},
    ),
    "key-missing": (without("score"), {"key-missing": ERROR}),
    "key-missing: misspelt": (
        json_text(lambda text: text.replace(b'"category_id"', b'"category"')),
        {"key-missing": ERROR},
    ),
    "id-form: texts": (each("image_id", str), {"id-form": ERROR}),
    "id-form: file names": (each("image_id", lambda i: f"{i}.png"), {"id-form": ERROR}),
    "id-form: decimal": (each("image_id", float), {"id-form": ERROR}),
    "id-form: huge": (
        json_text(lambda text: text.replace(b"}]", b', "image_id": 1' + b"0" * 5000 + b"}]")),
        {"id-form": ERROR, "json-key-twice": ERROR},
    ),
    "id-form: truth value": (add(image_id=True, score=0.3), {"id-form": ERROR}),
    "id-form: a list": (add(image_id=[1], score=0.3), {"id-form": ERROR}),
    "category-range: 11": (
        each("category_id", lambda _: 11, slice(2)),
        {"category-range": ERROR},
    ),
    "category-range: 0 once": (
        each("category_id", lambda _: 0, slice(1)),
        {"category-range": ERROR},
    ),
    "category-digit": (each("category_id", lambda c: c - 1), {"category-digit": ERROR}),
    "category-shift: SVHN's 10": (
        each("category_id", lambda c: c - 1 or 10),
        {"category-shift": ERROR},
    ),
    "category-shift: one more": (
        each("category_id", lambda c: c + 1),
        {"category-shift": ERROR, "category-range": ERROR},
    ),
    "category-form: texts": (each("category_id", str), {"category-form": ERROR}),
    "category-form: decimal": (each("category_id", float), {"category-form": ERROR}),
    "category-form: null": (add(category_id=None), {"category-form": ERROR}),
    "score-form: texts": (each("score", str), {"score-form": ERROR}),
    "score-form: null": (each("score", lambda _: None, slice(2)), {"score-form": ERROR}),
    "score-range: per cent": (each("score", lambda s: 100 * s), {"score-range": ERROR}),
    "score-range: NaN": (each("score", lambda _: float("nan"), slice(2)), {"score-range": ERROR}),
    "score-range: infinite": (add(score=float("inf")), {"score-range": ERROR}),
    "score-range: negative": (each("score", lambda s: s - 1), {"score-range": ERROR}),
    "box-form: three": (add(bbox=[1, 2, 3]), {"box-form": ERROR}),
    "box-form: texts": (each("bbox", lambda b: list(map(str, b))), {"box-form": ERROR}),
    "box-form: names": (add(bbox=dict(x=1, y=2, w=3, h=4)), {"box-form": ERROR}),
    "box-form: nested": (each("bbox", lambda b: [b], slice(1)), {"box-form": ERROR}),
    "box-form: NaN": (add(bbox=[1, 2, float("nan"), 4]), {"box-form": ERROR}),
    "box-form: huge": (add(bbox=[1, 2, 10**400, 4]), {"box-form": ERROR}),
    # Boxes.
    "corners": (each("bbox", corners), {"corners": ERROR}),
    "box-layout: centre": (each("bbox", centre), {"box-layout": WARNING}),
    "box-layout: y first": (
        each("bbox", lambda b: [b[1], b[0], b[3], b[2]]),
        {"box-layout": WARNING},
    ),
    "box-normalised": (
        lambda made: scaled(made, lambda width, height: (1 / width, 1 / height)),
        {"box-normalised": ERROR},
    ),
    "box-negative": (
        each("bbox", lambda b: [b[0] + b[2], b[1], -b[2], b[3]], slice(2)),
        {"box-negative": ERROR},
    ),
    "box-empty": (each("bbox", lambda b: [*b[:2], 0, b[3]], slice(2)), {"box-empty": WARNING}),
    "box-outside: above": (add(bbox=[10, -30, 8, 15], score=0.1), {"box-outside": WARNING}),
    "duplicates": (
        lambda made: made.files(pred_json=json.dumps(made.entries * 2).encode()),
        {"duplicates": WARNING},
    ),
    "category-one": (
        lambda made: {
            "pred.json": json.dumps([{**e, "category_id": 1} for e in made.entries]).encode()
        },
        {"category-one": WARNING},
    ),
    # The table.
    "csv-delimiter: semicolons": (
        csv_text(lambda text: text.replace(b",", b";")),
        {"csv-delimiter": ERROR},
    ),
    "csv-delimiter: tabs": (
        csv_text(lambda text: text.replace(b",", b"\t")),
        {"csv-delimiter": ERROR},
    ),
    "csv-delimiter: spaces": (
        csv_text(lambda text: text.replace(b",", b" ")),
        {"csv-delimiter": ERROR},
    ),
    "csv-header": (csv_text(lambda text: text.split(b"\n", 1)[1]), {"csv-header": ERROR}),
    "csv-columns: other names": (
        csv_text(lambda text: text.replace(HEADER.encode(), b"id,label")),
        {"csv-columns": ERROR},
    ),
    "csv-columns: space": (
        csv_text(lambda text: text.replace(HEADER.encode(), b"image_id, pred_label")),
        {"csv-columns": ERROR},
    ),
    "csv-columns: capital letters": (
        csv_text(lambda text: text.replace(HEADER.encode(), b"Image_ID,Pred_Label")),
        {"csv-columns": ERROR},
    ),
    "csv-columns: names exchanged, one wrong": (
        lambda made: made.files(
            pred_csv="\n".join(["label,id", *(f"{s},{i}" for i, s in made.rows)]).encode()
        ),
        {"csv-columns": ERROR},
    ),
    "csv-columns: one column": (
        csv_text(lambda text: b"\n".join(line.split(b",")[0] for line in text.split(b"\n"))),
        {"csv-columns": ERROR},
    ),
    "csv-extra: pandas' index": (
        lambda made: made.files(
            pred_csv="\n".join(
                [f",{HEADER}", *(f"{n},{i},{s}" for n, (i, s) in enumerate(made.rows))]
            ).encode()
        ),
        {"csv-extra": WARNING},
    ),
    "csv-swapped": (rows(lambda i, s: [s, i]), {"csv-swapped": ERROR}),
    "csv-row: too many": (rows(lambda i, s: [i, s, "0.9"], slice(3)), {"csv-row": ERROR}),
    "csv-row: a comma between digits": (
        rows(lambda i, s: [i, *s], slice(20, 22)),
        {"csv-row": ERROR},
    ),
    "csv-quote: open": (
        csv_text(lambda text: text.replace(b"\n5,", b'\n5,"', 1)),
        {"csv-quote": ERROR},
    ),
    "csv-quote: whole lines": (
        csv_text(lambda text: b"\n".join(b'"' + line + b'"' for line in text.split())),
        {"csv-quote": ERROR},
    ),
    "csv-empty": (csv_text(lambda _: HEADER.encode() + b"\n"), {"csv-empty": ERROR}),
    # Strings.
    "label-empty": (rows(lambda i, s: [i, s.replace("-1", "")]), {"label-empty": ERROR}),
    "label-none: nan": (rows(lambda i, s: [i, s.replace("-1", "nan")]), {"label-none": ERROR}),
    "label-none: None": (rows(lambda i, s: [i, s.replace("-1", "None")]), {"label-none": ERROR}),
    "label-none: []": (rows(lambda i, s: [i, s.replace("-1", "[]")]), {"label-none": ERROR}),
    "label-float": (rows(lambda i, s: [i, f"{s}.0"]), {"label-float": ERROR}),
    "label-float: Excel": (
        rows(lambda i, s: [i, f"{float(s):.1E}"], slice(2)),
        {"label-float": ERROR},
    ),
    "label-spaces: before": (rows(lambda i, s: [i, f" {s}"]), {"label-spaces": ERROR}),
    "label-spaces: between": (
        rows(lambda i, s: [i, " ".join(s)], slice(3)),
        {"label-spaces": ERROR},
    ),
    "label-list": (
        csv_text(lambda text: text.replace(b"\n9,07\n", b'\n9,"[0, 7]"\n')),
        {"label-list": ERROR},
    ),
    "label-list: dashes": (rows(lambda i, s: [i, "-".join(s)], slice(3)), {"label-list": ERROR}),
    "label-text: Excel's quotes": (
        csv_text(lambda text: text.replace(b"\n9,07\n", b'\n9,"=""07"""\n')),
        {"label-text": ERROR},
    ),
    "label-text: letter": (
        rows(lambda i, s: [i, s.replace("0", "O")], slice(8, 9)),
        {"label-text": ERROR},
    ),
    "label-text: wide digits": (
        csv_text(lambda text: text.replace(b"\n9,07\n", "\n9,\uff10\uff17\n".encode())),
        {"label-text": ERROR},
    ),
    "label-text: negative": (rows(lambda i, s: [i, f"-{s}"], slice(3)), {"label-text": ERROR}),
    "labels-same": (rows(lambda i, s: [i, "-1"]), {"labels-same": WARNING}),
    # Ids.
    "id-form: file names in the table": (rows(lambda i, s: [f"{i}.png", s]), {"id-form": ERROR}),
    "id-form: decimal in the table": (rows(lambda i, s: [f"{i}.0", s]), {"id-form": ERROR}),
    "id-form: spaces in the table": (rows(lambda i, s: [f"{i} ", s]), {"id-form": ERROR}),
    "ids-twice": (
        csv_text(lambda text: text + b"12,5\n"),
        {"ids-twice": ERROR},
    ),
    "ids-gap": (
        csv_text(lambda text: text.replace(b"\n7,-1\n", b"\n")),
        {"ids-gap": WARNING},
    ),
    "ids-far": (
        lambda made: made.files(
            pred_json=json.dumps([*made.entries, made.entries[0] | dict(image_id=999)]).encode(),
            pred_csv=made.csv + f"999,{made.rows[0][1]}\n".encode(),
        ),
        {"ids-far": WARNING, "string-impossible": ERROR},
    ),
    "ids-disagree": (
        csv_text(lambda text: text[: text.index(b"\n39,") + 1]),
        {"ids-disagree": ERROR},
    ),
    "ids-disagree: from 0": (
        each("image_id", lambda i: i - 1),
        {"ids-disagree": ERROR},
    ),
    # Strings against boxes.
    "string-impossible: another digit": (
        rows(lambda i, s: [i, "08"], slice(8, 9)),
        {"string-impossible": ERROR},
    ),
    "string-impossible: a digit too many": (
        rows(lambda i, s: [i, "077"], slice(8, 9)),
        {"string-impossible": ERROR},
    ),
    "string-impossible: no box": (
        rows(lambda i, s: [i, "12"], slice(6, 7)),
        {"string-impossible": ERROR},
    ),
    "string-order: some": (rows(lambda i, s: [i, "70"], slice(8, 9)), {"string-order": WARNING}),
    "string-order: all": (
        rows(lambda i, s: [i, s if s == "-1" else s[::-1]]),
        {"string-order": ERROR},
    ),
    "strings-moved: down": (
        lambda made: moved(made, lambda strings: ["-1", *strings[:-1]]),
        {"strings-moved": ERROR},
    ),
    "strings-moved: sorted as text": (
        lambda made: moved(made, as_text),
        {"strings-moved": ERROR},
    ),
    "strings-other": (
        lambda made: moved(made, lambda strings: strings[::-1]),
        {"strings-other": WARNING, "string-impossible": ERROR},
    ),
    "zeros-lost": (rows(lambda i, s: [i, str(int(s))]), {"zeros-lost": WARNING}),
}


# With labels: true boxes and sizes are known.
LABELLED = {
    "corners": (each("bbox", corners), {"corners": ERROR}),
    "corners, y first": (
        each("bbox", lambda b: [corners(b)[place] for place in (1, 0, 3, 2)]),
        {"corners": ERROR},
    ),
    "centre": (each("bbox", centre), {"box-layout": ERROR}),
    "y first": (each("bbox", lambda b: [b[1], b[0], b[3], b[2]]), {"box-layout": ERROR}),
    "normalised": (
        lambda made: scaled(made, lambda width, height: (1 / width, 1 / height)),
        {"box-normalised": ERROR},
    ),
    "enlarged": (lambda made: scaled(made, lambda *_: (3, 3)), {"box-frame": ERROR}),
    "one frame for all": (
        lambda made: scaled(made, lambda width, height: (640 / width, 640 / height)),
        {"box-frame": ERROR},
    ),
    "shrunk": (lambda made: scaled(made, lambda *_: (0.3, 0.3)), {"box-frame": ERROR}),
    "outside": (add(bbox=[5000, 3, 9, 9], score=0.1), {"box-outside": WARNING}),
    "rows missing": (
        lambda made: made.files(pred_csv=made.csv[: made.csv.index(b"\n39,") + 1]),
        {"ids-missing": ERROR},
    ),
    "other images": (
        csv_text(lambda text: text + b"41,-1\n99,-1\n"),
        {"ids-unknown": ERROR},
    ),
    "detections on another image": (add(image_id=99), {"ids-unknown": ERROR}),
    "rows from 0": (
        rows(lambda i, s: [str(int(i) - 1), s]),
        {"ids-shifted": ERROR},
    ),
}
# The images' sizes are known, and no true box; "certain" by what fits into the images.
SIZED = {
    name: LABELLED[name]
    for name in ("corners", "corners, y first", "centre", "y first", "normalised", "outside")
} | {
    "enlarged": (lambda made: scaled(made, lambda *_: (3, 3)), {"box-frame": ERROR}),
    "shrunk": (lambda made: scaled(made, lambda *_: (0.3, 0.3)), {"box-frame": WARNING}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_way_of_breaking_is_told_and_causes_nothing_else(name, tmp_path, made):
    breaker, expected = BROKEN[name]
    assert told(check(tmp_path, breaker(made))) == expected


@pytest.mark.parametrize("name", LABELLED)
def test_labels_tell_what_boxes_and_ids_are(name, tmp_path, made, labels):
    breaker, expected = LABELLED[name]
    assert told(check(tmp_path, breaker(made), labels=labels)) == expected


@pytest.mark.parametrize("name", SIZED)
def test_sizes_tell_what_boxes_are(name, tmp_path, made, labels):
    breaker, expected = SIZED[name]
    content = json.loads((tmp_path / "labels.json").read_text()) | dict(annotations=[])
    (tmp_path / "labels.json").write_text(json.dumps(content))
    assert told(check(tmp_path, breaker(made), labels=labels)) == expected


def other_program(made: Made) -> dict[str, bytes]:
    """As pandas and an indented JSON write them, in another order of rows, columns and keys."""
    entries = [dict(reversed(entry.items())) | {"id": n} for n, entry in enumerate(made.entries)]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([("pred_label", "image_id"), *((s, int(i)) for i, s in made.rows[::-1])])
    return made.files(
        pred_json=json.dumps(entries[::-1], indent=4).replace("\n", "\r\n").encode(),
        pred_csv=stream.getvalue().encode(),
    )


@pytest.mark.parametrize("known", ["nothing", "labels", "ids", "images"])
@pytest.mark.parametrize(
    "write", [Made.files, Made.archive, other_program], ids=["files", "zip", "other program"]
)
def test_a_correct_submission_is_left_in_peace(write, known, tmp_path, made, labels):
    sources = {}
    if known == "labels":
        sources = dict(labels=labels)
    elif known == "ids":
        (tmp_path / "ids.csv").write_bytes(made.csv)
        sources = dict(ids=tmp_path / "ids.csv")
    elif known == "images":
        (tmp_path / "test").mkdir()
        for image_id, size in made.sizes.items():
            Image.new("RGB", size).save(tmp_path / "test" / f"{image_id}.png")
        (tmp_path / "test" / "1.png").write_bytes(b"not an image: its size stays unknown")
        sources = dict(images=tmp_path / "test")
    report = check(tmp_path, write(made), **sources)
    expected = {"list-unknown", "images-without"} if known == "nothing" else {"images-without"}
    assert {found.code for found in report.findings} == expected
    assert not fails(report, strict=True)


def test_what_the_package_writes_is_correct(tmp_path, made):
    results = [
        ImageResult(
            int(i),
            f"{i}.png",
            s.replace("-1", ""),
            [e for e in made.entries if e["image_id"] == int(i)],
        )
        for i, s in made.rows
    ]
    write_submission(tmp_path / "out", results)
    (report,) = map(check_submission, open_submissions([tmp_path / "out"]))
    assert [found.code for found in report.findings] == ["images-without", "list-unknown"]
    assert report.facts[0] == "submission.zip holds the same pred.json and pred.csv"


@pytest.fixture
def real(svhn) -> tuple[list[dict], dict[int, str]]:
    """True boxes of real photographs as detections, and the strings."""
    content = json.loads((svhn / "valid.json").read_text())
    strings = {image["id"]: "" for image in content["images"]}
    for annotation in content["annotations"]:
        strings[annotation["image_id"]] += str(annotation["category_id"] - 1)
    keys = ("image_id", "bbox", "category_id")
    return [{k: a[k] for k in keys} | dict(score=1) for a in content["annotations"]], strings


def test_true_boxes_of_real_images_are_correct(tmp_path, svhn, real):
    entries, strings = real
    files = {
        "pred.json": json.dumps(entries).encode(),
        "pred.csv": "\n".join([HEADER, *(f"{i},{s}" for i, s in strings.items())]).encode(),
    }
    assert told(check(tmp_path, files, images=str(svhn / "valid"))) == {}


@pytest.mark.parametrize("seed", range(20))
def test_ten_real_images_tell_corners_from_sizes(seed, tmp_path, real):
    entries, strings = real
    drawn = np.random.default_rng(seed).choice(list(strings), 10, replace=False)
    entries = [entry for entry in entries if entry["image_id"] in drawn]
    (tmp_path / "right").mkdir()
    report = check(tmp_path / "right", {"pred.json": json.dumps(entries).encode()})
    assert told(report) == {}
    wrong = [entry | dict(bbox=corners(entry["bbox"])) for entry in entries]
    report = check(tmp_path, {"pred.json": json.dumps(wrong).encode()})
    assert told(report) == {"corners": ERROR}


def many(made: Made) -> dict[str, bytes]:
    box = made.entries[0]
    made.entries += [{**box, "score": 0.01 + n / 1e5} for n in range(101)]
    return made.files()


def in_two_rows(made: Made) -> dict[str, bytes]:
    for entry in made.entries:
        if entry["image_id"] == 9 and entry["category_id"] == 8:
            x, y, width, height = entry["bbox"]
            entry["bbox"] = [x - 2 * width, y + height, width, height]
    return made.files()


NOTED = {
    "file-name": lambda made: {"model_a.json": made.json, "model_a.csv": made.csv},
    "file-alone": lambda made: {"pred.json": made.json},
    "json-key-twice": json_text(
        lambda text: text.replace(b'"score"', b'"image_id": 1, "score"', 1)
    ),
    "category-unused": lambda made: {
        "pred.json": json.dumps(
            [
                {**e, "score": round(e["score"] - n / 100, 6)}
                for n in range(5)
                for e in made.entries
                if e["category_id"] != 4
            ]
        ).encode()
    },
    "scores-equal": each("score", lambda _: 1.0),
    "scores-cut": lambda made: {
        "pred.json": json.dumps([e for e in made.entries if e["score"] > 0.5]).encode()
    },
    "many": many,
    "label-long": lambda made: made.files(
        pred_json=json.dumps(
            made.entries
            + [
                dict(image_id=7, bbox=[9 * n + 5, 9, 8, 20], score=0.8, category_id=2)
                for n in range(7)
            ]
        ).encode(),
        pred_csv=made.csv.replace(b"\n7,-1\n", b"\n7,1111111\n"),
    ),
    "list-unknown": Made.files,
    "string-rows": in_two_rows,
    "string-weak": each("score", lambda score: score / 30),
    "unread-sure": lambda made: made.files(
        pred_json=json.dumps(
            [*made.entries, dict(image_id=7, bbox=[20, 9, 8, 20], score=0.95, category_id=2)]
        ).encode()
    ),
}


@pytest.mark.parametrize("code", NOTED)
def test_what_is_worth_knowing_is_a_note(code, tmp_path, made):
    report = check(tmp_path, NOTED[code](made))
    assert told(report) == {}
    assert code in {found.code for found in report.findings}
    assert not fails(report, strict=True)


def test_images_without_detections_are_a_note_and_many_a_warning(tmp_path, made, labels):
    for folder, first, expected in (("few", 3, {}), ("many", 30, {"images-without": WARNING})):
        (tmp_path / folder).mkdir()
        for entry in made.entries.copy():
            if entry["image_id"] < first:
                made.entries.remove(entry)
        report = check(tmp_path / folder, {"pred.json": made.json}, labels=labels)
        assert told(report) == expected
        assert "images-without" in {found.code for found in report.findings}


def test_no_rule_is_untried():
    tried = {code for _, expected in [*BROKEN.values(), *LABELLED.values()] for code in expected}
    elsewhere = {"images-without", "file-missing", "zip-stale", "file-large"}
    assert tried | set(NOTED) | elsewhere == set(RULES)


def test_a_folder_must_hold_both_files(tmp_path, made):
    (tmp_path / "pred.json").write_bytes(made.json)
    (tmp_path / "Pred.csv").write_bytes(made.csv)
    (submission,) = open_submissions([tmp_path])
    report = check_submission(submission)
    assert told(report) == {"file-missing": ERROR}
    assert "no file pred.csv; there is Pred.csv" in report.findings[0].what


def test_an_old_zip_beside_newer_files_is_told(tmp_path, made):
    for name, data in made.archive().items():
        (tmp_path / name).write_bytes(data)
    made.entries.pop()
    for name, data in made.files().items():
        (tmp_path / name).write_bytes(data)
    both, packed_too = map(check_submission, open_submissions([tmp_path]))
    assert told(both) == {}
    assert told(packed_too) == {"zip-stale": WARNING}
    assert "pred.json in the zip" in packed_too.findings[0].what


def test_a_folder_with_a_zip_alone_is_its_zip(tmp_path, made):
    for name, data in made.archive().items():
        (tmp_path / name).write_bytes(data)
    (submission,) = open_submissions([tmp_path])
    assert told(check_submission(submission)) == {}


def test_files_of_several_folders_are_paired_by_folder(tmp_path, made):
    paths = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for name, data in made.files().items():
            paths.append(tmp_path / folder / name)
            paths[-1].write_bytes(data)
    names = [submission.name for submission in open_submissions(paths)]
    assert names == [
        f"{tmp_path}/{folder}/pred.json and {tmp_path}/{folder}/pred.csv" for folder in "ab"
    ]


def test_a_huge_file_is_not_read(tmp_path, made, monkeypatch):
    for module in ("member", "archive", "sources"):
        monkeypatch.setattr(f"mmdigits.files.check.{module}.LIMIT", 5000)
    assert told(check(tmp_path, {"pred.json": made.json})) == {"file-large": ERROR}
    bomb = made.archive(("pred.json", bytes(10**6)), ("pred.csv", made.csv))["submission.zip"]
    assert len(bomb) < 5000
    (tmp_path / "submission.zip").write_bytes(bomb)
    (submission,) = open_submissions([tmp_path / "submission.zip"])
    assert told(check_submission(submission)) == {"file-large": ERROR}


def test_a_missing_path_and_an_unusable_list_are_input_errors(tmp_path, made):
    with pytest.raises(InputError, match=r"there is no file .*nothing\.zip"):
        open_submissions([tmp_path / "nothing.zip"])
    with pytest.raises(InputError, match=r"can't read"):
        open_submissions(["a\0b"])
    with pytest.raises(InputError, match=r"there is no file .*nothing\.json"):
        know_images(labels=tmp_path / "nothing.json")
    (tmp_path / "labels.json").write_text("[" + "9" * 5000 + "]")
    with pytest.raises(InputError, match=r"labels\.json is not a JSON file"):
        know_images(labels=tmp_path / "labels.json")


@pytest.mark.parametrize("seed", range(40))
def test_no_content_stops_the_check(seed, tmp_path, made, labels):
    rng = np.random.default_rng(seed)
    files = [made.files, made.archive][seed % 2]()
    for name, data in files.items():
        data = bytearray(data)
        for _ in range(rng.integers(1, 6)):
            place = int(rng.integers(len(data)))
            length = int(rng.integers(1, 300))
            what = rng.integers(4)
            if what == 0:
                data[place] ^= 1 << int(rng.integers(8))
            elif what == 1:
                del data[place : place + length]
            elif what == 2:
                data[place:place] = data[:length]
            else:
                data[place:place] = rng.choice([b"[", b"]", b"{", b"9" * 5000, b'"', b"\0", b","])
        files[name] = bytes(data)
    report = check(tmp_path, files, labels=labels)
    assert page(report).splitlines()[-1].startswith(report.name)


def test_the_page_is_short_narrow_printable_and_the_same_each_time(tmp_path, made):
    made.entries = [
        {**e, "category_id": e["category_id"] - 1, "score": "\x1b[31m\udcff" + "9" * 900}
        for e in made.entries
    ]
    made.rows = [[f"{i}.png", f" {s}\x1b[0m"] for i, s in made.rows]
    (tmp_path / "given").mkdir()
    reports = []
    for _ in range(2):
        (tmp_path / "given").rename(tmp_path / f"before{len(reports)}")
        report = check(tmp_path, made.files())
        reports.append(page(report._replace(name="given")))
    assert reports[0] == reports[1]
    lines = reports[0].splitlines()
    assert len(lines) < 60 and max(map(len, lines)) <= WIDTH
    assert all(line.isprintable() for line in lines)
    errors = sum(found.level == ERROR for found in report.findings)
    assert (
        lines[-1] == f"given: {errors} errors, 0 warnings, 2 notes: it would not be scored as meant"
    )


def test_more_findings_than_fit_on_a_page_get_a_line_each(tmp_path, made):
    odd = [None, "x", [], -1, 1e9, float("nan")]
    for number, entry in enumerate(made.entries):
        for key in ("image_id", "bbox", "score", "category_id"):
            entry[key] = odd[number] if number < len(odd) else entry[key]
    for number, label in enumerate(["", "nan", "1.0", " 1", "[1]", "x", "1,2"]):
        made.rows[number][1] = label
    report = check(tmp_path, made.files())
    text = page(report)
    lines = text.splitlines()
    assert "and, in short:" in lines
    assert len(lines) < 80 and max(map(len, lines[1:-1])) <= WIDTH
    assert all(f"{found.level.upper()} {found.code}: " in text for found in report.findings)


def test_findings_say_how_often_and_where_first(tmp_path, made):
    for entry in made.entries[10:30]:
        entry["category_id"] = 11
    report = check(tmp_path, {"pred.json": made.json})
    (found,) = (found for found in report.findings if found.code == "category-range")
    images = [entry["image_id"] for entry in made.entries[10:15]]
    examples = [f"entry {n} of image {i} (11)" for n, i in enumerate(images, start=10)]
    assert found.what == (
        f"20 of {len(made.entries)} entries: category_id isn't 1 to 10: {', '.join(examples)} "
        "and 15 more"
    )


def run(repository, *args: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "tools/check_submission.py", *map(str, args)]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True)


def test_the_exit_status_tells_the_result(repository, tmp_path, made):
    (tmp_path / "pred.json").write_bytes(made.json)
    (tmp_path / "pred.csv").write_bytes(made.csv)
    good = run(repository, tmp_path)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.endswith(
        f"{tmp_path}: 0 errors, 0 warnings, 2 notes: nothing speaks against handing it in\n"
    )
    (tmp_path / "pred.csv").write_bytes(made.csv.replace(b"\n7,-1\n", b"\n"))
    assert run(repository, tmp_path).returncode == 0
    assert run(repository, "--strict", tmp_path).returncode == 1
    (tmp_path / "pred.csv").write_bytes(made.csv.replace(b"-1", b"\xff"))
    bad = run(repository, tmp_path / "pred.csv", tmp_path / "pred.json")
    assert (bad.returncode, bad.stderr) == (1, "")
    assert "ERROR label-text" in bad.stdout
    none = run(repository, tmp_path / "none.json")
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr.startswith("check_submission: there is no file")
    assert run(repository).returncode == 2


def test_the_check_imports_neither_pytorch_nor_mmdetection():
    code = (
        "import sys, mmdigits.files.check\n"
        "assert not {'torch', 'mmdet', 'mmengine', 'mmcv'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
