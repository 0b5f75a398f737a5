import copy
import multiprocessing
import pickle

import cv2
import numpy as np
import pytest
from mmdet.registry import DATASETS
from mmengine.dataset import Compose

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.datasets.image_store import ImageStore

BOXES = {number: [(3, 5, 4, 20, 30)] for number in range(1, 4)}
SIZES = {"a.png": (4, 6), "b.png": (3, 5)}


def image(path: str, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*SIZES[path], 3), dtype=np.uint8)


def test_what_is_put_comes_out_as_a_copy():
    store = ImageStore(SIZES)
    assert store.get("a.png") is None
    for path in SIZES:
        store.put(path, image(path))
    for path in SIZES:
        store.get(path)[:] = 0  # of the copy
        assert np.array_equal(store.get(path), image(path))


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("c.png", image("a.png")),
        ("a.png", image("b.png")),
        ("a.png", image("a.png")[..., :1]),
        ("a.png", image("a.png").astype(np.float32)),
    ],
    ids=["unknown", "another size", "grey", "another kind"],
)
def test_what_does_not_fit_is_not_kept(path, wrong):
    store = ImageStore(SIZES)
    store.put(path, wrong)
    assert store.get(path) is None


def test_no_images_are_no_problem():
    assert ImageStore({}).get("a.png") is None


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
def test_forked_processes_share_it():
    store = ImageStore(SIZES)
    process = multiprocessing.get_context("fork").Process(
        target=store.put, args=("b.png", image("b.png"))
    )
    process.start()
    process.join()
    assert process.exitcode == 0
    assert np.array_equal(store.get("b.png"), image("b.png"))


def test_a_deep_copy_is_the_store_and_a_pickled_one_is_empty():
    store = ImageStore(SIZES)
    store.put("a.png", image("a.png"))
    assert copy.deepcopy(store) is store
    spawned = pickle.loads(pickle.dumps(store))
    assert spawned.get("a.png") is None
    spawned.put("a.png", image("a.png"))
    assert np.array_equal(spawned.get("a.png"), image("a.png"))


@pytest.fixture
def dataset(homework):
    def build(loader: str):
        steps = [dict(type=loader), dict(type="LoadAnnotations", with_bbox=True)]
        return DATASETS.build(
            dict(
                type="DigitCocoDataset",
                data_root=str(folder),
                ann_file="train.json",
                data_prefix=dict(img="train/"),
                pipeline=steps,
            )
        )

    folder = homework(BOXES)
    build.folder = folder
    return build


def test_a_photograph_is_decoded_once_and_is_the_same(dataset, monkeypatch):
    plain, cached = dataset("LoadImageFromFile"), dataset("LoadCachedImage")
    expected = [plain[index] for index in range(3)]
    first = [cached[index] for index in range(3)]
    first[0]["img"][:] = 0  # which a transform in place may do
    for path in (dataset.folder / "train").iterdir():
        path.unlink()
    for got in (first[1:], [cached[index] for index in range(3)]):
        for sample, wanted in zip(got, expected[-len(got) :], strict=True):
            assert sample.keys() == wanted.keys()
            assert np.array_equal(sample["img"], wanted["img"])
            assert sample["img_shape"] == wanted["img_shape"] == sample["ori_shape"]


def test_without_a_store_an_image_is_loaded_as_ever(dataset):
    path = dataset.folder / "train" / "1.png"
    (results,) = [Compose([dict(type="LoadCachedImage")])(dict(img_path=str(path)))]
    assert np.array_equal(results["img"], cv2.imread(str(path)))


def test_an_image_of_another_size_than_it_had_is_not_kept(dataset):
    cached = dataset("LoadCachedImage")
    path = dataset.folder / "train" / "1.png"
    cv2.imwrite(str(path), np.zeros((5, 5, 3), np.uint8))
    assert cached[0]["img"].shape == cached[0]["img"].shape == (5, 5, 3)
