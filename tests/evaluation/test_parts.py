import json
from pathlib import Path

import pytest

from mmdigits.errors import InputError
from mmdigits.evaluation.parts import ReadingParts
from mmdigits.files.submission import ImageResult

ABOUT = dict(config="a.py", tta=False)


def result(place: int) -> ImageResult:
    rows = [dict(image_id=place, bbox=[1.5, 2.0, 3.0, 4.0], score=0.5, category_id=3)]
    return ImageResult(place, f"{place}.png", str(place), rows, dict(image_id=place))


def fill(parts: ReadingParts, *numbers: int) -> None:
    for number, places in list(parts.missing()):
        if number in numbers:
            parts.write(number, [result(place) for place in places])


def test_what_is_written_is_no_longer_missing_and_read_in_order(tmp_path):
    parts = ReadingParts(tmp_path / "parts", ABOUT, images=7, size=3)
    assert parts.count == 3 and not parts.folder.exists()
    parts.begin()
    assert list(parts.missing()) == [(0, range(0, 3)), (1, range(3, 6)), (2, range(6, 7))]
    fill(parts, 1)
    again = ReadingParts(tmp_path / "parts", ABOUT, images=7, size=3)
    assert [number for number, _ in again.missing()] == [0, 2] and again.present() == 1
    fill(again, 0, 2)
    assert list(again.read()) == [result(place) for place in range(7)]
    names = sorted(path.name for path in (tmp_path / "parts").iterdir())
    assert names == ["about.json", *(f"part-000000{number}.jsonl" for number in range(3))]


def test_shards_share_the_parts(tmp_path):
    parts = ReadingParts(tmp_path, ABOUT, images=50, size=10)
    shares = [[number for number, _ in parts.missing(shard, 2)] for shard in range(2)]
    assert shares == [[0, 2, 4], [1, 3]]


def test_what_another_process_read_meanwhile_is_passed_over(tmp_path):
    parts = ReadingParts(tmp_path, ABOUT, images=30, size=10)
    left = parts.missing()
    assert next(left)[0] == 0
    fill(parts, 1)
    assert [number for number, _ in left] == [2]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (dict(about=dict(ABOUT, config="b.py")), "config"),
        (dict(images=8), "images"),
        (dict(size=4, about=dict(ABOUT, tta=True)), "tta, part_size"),
    ],
)
def test_another_reading_is_refused(tmp_path, change, named):
    given = dict(about=ABOUT, images=7, size=3)
    late = ReadingParts(tmp_path, **(given | change))
    ReadingParts(tmp_path, **given).begin()
    before = (tmp_path / "about.json").read_text()
    with pytest.raises(InputError, match=f"about.json with other {named};"):
        ReadingParts(tmp_path, **(given | change))
    with pytest.raises(InputError, match=f"about.json with other {named};"):
        late.begin()
    assert (tmp_path / "about.json").read_text() == before


def test_other_weights_or_images_are_refused(tmp_path):
    weights = tmp_path / "a.pth"
    weights.write_bytes(b"1")
    paths = [Path("1.png"), Path("2.png")]
    ReadingParts.open(tmp_path / "parts", ABOUT, weights, paths, 10).begin()
    ReadingParts.open(tmp_path / "parts", ABOUT, weights, paths, 10).begin()
    with pytest.raises(InputError, match="other names;"):
        ReadingParts.open(tmp_path / "parts", ABOUT, weights, [Path("1.png"), Path("3.png")], 10)
    weights.write_bytes(b"2")
    with pytest.raises(InputError, match="other checkpoint;"):
        ReadingParts.open(tmp_path / "parts", ABOUT, weights, paths, 10)


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_damaged_folder_is_one_line(tmp_path, content):
    (tmp_path / "about.json").write_text(content)
    with pytest.raises(InputError, match=r"about.json is damaged; remove it if"):
        ReadingParts(tmp_path, ABOUT, images=7, size=3)


@pytest.mark.parametrize("last", ["{\n", json.dumps(dict(image=1)), "[1]", "\n", ""])
def test_a_damaged_part_is_one_line(tmp_path, last):
    parts = ReadingParts(tmp_path, ABOUT, images=3, size=2)
    fill(parts, 0, 1)
    path = tmp_path / "part-0000000.jsonl"
    path.write_text(path.read_text().splitlines(keepends=True)[0] + last)
    with pytest.raises(InputError, match=r"part-0000000.jsonl is damaged; remove it"):
        list(parts.read())


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file; name a folder"):
        ReadingParts(tmp_path / "file", ABOUT, images=1, size=1)
