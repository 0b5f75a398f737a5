import h5py
import numpy as np
import pytest
from svhn_files import write_digit_struct

from mmdigits.datasets.svhn import Entry, read_digit_struct
from mmdigits.datasets.svhn.small_datasets import SmallDatasets
from mmdigits.errors import InputError

# left, top, width, height, label. The first is stored inline, the others by reference.
ENTRIES = {
    "1.png": [(5, 6, 7, 8, 10)],
    "23.png": [(1, 2, 3, 4, 1), (-2, 0.5, 900, 40, 10), (9, 8, 7, 6, 9)],
    "4.png": [(0, 0, 12, 20, 5), (12, 1, 12, 20, 5)],
}
EXPECTED = [
    Entry("1.png", [[5, 6, 7, 8]], [0]),
    Entry("23.png", [[1, 2, 3, 4], [-2, 0.5, 900, 40], [9, 8, 7, 6]], [1, 0, 9]),
    Entry("4.png", [[0, 0, 12, 20], [12, 1, 12, 20]], [5, 5]),
]


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "digitStruct.mat"
    write_digit_struct(path, ENTRIES)
    return path


def edit(path, change):
    """Apply a change through h5py; the file goes on being one of MATLAB's form."""
    with h5py.File(path, "r+") as file:
        change(file)


def test_boxes_and_digits_come_in_file_order_and_label_ten_is_zero(labels):
    assert read_digit_struct(labels) == EXPECTED


def test_whole_numbers_are_ints_so_that_the_json_reads_like_the_homeworks(labels):
    boxes = read_digit_struct(labels)[1].bboxes
    assert [type(value) for value in boxes[1]] == [int, float, int, int]


def test_a_file_of_matlabs_form_is_read_without_opening_its_numbers(labels, monkeypatch):
    def refuse(dataset):
        raise AssertionError("a number was read through the library")

    monkeypatch.setattr("mmdigits.datasets.svhn.small_datasets.read_flat", refuse)
    assert read_digit_struct(labels) == EXPECTED


@pytest.mark.parametrize("form", ["latest format", "chunks", "big-endian", "single precision"])
def test_other_forms_of_storage_give_the_same_labels(tmp_path, form):
    path = tmp_path / "digitStruct.mat"
    write_digit_struct(
        path,
        ENTRIES,
        libver="latest" if form == "latest format" else "earliest",
        number={"big-endian": ">f8", "single precision": "<f4"}.get(form, "<f8"),
        chunks=form == "chunks",
    )
    assert read_digit_struct(path) == EXPECTED


def test_small_datasets_agree_with_the_library_on_every_object(labels):
    with h5py.File(labels) as file:
        small = SmallDatasets(file, labels.read_bytes())
        compared = 0
        for name in file["#refs#"]:
            item = file["#refs#"][name]
            if isinstance(item, h5py.Dataset):
                found = small.read(h5py.h5o.get_info(item.id).addr, opening_is_an_error)
                np.testing.assert_array_equal(found, item[()].ravel())
                compared += 1
    # A name for each entry, and five numbers for each box of the two that have several.
    assert compared == 3 + 5 * (3 + 2)


def opening_is_an_error():
    raise AssertionError("this dataset is stored the plain way")


@pytest.mark.parametrize("damage", [0, 1, 12, 40])
def test_small_datasets_leave_a_damaged_header_to_the_library(labels, damage):
    content = bytearray(labels.read_bytes())
    with h5py.File(labels) as file:
        item = file[file["digitStruct/name"][0, 0]]
        start = 512 + h5py.h5o.get_info(item.id).addr
        content[start + damage : start + damage + 8] = b"\xff" * 8
        found = SmallDatasets(file, bytes(content)).read(start - 512, lambda: item.id)
    assert found.tobytes().decode("utf-16-le") == "1.png"


@pytest.mark.parametrize("label", [0, 11, -1, 2.5, float("nan")])
def test_a_label_outside_svhns_is_named_with_its_image(tmp_path, label):
    path = tmp_path / "digitStruct.mat"
    write_digit_struct(path, {"1.png": [(1, 1, 5, 9, 3)], "2.png": [(1, 1, 5, 9, label)]})
    with pytest.raises(InputError, match=rf"'2\.png' has the label {label:g}; SVHN's are 1 to 9"):
        read_digit_struct(path)


def test_a_box_must_be_finite(tmp_path):
    path = tmp_path / "digitStruct.mat"
    write_digit_struct(path, {"1.png": [(1, float("inf"), 5, 9, 3)], "2.png": [(1, 1, 5, 9, 3)]})
    with pytest.raises(InputError, match=r"'1\.png' has a box that isn't four finite numbers"):
        read_digit_struct(path)


@pytest.mark.parametrize("size", [(0, 9), (5, -1)])
def test_a_box_must_have_an_area(tmp_path, size):
    path = tmp_path / "digitStruct.mat"
    write_digit_struct(path, {"1.png": [(1, 1, *size, 3)], "2.png": [(1, 1, 5, 9, 3)]})
    with pytest.raises(InputError, match=r"'1\.png' has a box without width or height"):
        read_digit_struct(path)


def point_at_nothing(file):
    empty = file.create_dataset("empty", shape=(0,), dtype=float)
    group = file[file["digitStruct/bbox"][1, 0]]
    group["height"][0, 0] = empty.ref


def point_nowhere(file):
    group = file[file["digitStruct/bbox"][1, 0]]
    group["height"][0, 0] = h5py.Reference()


def drop_a_height(file):
    group = file[file["digitStruct/bbox"][1, 0]]
    heights = group["height"][:2]
    del group["height"]
    group.create_dataset("height", data=heights, dtype=h5py.ref_dtype)


def lose_a_struct(file):
    file["digitStruct/bbox"][2, 0] = file["digitStruct/name"][2, 0]


def lose_a_name(file):
    names = file["digitStruct/name"][:2]
    del file["digitStruct/name"]
    file["digitStruct"].create_dataset("name", data=names, dtype=h5py.ref_dtype)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop_a_height, r"'23\.png' has fields of \[2, 3\] values"),
        (lose_a_struct, r"'4\.png' has no boxes"),
        (lose_a_name, "has 2 names but 3 bbox"),
        (point_at_nothing, "can't be read as SVHN's digitStruct"),
        (point_nowhere, "can't be read as SVHN's digitStruct"),
        (lambda file: file.move("digitStruct", "other"), "can't be read as SVHN's digitStruct"),
        (lambda file: file["digitStruct"].move("bbox", "box"), "can't be read as SVHN's"),
    ],
)
def test_a_struct_that_isnt_svhns_is_one_clear_line(labels, change, message):
    edit(labels, change)
    with pytest.raises(InputError, match=message) as error:
        read_digit_struct(labels)
    assert "\n" not in str(error.value)


def test_files_that_arent_hdf5_or_are_cut_off_are_one_clear_line(tmp_path, labels):
    with pytest.raises(InputError, match=r"there is no file .*nothing\.mat"):
        read_digit_struct(tmp_path / "nothing.mat")
    older = tmp_path / "older.mat"
    older.write_bytes(b"MATLAB 5.0 MAT-file".ljust(2048))
    with pytest.raises(InputError, match=r"older\.mat is not HDF5"):
        read_digit_struct(older)
    whole = labels.read_bytes()
    for share in (0.3, 0.6, 0.9):
        labels.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InputError, match="fetch it again") as error:
            read_digit_struct(labels)
        assert "\n" not in str(error.value)
