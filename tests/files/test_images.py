import numpy as np
import pytest
from PIL import Image

from mmdigits.errors import InputError
from mmdigits.files.images import assign_image_ids, check_image, list_images


def test_listing_keeps_images_of_the_folder_alone_and_sorts_them(tmp_path):
    for name in ("b.PNG", "a.jpg", "notes.txt", ".DS_Store"):
        (tmp_path / name).touch()
    (tmp_path / "more.png").mkdir()
    assert list_images(tmp_path) == ["a.jpg", "b.PNG"]


def test_listing_a_missing_folder_says_where_to_put_the_photographs(tmp_path):
    with pytest.raises(InputError, match=r"no folder .*nowhere; put the photographs there"):
        list_images(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        pytest.param(["7.png", "007123.jpg"], [7, 7123], id="numbers are ids"),
        pytest.param(["b.png", "a.png", "12.png"], [3, 2, 1], id="one word: all by sorted name"),
        pytest.param(["-1.png"], [1], id="a sign is no number"),
        pytest.param(["²3.png"], [1], id="nor is a digit beyond ASCII"),
        pytest.param([], [], id="empty"),
    ],
)
def test_image_ids(names, ids):
    assert assign_image_ids(names) == ids


def test_two_files_with_one_id_are_an_error():
    with pytest.raises(InputError, match=r"1\.png and 01\.jpg are both image 1"):
        assign_image_ids(["1.png", "2.png", "01.jpg"])


@pytest.mark.parametrize("name", ["x.png", "x.jpg"])
def test_truncated_files_are_found(tmp_path, name):
    path = tmp_path / name
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    assert check_image(path) == (60, 40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 9 // 10])
    with pytest.raises(InputError, match=f"{name} can't be read as an image"):
        check_image(path)


def test_size_is_that_of_the_file_as_stored(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    Image.new("RGB", (60, 40)).save(tmp_path / "turned.jpg", exif=exif)
    assert check_image(tmp_path / "turned.jpg") == (60, 40)


def test_something_else_than_an_image_is_an_error(tmp_path):
    (tmp_path / "x.png").write_text("hello")
    with pytest.raises(InputError, match=r"x\.png can't be read as an image"):
        check_image(tmp_path / "x.png")


def test_a_png_without_pixels_is_an_error(tmp_path):
    path = tmp_path / "x.png"
    Image.new("RGB", (6, 4)).save(path)
    whole = path.read_bytes()
    start, end = whole.index(b"IDAT") - 4, whole.index(b"IEND") - 4
    path.write_bytes(whole[:start] + whole[end:])
    with pytest.raises(InputError, match=r"x\.png can't be read as an image"):
        check_image(path)
