import numpy as np
import pytest
import torch
from mmdet.registry import DATASETS
from torch.utils.data import DataLoader

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.datasets.samplers import EpochIndexSampler
from mmdigits.errors import InputError

PIPELINE = [
    dict(type="LoadAnnotations", with_bbox=True),
    dict(type="RandomResize", scale=(128, 64), ratio_range=(0.5, 2.0), keep_ratio=True),
    dict(type="PhotoMetricDistortion"),
    dict(type="PackDetInputs"),
]


def build(num_images=6, **kwargs):
    config = dict(type="SyntheticDigitsDataset", num_images=num_images, pipeline=[])
    return DATASETS.build(dict(config, **kwargs))


def same(a, b):
    return a["inputs"].shape == b["inputs"].shape and torch.equal(a["inputs"], b["inputs"])


def test_a_sample_has_what_pipelines_and_evaluators_need():
    dataset = build(split="valid")
    info = dataset.get_data_info(4)
    drawn = dataset.draw(4)
    np.testing.assert_array_equal(info["img"], drawn.image)
    np.testing.assert_array_equal(dataset.read_image(4), drawn.image)
    assert (info["height"], info["width"]) == drawn.image.shape[:2]
    assert (info["img_id"], info["sample_idx"]) == (5, 4)
    assert info["img_path"] == "synthetic/valid/5.png"
    assert [i["bbox"] for i in info["instances"]] == drawn.bboxes.tolist()
    assert [i["bbox_label"] for i in info["instances"]] == drawn.labels.tolist()
    assert {i["ignore_flag"] for i in info["instances"]} == {0}
    assert info["truth"] == dict(
        string=drawn.string,
        bboxes=drawn.bboxes.tolist(),
        labels=drawn.labels.tolist(),
        ignore_flags=[0] * len(drawn.string),
    )
    assert dataset.get_cat_ids(4) == drawn.labels.tolist()
    assert dataset.metainfo["classes"] == tuple("0123456789")


def test_packed_samples_hold_the_boxes():
    data = build(pipeline=[PIPELINE[0], PIPELINE[-1]])[2]
    instances = data["data_samples"].gt_instances
    drawn = build().draw(2)
    np.testing.assert_allclose(instances.bboxes.numpy(), drawn.bboxes)
    assert instances.labels.tolist() == drawn.labels.tolist()
    assert data["inputs"].shape[1:] == drawn.image.shape[:2]


def test_epochs_splits_and_seeds_are_different_images():
    variants = [
        build().draw(1),
        build().draw(6 + 1),
        build().draw(12 + 1),
        build(split="valid").draw(1),
        build(split="test").draw(1),
        build(seed=1).draw(1),
    ]
    assert len({drawn.image.tobytes() for drawn in variants}) == len(variants)


def test_a_later_epoch_keeps_the_id_of_the_position():
    info = build().get_data_info(6 * 40 + 3)
    assert (info["img_id"], info["sample_idx"]) == (4, 3)


def test_negative_indices_count_from_the_end():
    dataset = build()
    np.testing.assert_array_equal(dataset.draw(-1).image, dataset.draw(5).image)
    with pytest.raises(IndexError, match="index -7 of 6"):
        dataset.draw(-7)


def test_random_transforms_depend_on_the_sample_alone():
    dataset = build(pipeline=PIPELINE)
    torch.manual_seed(1)
    np.random.seed(1)
    first = [dataset[index] for index in range(6)]
    np.random.seed(2)
    again = [dataset[index] for index in reversed(range(6))][::-1]
    assert all(map(same, first, again))


def test_random_transforms_leave_the_global_generators_alone():
    dataset = build(pipeline=PIPELINE)
    np.random.seed(5)
    torch.manual_seed(5)
    expected = np.random.random(), torch.rand(1)
    np.random.seed(5)
    torch.manual_seed(5)
    dataset[0]
    assert (np.random.random(), torch.rand(1)) == expected


def drop(results):
    """A transform that drops the images of odd positions."""
    return None if results["img_id"] % 2 == 0 else results


def test_the_next_position_replaces_a_sample_that_the_pipeline_drops():
    dataset = build(pipeline=[drop])
    indices = [0, 1, 5, 6 + 1]
    assert [dataset[index]["img_id"] for index in indices] == [1, 3, 1, 3]
    np.testing.assert_array_equal(dataset[6 + 1]["img"], dataset.draw(6 + 2).image)


def test_a_pipeline_that_drops_everything_is_an_error():
    with pytest.raises(InputError, match="dropped all 6 samples"):
        build(pipeline=[lambda results: None])[0]


def epochs_of(dataset, workers, epochs):
    sampler = EpochIndexSampler(dataset, shuffle=True, seed=0)
    loader = DataLoader(
        dataset,
        batch_size=None,
        sampler=sampler,
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    for epoch in epochs:
        sampler.set_epoch(epoch)
        yield [sample["inputs"] for sample in loader]


@pytest.mark.parametrize("difficulty", ["easy", "photo"])
def test_workers_and_resuming_do_not_change_a_sample(difficulty):
    dataset = build(pipeline=PIPELINE, difficulty=difficulty)
    plain = list(epochs_of(dataset, 0, [0, 1]))
    parallel = list(epochs_of(dataset, 2, [0, 1]))
    (resumed,) = epochs_of(dataset, 0, [1])
    for a, b in zip(plain, parallel, strict=True):
        assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))
    assert all(torch.equal(x, y) for x, y in zip(plain[1], resumed, strict=True))
    # No image of the first epoch comes again in the second.
    assert not {x.numpy().tobytes() for x in plain[0]} & {x.numpy().tobytes() for x in plain[1]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(num_images=0), "num_images=0 must be at least 1"),
        (dict(split="val"), "split='val' is unknown.*'valid'"),
        (dict(seed=-1), "seed=-1"),
        (dict(difficulty="hard"), "difficulty 'hard'"),
        (dict(renderer=dict(blurr=1)), "blurr"),
        (dict(metainfo=dict(classes=("1", "0"))), "metainfo.classes"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        build(**arguments)
