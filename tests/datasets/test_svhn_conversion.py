import gzip
import json
import random
import runpy
import sys
from pathlib import Path

import pytest
from mmdet.registry import DATASETS
from mmengine.config import Config
from svhn_files import png, write_digit_struct, write_folder, write_tar

from mmdigits.datasets import DigitCocoDataset
from mmdigits.datasets.svhn import convert, validation_ids
from mmdigits.errors import InputError


def entries(*numbers):
    """One to three digits an image, SVHN's label 10 among them."""
    return {
        f"{n}.png": [(4 * i, 1, 4, 10, (n + i) % 10 + 1) for i in range(1 + n % 3)] for n in numbers
    }


def members(folder):
    """The files of a folder as SVHN's archives name them."""
    return [(f"train/{path.name}", path.read_bytes()) for path in folder.iterdir()]


def read(path):
    return json.loads(path.read_text())


def ids(path):
    return [image["id"] for image in read(path)["images"]]


def snapshot(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def source(tmp_path):
    """Thirty images, numbered with gaps."""
    return write_folder(tmp_path / "svhn", entries(*range(1, 60, 2)))


def test_the_json_is_the_homeworks(tmp_path):
    folder = write_folder(tmp_path / "svhn", {"7.png": [(1, 2, 3, 4, 10), (-5, 0, 6, 99, 9)]})
    write_digit_struct(
        folder / "digitStruct.mat", {"7.png": [(1, 2, 3, 4, 10), (-5, 0, 6, 99, 9)], "9.png": []}
    )
    (folder / "9.png").write_bytes(png(30, 10))
    assert convert(folder, tmp_path / "out") == {"train": 2}
    content = read(tmp_path / "out" / "train.json")
    box = dict(image_id=7, iscrowd=0)
    assert content["images"] == [
        dict(id=7, file_name="7.png", width=27, height=12),
        dict(id=9, file_name="9.png", width=30, height=10),
    ]
    assert content["annotations"] == [
        dict(id=1, category_id=1, bbox=[1, 2, 3, 4], area=12, **box),
        dict(id=2, category_id=10, bbox=[-5, 0, 6, 99], area=594, **box),
    ]
    assert content["categories"] == [dict(id=d + 1, name=str(d)) for d in range(10)]


def test_the_cut_is_disjoint_complete_and_a_tenth_by_default(tmp_path, source):
    before = snapshot(source)
    assert convert(source, tmp_path / "out") == {"train": 27, "valid": 3}
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        *("train", "train.json", "valid", "valid.json")
    ]
    train, valid = ids(out / "train.json"), ids(out / "valid.json")
    assert sorted(train + valid) == list(range(1, 60, 2))
    assert train == sorted(train) and valid == sorted(valid)
    for split, numbers in (("train", train), ("valid", valid)):
        stored = {path.name: path.read_bytes() for path in (out / split).iterdir()}
        assert stored == {f"{n}.png": (source / f"{n}.png").read_bytes() for n in numbers}
        assert {a["image_id"] for a in read(out / f"{split}.json")["annotations"]} == set(numbers)
    assert snapshot(source) == before


def test_svhn_is_cut_to_the_homeworks_sizes():
    chosen = validation_ids(range(1, 33403), None, seed=0)
    assert len(chosen) == 3340
    assert chosen < set(range(1, 33403))


def test_the_seed_alone_decides_the_cut(tmp_path, source):
    # In another order, and as an archive: the cut goes by SVHN's numbers.
    shuffled = members(source)
    random.Random(1).shuffle(shuffled)
    archive = write_tar(tmp_path / "train.tar.gz", shuffled)
    convert(source, tmp_path / "a", valid=9, seed=3)
    convert(archive, tmp_path / "b", valid=9, seed=3)
    convert(source, tmp_path / "c", valid=9, seed=4)
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")
    assert ids(tmp_path / "a" / "valid.json") != ids(tmp_path / "c" / "valid.json")
    assert ids(tmp_path / "a" / "valid.json") == [5, 11, 27, 29, 31, 33, 37, 45, 53]


@pytest.mark.parametrize("name", ["train.tar.gz", "train.tar"])
def test_an_archive_gives_what_its_folder_gives(tmp_path, source, name):
    strangers = [
        ("./._train", b"macOS"),
        ("train/._1.png", b"macOS"),
        ("train/._digitStruct.mat", b"macOS"),
        ("train/see_bboxes.m", b"MATLAB"),
    ]
    archive = write_tar(tmp_path / name, strangers + members(source))
    convert(archive, tmp_path / "a")
    convert(source, tmp_path / "b")
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")


def test_nothing_is_cut_off_on_request(tmp_path, source):
    assert convert(source, tmp_path / "out", valid=0) == {"train": 30}
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["train", "train.json"]


def test_an_empty_folder_may_be_filled(tmp_path, source):
    (tmp_path / "out").mkdir()
    convert(source, tmp_path / "out")
    assert (tmp_path / "out" / "valid.json").is_file()


def test_configs_read_the_folder_and_take_the_test_set_without_its_labels(
    tmp_path, source, repository, monkeypatch
):
    test = write_folder(tmp_path / "svhn_test", entries(1, 2, 3))
    out = tmp_path / "out"
    assert convert(source, out, test=test) == {"train": 27, "valid": 3, "test": 3}
    monkeypatch.setenv("DIGITS_DATA", str(out))
    config = Config.fromfile(repository / "configs" / "digits" / "faster_rcnn_r50_fpn_v2.py")
    train, valid, unlabelled = (
        DATASETS.build(config[f"{split}_dataloader"].dataset) for split in ("train", "val", "test")
    )
    assert (len(train), len(valid)) == (27, 3)
    assert train[0]["inputs"].shape[0] == 3
    assert [unlabelled.get_data_info(i)["img_id"] for i in range(len(unlabelled))] == [1, 2, 3]
    assert "truth" not in unlabelled.get_data_info(0)
    labelled = DigitCocoDataset("test.json", str(out), dict(img="test/"), test_mode=True)
    # Image 2 has three digits from label 3 on.
    assert labelled.get_data_info(1)["truth"]["string"] == "345"


def make_archive(tmp_path, source, keep=lambda name: True, more=()):
    kept = [(name, content) for name, content in members(source) if keep(name)]
    return write_tar(tmp_path / "train.tar.gz", [*kept, *more])


def without_labels(tmp_path, source):
    return make_archive(tmp_path, source, lambda name: not name.endswith(".mat"))


def folder_without_labels(tmp_path, source):
    (source / "digitStruct.mat").unlink()
    return source


def without_an_image(tmp_path, source):
    return make_archive(tmp_path, source, lambda name: name not in ("train/3.png", "train/41.png"))


def with_one_more_image(tmp_path, source):
    return make_archive(tmp_path, source, more=[("train/2.png", png(9, 9))])


def with_an_image_twice(tmp_path, source):
    return make_archive(tmp_path, source, more=[("extra/3.png", png(9, 9))])


def cut_off(tmp_path, source):
    archive = make_archive(tmp_path, source)
    archive.write_bytes(archive.read_bytes()[:-500])
    return archive


def with_a_flipped_bit(tmp_path, source):
    archive = make_archive(tmp_path, source)
    content = bytearray(archive.read_bytes())
    content[-8] ^= 0x10  # in gzip's checksum, behind the end of the tar
    archive.write_bytes(content)
    return archive


def not_an_archive(tmp_path, source):
    path = tmp_path / "train_32x32.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(4096))
    return path


def not_a_tar(tmp_path, source):
    path = tmp_path / "1.png.gz"
    path.write_bytes(gzip.compress(png(9, 9) * 100))
    return path


def labels_not_hdf5(tmp_path, source):
    (source / "digitStruct.mat").write_bytes(b"MATLAB 5.0 MAT-file".ljust(4096))
    return source


def a_name_without_number(tmp_path, source):
    write_digit_struct(source / "digitStruct.mat", entries(1, 3) | {"../4.png": [(1, 1, 1, 1, 1)]})
    return source


def one_number_twice(tmp_path, source):
    write_digit_struct(source / "digitStruct.mat", entries(1, 3) | {"01.png": [(1, 1, 1, 1, 1)]})
    return source


def a_wrong_label(tmp_path, source):
    write_digit_struct(source / "digitStruct.mat", entries(1) | {"3.png": [(1, 1, 1, 1, 11)]})
    return source


def a_broken_image(tmp_path, source):
    (source / "3.png").write_bytes(b"not a picture")
    return source


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda tmp_path, source: tmp_path / "train.tgz", r"there is no .*train\.tgz; give SVHN's"),
        (without_labels, r"train\.tar\.gz has no digitStruct\.mat"),
        (folder_without_labels, r"svhn has no digitStruct\.mat"),
        (without_an_image, r"train\.tar\.gz lacks 2 images .* lists: 3\.png, 41\.png; it may be"),
        (with_one_more_image, r"has 1 images that its digitStruct\.mat doesn't list: 2\.png"),
        (with_an_image_twice, r"holds 3\.png twice"),
        (cut_off, r"train\.tar\.gz isn't a tar archive, or is truncated or damaged"),
        (with_a_flipped_bit, r"train\.tar\.gz isn't a tar archive, or is truncated or damaged"),
        (not_an_archive, r"train_32x32\.mat isn't a tar archive"),
        (not_a_tar, r"1\.png\.gz isn't a tar archive"),
        (labels_not_hdf5, r"svhn: .*svhn: digitStruct\.mat is not HDF5"),
        (a_name_without_number, r"names '\.\./4\.png'; each entry must be its own NUMBER\.png"),
        (one_number_twice, "names one number twice"),
        (a_wrong_label, r"svhn: digitStruct\.mat: '3\.png' has the label 11"),
        (a_broken_image, r"3\.png, for train, can't be read as an image"),
    ],
)
def test_wrong_input_is_one_line_and_leaves_nothing_behind(tmp_path, source, spoil, message):
    given = spoil(tmp_path, source)
    before = snapshot(tmp_path)
    with pytest.raises(InputError, match=message) as error:
        convert(given, tmp_path / "out", valid=1)
    assert "\n" not in str(error.value)
    assert "partial" not in str(error.value)
    assert snapshot(tmp_path) == before
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(valid=30), "30 of 30 images for validation; allowed are 0 to 29"),
        (dict(valid=-1), "-1 of 30 images"),
        (dict(seed=-1), "the seed is -1"),
        (dict(test=Path("nowhere.tar.gz")), r"there is no nowhere\.tar\.gz"),
        (dict(seed=2**32), "the seed is 4294967296; allowed are 0 to 4294967295"),
    ],
)
def test_wrong_options_leave_nothing_behind(tmp_path, source, options, message):
    with pytest.raises(InputError, match=message):
        convert(source, tmp_path / "out", **options)
    assert [path.name for path in tmp_path.iterdir()] == ["svhn"]


def test_a_folder_in_use_is_not_touched(tmp_path, source):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="isn't empty; nothing was changed"):
        convert(source, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["notes.txt"]


def test_the_tool_converts_and_says_what_is_wrong(
    tmp_path, source, repository, monkeypatch, capsys
):
    archive = write_tar(tmp_path / "train.tar.gz", members(source))
    options = [str(archive), str(tmp_path / "out"), "--valid=4", "--seed=2"]
    monkeypatch.setattr(sys, "argv", ["convert_svhn.py", *options])
    main = runpy.run_path(str(repository / "tools" / "convert_svhn.py"))["main"]
    assert main() == 0
    assert capsys.readouterr().out.endswith("out: 26 train, 4 valid\n")
    convert(source, tmp_path / "same", valid=4, seed=2)
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "same")
    assert main() == 1
    error = capsys.readouterr().err
    assert error.startswith("svhn: ") and error.count("\n") == 1


def test_real_photographs_survive_the_way_through_svhns_own_form(tmp_path, svhn):
    content = read(svhn / "valid.json")
    boxes = {image["file_name"]: [] for image in content["images"]}
    for a in content["annotations"]:
        boxes[f"{a['image_id']}.png"].append([*a["bbox"], a["category_id"] - 1 or 10])
    write_digit_struct(tmp_path / "digitStruct.mat", boxes)
    photographs = [(f"train/{path.name}", path.read_bytes()) for path in (svhn / "valid").iterdir()]
    labels = ("train/digitStruct.mat", (tmp_path / "digitStruct.mat").read_bytes())
    convert(write_tar(tmp_path / "train.tar.gz", [*photographs, labels]), tmp_path / "out", valid=0)
    found = read(tmp_path / "out" / "train.json")
    assert found["images"] == sorted(content["images"], key=lambda image: image["id"])
    assert [(a["image_id"], a["category_id"], a["bbox"]) for a in found["annotations"]] == [
        (a["image_id"], a["category_id"], a["bbox"]) for a in content["annotations"]
    ]
    # Building it compares each file's size with the JSON's and looks for truncation.
    assert len(DigitCocoDataset("train.json", str(tmp_path / "out"), dict(img="train/"))) == 300
