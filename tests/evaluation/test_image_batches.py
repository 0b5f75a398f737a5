import time
from pathlib import Path

import pytest
import torch
from mmengine.dataset import Compose
from PIL import Image

from mmdigits.errors import InputError
from mmdigits.evaluation.image_batches import load_batches
from mmdigits.files.images import check_image

WIDTHS = [64, 90, 64, 96, 64, 64, 33, 64, 95]


def images(count: int) -> list[tuple[Path, int]]:
    return [(Path(f"{number}.png"), number) for number in range(count)]


def pipeline(data: dict) -> dict:
    return dict(inputs=torch.zeros(3, 32, WIDTHS[data["img_id"] % len(WIDTHS)]), data_samples=data)


def places(batches) -> list[list[int]]:
    return [[place for place, _ in batch] for batch in batches]


@pytest.mark.parametrize("workers", [0, 1])
def test_images_of_one_padded_shape_go_together(workers):
    batches = list(load_batches(pipeline, images(9), 3, divisor=32, workers=workers))
    assert places(batches) == [[0, 2, 4], [5, 6, 7], [1, 3, 8]]
    for batch in batches:
        for place, sample in batch:
            assert sample["data_samples"] == dict(img_path=f"{place}.png", img_id=place)


def test_without_a_divisor_shapes_are_equal():
    batches = load_batches(pipeline, images(9), 3, workers=0)
    assert places(batches) == [[0, 2, 4], [1], [3], [5, 7], [6], [8]]


def test_views_of_an_image_stay_together():
    def views(data):
        return dict(
            inputs=[torch.zeros(3, 32, 32 * (1 + data["img_id"] // 2)), torch.zeros(3, 8, 8)]
        )

    assert places(load_batches(views, images(4), 2, 32, workers=0)) == [[0, 1], [2, 3]]


def test_no_image_waits_for_more_than_the_window():
    def rare(data):
        return dict(inputs=torch.zeros(3, 32, 64 if data["img_id"] == 1 else 32))

    loaded = []
    counted = lambda data: loaded.append(1) or rare(data)  # noqa: E731
    after = {}
    for batch in load_batches(counted, images(40), 2, workers=0, window=6):
        after.update({place: len(loaded) - place for place, _ in batch})
    assert sorted(after) == list(range(40))
    # Images are loaded two at a time.
    assert max(after.values()) == after[1] <= 6 + 2


def test_no_more_images_wait_than_memory_holds():
    def all_differ(data):
        return dict(inputs=torch.zeros(3, 32, 32 * (1 + data["img_id"]), dtype=torch.uint8))

    sizes = [all_differ(dict(img_id=number))["inputs"].nbytes for number in range(12)]
    loaded, given = [], []
    counted = lambda data: loaded.append(data["img_id"]) or all_differ(data)  # noqa: E731
    memory = sum(sizes[:5])
    for batch in load_batches(counted, images(12), 2, divisor=32, workers=0, memory=memory):
        given += [place for place, _ in batch]
        waiting = set(loaded[:-2]) - set(given)  # the last two are only being loaded
        assert sum(sizes[place] for place in waiting) <= memory
    assert given == list(range(12))


def test_a_batch_of_one_shape_fills_whatever_its_size():
    batches = load_batches(pipeline, images(1), 3, workers=0, memory=0)
    assert places(batches) == [[0]]
    alike = lambda data: dict(inputs=torch.zeros(3, 32, 32))  # noqa: E731
    assert places(load_batches(alike, images(6), 3, workers=0, memory=0)) == [[0, 1, 2], [3, 4, 5]]


def test_nothing_is_loaded_long_before_it_is_wanted():
    loaded = []
    counted = lambda data: loaded.append(1) or pipeline(data)  # noqa: E731
    batches = load_batches(counted, images(10**6), 4, divisor=32, workers=0)
    next(batches)
    assert len(loaded) < 20


def test_loading_goes_on_while_a_batch_is_worked_on(tmp_path):
    def noted(data):
        (tmp_path / data["img_path"]).touch()
        return dict(inputs=torch.zeros(3, 32, 32))

    batches = load_batches(noted, images(8), 2, workers=1)
    next(batches)
    for _ in range(1000):
        if (tmp_path / "3.png").exists():
            break
        time.sleep(0.01)
    else:
        pytest.fail("nothing more was loaded")


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("error", [InputError("no digit"), FileNotFoundError(2, "gone", "1.png")])
def test_what_goes_wrong_in_loading_is_raised_as_it_was(workers, error):
    def broken(data):
        if data["img_id"] == 1:
            raise error
        return pipeline(data)

    with pytest.raises(type(error)) as caught:
        list(load_batches(broken, images(3), 2, workers=workers))
    assert str(caught.value) == str(error)


def test_what_waits_is_not_in_shared_memory():
    batches = load_batches(pipeline, images(9), 9, workers=1)
    for batch in batches:
        assert not any(sample["inputs"].is_shared() for _, sample in batch)


def test_no_images_are_no_batches():
    assert list(load_batches(pipeline, [], 4)) == []


def test_an_image_that_opencv_cannot_decode_is_one_line(tmp_path):
    path = tmp_path / "1.png"
    Image.new("RGB", (30, 20), "red").save(path)
    path.write_bytes(path.read_bytes()[:-4])  # of the last chunk, which Pillow passes over
    check_image(path)
    load = Compose([dict(type="LoadImageFromFile")])
    with pytest.raises(InputError, match=r"1\.png can't be loaded or prepared \(.+\); replace"):
        list(load_batches(load, [(path, 1)], 1, workers=0))
