import json
import runpy
import subprocess
import sys

import cv2
import numpy as np
import pytest

from mmdigits.datasets import DigitCocoDataset, SyntheticDigitsDataset
from mmdigits.datasets.synthetic import DigitRenderer
from mmdigits.datasets.synthetic.export import contact_sheet, write_contact_sheet, write_folder
from mmdigits.errors import InputError


def test_the_tool_writes_the_pixels_and_boxes_that_the_data_set_draws(tmp_path, repository):
    out = tmp_path / "digits"
    flags = "--train 4 --valid 3 --test 2 --difficulty photo --seed 7 --lengths 0 1 1".split()
    subprocess.run(
        [sys.executable, repository / "tools" / "make_synthetic.py", out, *flags],
        check=True,
        capture_output=True,
    )
    assert sorted(path.name for path in out.iterdir()) == [
        *("test", "train", "train.json", "valid", "valid.json")
    ]
    for split, count in (("train", 4), ("valid", 3), ("test", 2)):
        drawn = SyntheticDigitsDataset(
            count, split, seed=7, difficulty="photo", renderer=dict(lengths=[0, 1, 1])
        )
        stored = DigitCocoDataset(
            ann_file="" if split == "test" else f"{split}.json",
            data_root=str(out),
            data_prefix=dict(img=f"{split}/"),
            test_mode=True,
        )
        assert len(stored) == count
        for index in range(count):
            np.testing.assert_array_equal(
                cv2.imread(stored.get_data_info(index)["img_path"]), drawn.read_image(index)
            )
            assert stored.get_data_info(index)["img_id"] == index + 1
            if split != "test":
                assert stored.get_data_info(index)["truth"] == drawn.get_data_info(index)["truth"]


def test_annotations_are_valid_coco(tmp_path):
    write_folder(tmp_path / "out", dict(train=5, valid=0, test=0), DigitRenderer("easy"), seed=0)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["train", "train.json"]
    content = json.loads((tmp_path / "out" / "train.json").read_text())
    assert [(c["id"], c["name"]) for c in content["categories"]] == [
        (digit + 1, str(digit)) for digit in range(10)
    ]
    ids = [annotation["id"] for annotation in content["annotations"]]
    assert ids == list(range(1, len(ids) + 1))
    sizes = {image["id"]: (image["width"], image["height"]) for image in content["images"]}
    for annotation in content["annotations"]:
        x, y, width, height = annotation["bbox"]
        assert annotation["area"] == width * height
        assert annotation["iscrowd"] == 0
        assert 0 <= x and x + width <= sizes[annotation["image_id"]][0] + 1e-4
        assert 0 <= y and y + height <= sizes[annotation["image_id"]][1] + 1e-4


def test_an_empty_folder_may_be_filled(tmp_path):
    write_folder(tmp_path, dict(test=1), DigitRenderer("easy"), seed=0)
    assert (tmp_path / "test" / "1.png").is_file()


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="isn't empty; nothing was changed"):
        write_folder(tmp_path, dict(train=1), DigitRenderer("easy"), seed=0)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "isn't empty"),
        (["--difficulty", "hard"], "difficulty 'hard'"),
        (["--fonts", "comic"], "font 'comic'"),
        (["--lengths", "-1"], "lengths="),
    ],
)
def test_the_tool_fails_with_one_line(tmp_path, repository, monkeypatch, capsys, flags, message):
    (tmp_path / "notes.txt").write_text("mine")
    tool = runpy.run_path(str(repository / "tools" / "make_synthetic.py"))
    monkeypatch.setattr("sys.argv", ["make_synthetic.py", str(tmp_path), *flags])
    assert tool["main"]() == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_nothing_is_left_behind_when_writing_stops_half_way(tmp_path):
    def stops(items, split):
        yield 0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "out", dict(train=3), DigitRenderer("easy"), 0, stops)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("counts", "seed", "message"),
    [
        (dict(train=0, valid=0), 0, "give a positive number"),
        (dict(train=-1, valid=2), 0, "give a positive number"),
        (dict(train=1), -1, "seed=-1"),
    ],
)
def test_counts_and_seed_are_checked_before_anything_is_written(tmp_path, counts, seed, message):
    with pytest.raises(InputError, match=message):
        write_folder(tmp_path / "out", counts, DigitRenderer("easy"), seed)
    assert list(tmp_path.iterdir()) == []


def test_a_contact_sheet_starts_a_new_row_when_one_is_full():
    white = np.full((10, 30, 3), 255, np.uint8)
    sheet = contact_sheet([white] * 3, width=64, rows=2, height=10)
    assert sheet.shape == (24, 64, 3)
    # Two tiles of 30 x 10 pixels with 2 between them fill a row of 64.
    assert (sheet[:10, :30] == 255).all() and (sheet[:10, 32:62] == 255).all()
    assert (sheet[12:22, :30] == 255).all() and (sheet[12:22, 32:] == 0).all()
    assert (sheet[10:12] == 0).all()


def test_contact_sheets_are_reproducible_files(tmp_path):
    for name in ("a.png", "b.png"):
        write_contact_sheet(tmp_path / name, DigitRenderer("easy"), seed=0)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert cv2.imread(str(tmp_path / "a.png")).std() > 30
    with pytest.raises(InputError, match=r"must be a \.png file"):
        write_contact_sheet(tmp_path / "a.gif", DigitRenderer("easy"), seed=0)
