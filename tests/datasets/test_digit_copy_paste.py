import copy

import cv2
import numpy as np
import pytest
from mmdet.registry import DATASETS, TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.datasets.transforms import DigitCopyPaste
from mmdigits.datasets.transforms.ink_and_paper import digit_strokes, find_ink_and_paper
from mmdigits.errors import InputError

BLACK, WHITE, RED, GREEN = (20, 20, 20), (230, 230, 230), (40, 40, 200), (60, 160, 60)


def photograph(*digits, size=(120, 60), paper=WHITE, ink=BLACK, ignore=()):
    """Digits of 18 x 30 pixels in tight boxes, at the given left edges, 15 pixels below the top."""
    image = np.full((size[1], size[0], 3), paper, np.uint8)
    boxes, labels = [], []
    for digit, left in digits:
        mask = np.zeros((80, 80), np.uint8)
        cv2.putText(mask, str(digit), (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 5, cv2.LINE_AA)
        x, y, width, height = cv2.boundingRect(mask)
        glyph = cv2.resize(mask[y : y + height, x : x + width], (18, 30))[..., None] / 255
        right = min(left + 18, size[0])
        cut = image[15:45, max(left, 0) : right]
        seen = glyph[:, max(-left, 0) : right - left]
        cut[:] = cut + (np.array(ink) - cut) * seen
        boxes.append([left, 15, left + 18, 45])
        labels.append(digit)
    return dict(
        img=image,
        gt_bboxes=HorizontalBoxes(np.array(boxes, np.float32).reshape(-1, 4)),
        gt_bboxes_labels=np.array(labels, np.int64),
        gt_ignore_flags=np.array([left in ignore for _, left in digits], bool),
    )


def paste(results, *donors, **changes):
    transform = TRANSFORMS.build(dict(type="DigitCopyPaste", **{"prob": 1.0, **changes}))
    return transform({**copy.deepcopy(results), "mix_results": list(donors)})


def patch(results, left):
    return results["img"][15:45, max(left, 0) : left + 18].astype(float)


def test_the_donors_digit_and_label_take_the_place():
    old, donor = photograph((2, 50)), photograph((7, 20))
    new = paste(old, donor)
    assert new["gt_bboxes_labels"].tolist() == [7]
    assert (new["gt_bboxes"].tensor == old["gt_bboxes"].tensor).all()
    assert np.abs(patch(new, 50) - patch(donor, 20)).max() < 20
    assert np.abs(patch(new, 50) - patch(old, 50)).max() > 150


@pytest.mark.parametrize(
    ("paper", "ink"), [(BLACK, WHITE), (RED, GREEN), (WHITE, RED)], ids=["inverted", "hue", "ink"]
)
def test_the_digit_comes_in_the_colours_of_its_new_place(paper, ink):
    old, donor = photograph((2, 50), paper=paper, ink=ink), photograph((7, 20))
    expected = photograph((7, 50), paper=paper, ink=ink)
    new = paste(old, donor)
    assert new["gt_bboxes_labels"].tolist() == [7]
    assert np.abs(patch(new, 50) - patch(expected, 50)).mean() < 6


def test_far_from_the_digit_nothing_changes():
    old = photograph((2, 50))
    new = paste(old, photograph((7, 20)), feather=0.1)
    changed = np.argwhere((new["img"] != old["img"]).any(axis=2))
    # A feather of 1.8 pixels around the box.
    assert changed.min(axis=0).tolist() >= [13, 48] and changed.max(axis=0).tolist() <= [46, 69]


def test_a_digit_is_resampled_to_its_new_box():
    donor = photograph((7, 20))
    large = cv2.resize(donor["img"], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    boxes = HorizontalBoxes(donor["gt_bboxes"].tensor * 3)
    new = paste(photograph((2, 50)), {**donor, "img": large, "gt_bboxes": boxes})
    assert new["gt_bboxes_labels"].tolist() == [7]
    assert np.abs(patch(new, 50) - patch(donor, 20)).mean() < 12


def test_the_given_samples_arrays_are_not_modified():
    old, donor = photograph((2, 50)), photograph((7, 20))
    sample = {**copy.deepcopy(old), "mix_results": [donor]}
    image, labels, theirs = sample["img"], sample["gt_bboxes_labels"], donor["img"].copy()
    DigitCopyPaste(prob=1.0)(sample)
    assert np.array_equal(image, old["img"]) and labels.tolist() == [2]
    assert np.array_equal(donor["img"], theirs)


def test_what_describes_the_file_goes_when_a_digit_is_replaced():
    described = dict(truth=dict(string="2"), instances=[dict(bbox_label=2)])
    new = paste({**photograph((2, 50)), **described}, photograph((7, 20)))
    assert "truth" not in new and "instances" not in new
    same = paste({**photograph((2, 50)), **described}, photograph((7, 20)), prob=0.0)
    assert same["truth"] == described["truth"] and same["instances"] == described["instances"]


def assert_unchanged(new, old):
    assert new["gt_bboxes_labels"].tolist() == old["gt_bboxes_labels"].tolist()
    assert np.array_equal(new["img"], old["img"])


@pytest.mark.parametrize(
    ("changes", "donors"),
    [
        (dict(prob=0.0), [photograph((7, 20))]),
        ({}, []),
        ({}, [photograph()]),
        ({}, [photograph((7, 20), ignore=(20,))]),
        ({}, [photograph((7, 20), paper=(200, 200, 200), ink=(190, 190, 190))]),
        ({}, [photograph((7, -4))]),
        ({}, [photograph((7, 106))]),
        (dict(max_enlarge=0.9), [photograph((7, 20))]),
        (dict(max_gain=0.5), [photograph((7, 20))]),
        (dict(min_span=1.0, min_clarity=1.0), [photograph((7, 20))]),
    ],
    ids=[
        "never",
        "no_donors",
        "donor_without_digits",
        "ignored_donor",
        "faint_donor",
        "donor_cut_at_the_left",
        "donor_cut_at_the_right",
        "too_small_donor",
        "too_weak_donor",
        "unclear_donor",
    ],
)
def test_without_a_fitting_donor_a_digit_stays(changes, donors):
    old = photograph((2, 50))
    assert_unchanged(paste(old, *donors, **changes), old)


def test_a_donor_of_another_shape_is_refused():
    old, donor = photograph((2, 50)), photograph((7, 20))
    donor["img"] = cv2.resize(donor["img"], None, fx=1.5, fy=1)
    donor["gt_bboxes"] = HorizontalBoxes(donor["gt_bboxes"].tensor * np.float32([1.5, 1, 1.5, 1]))
    assert_unchanged(paste(old, donor, max_stretch=1.45), old)
    assert paste(old, donor, max_stretch=1.55)["gt_bboxes_labels"].tolist() == [7]


def test_a_donor_in_whose_frame_is_more_than_paper_is_refused():
    old, donor = photograph((2, 50)), photograph((7, 20))
    donor["img"][:, 36:50] = BLACK
    assert_unchanged(paste(old, donor), old)


def test_an_ignored_digit_and_one_that_isnt_seen_stay():
    old = photograph((2, 20), (3, 50), (4, 80), ignore=(20,))
    old["img"][:, 76:102] = WHITE
    new = paste(old, photograph((7, 20)))
    assert new["gt_bboxes_labels"].tolist() == [2, 7, 4]
    assert np.array_equal(patch(new, 20), patch(old, 20))
    assert np.array_equal(patch(new, 80), patch(old, 80))


@pytest.mark.parametrize("left", [-4, 106], ids=["left", "right"])
def test_a_box_that_leaves_the_image_takes_what_is_seen(left):
    old, expected = photograph((2, left)), photograph((7, left))
    new = paste(old, photograph((7, 20)))
    assert new["gt_bboxes_labels"].tolist() == [7]
    assert np.abs(patch(new, left) - patch(expected, left)).mean() < 15


@pytest.mark.parametrize(
    "box", [[-40, 5, -20, 30], [130, 5, 150, 30], [5, 5, 5, 30]], ids=["left", "right", "empty"]
)
def test_a_box_of_which_nothing_is_seen_stays(box):
    old = photograph((2, 50))
    old["gt_bboxes"] = HorizontalBoxes(np.array([box], np.float32))
    assert_unchanged(paste(old, photograph((7, 20))), old)


def test_a_photograph_without_boxes_passes_through():
    old = photograph()
    assert_unchanged(paste(old, photograph((7, 20))), old)


def test_a_neighbours_stroke_does_not_come_along():
    donor = photograph((7, 20))
    donor["img"][32:42, 36:39] = BLACK
    alone = paste(photograph((2, 50)), photograph((7, 20)))
    new = paste(photograph((2, 50)), donor)
    assert new["gt_bboxes_labels"].tolist() == [7]
    assert np.abs(new["img"].astype(int) - alone["img"]).max() < 25


def test_digits_are_replaced_as_often_as_asked_for():
    old, donor = photograph((2, 10), (3, 50), (4, 90)), photograph((7, 20))
    np.random.seed(0)
    transform = DigitCopyPaste(prob=0.3)
    count = sum(
        (transform({**copy.deepcopy(old), "mix_results": [donor]})["gt_bboxes_labels"] == 7).sum()
        for _ in range(200)
    )
    assert count / 600 == pytest.approx(0.3, abs=0.06)


def test_every_fitting_donor_has_its_turn():
    donors = [photograph((7, 20), (8, 60)), photograph((9, 20))]
    np.random.seed(0)
    labels = [paste(photograph((2, 50)), *donors)["gt_bboxes_labels"][0] for _ in range(90)]
    assert (np.bincount(labels, minlength=10)[[7, 8, 9]] > 15).all()


def test_numpys_seed_decides_donors_and_pixels():
    images = []
    for _ in range(2):
        np.random.seed(5)
        indexes = DigitCopyPaste(num_donors=6).get_indexes(range(100))
        new = paste(photograph((2, 50)), photograph((7, 20), (8, 60)), photograph((9, 20)))
        images.append((indexes, new["img"].tobytes()))
    assert images[0] == images[1]


def test_indexes_are_positions_in_the_data_set():
    np.random.seed(0)
    drawn = [i for _ in range(100) for i in DigitCopyPaste(num_donors=3).get_indexes(range(4))]
    assert len(drawn) == 300 and set(drawn) == {0, 1, 2, 3}
    assert all(type(index) is int for index in drawn)


def test_it_runs_in_multi_image_mix_dataset_on_real_photographs(svhn):
    load = [
        dict(type="LoadImageFromFile", color_type="color_ignore_orientation"),
        dict(type="LoadAnnotations", with_bbox=True),
    ]
    inner = dict(
        type="DigitCocoDataset",
        data_root=str(svhn),
        ann_file="train.json",
        data_prefix=dict(img="train/"),
        pipeline=load,
        indices=40,
        verify_images=False,
    )
    plain = DATASETS.build(inner)
    mixed = DATASETS.build(
        dict(
            type="MultiImageMixDataset",
            dataset=inner,
            pipeline=[dict(type="DigitCopyPaste", prob=1.0), dict(type="PackDetInputs")],
        )
    )
    np.random.seed(0)
    replaced = 0
    for index in range(40):
        before, after = plain[index], mixed[index]["data_samples"].gt_instances
        assert (after.bboxes.tensor == before["gt_bboxes"].tensor).all()
        replaced += (after.labels.numpy() != before["gt_bboxes_labels"]).sum()
    assert replaced > 10


def test_without_other_photographs_it_says_where_it_belongs():
    with pytest.raises(InputError, match="MultiImageMixDataset"):
        DigitCopyPaste()(photograph((2, 50)))


def test_other_images_are_refused():
    donor = photograph((7, 20))
    with pytest.raises(InputError, match="DigitCopyPaste: the image is float32"):
        paste(photograph((2, 50)), {**donor, "img": donor["img"].astype(np.float32)})


@pytest.mark.parametrize(
    "wrong",
    [
        dict(prob=1.1),
        dict(num_donors=0),
        dict(max_stretch=0.9),
        dict(max_enlarge=0),
        dict(min_contrast=0),
        dict(max_gain=0),
        dict(min_clean=(0.5, 1.1)),
        dict(min_clarity=-0.1),
        dict(min_span=2),
        dict(feather=-0.1),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused_in_one_line(wrong):
    with pytest.raises(InputError, match=f"DigitCopyPaste: {next(iter(wrong))}=") as error:
        DigitCopyPaste(**wrong)
    assert "\n" not in str(error.value)


def bar(paper, ink):
    """A bar of 4 x 20 pixels in a box of 12 x 20, at 20, 10 in an image of 60 x 40."""
    image = np.full((40, 60, 3), paper, np.uint8)
    image[10:30, 24:28] = ink
    return image, np.array([20.0, 10, 32, 30])


@pytest.mark.parametrize(("paper", "ink"), [(WHITE, BLACK), (BLACK, WHITE), (RED, GREEN)])
def test_paper_is_what_fills_the_frame(paper, ink):
    found = find_ink_and_paper(*bar(paper, ink))
    np.testing.assert_allclose(found.paper, paper)
    np.testing.assert_allclose(found.ink, ink)
    assert found.frame == 1 and found.span == 1
    assert found.clarity == pytest.approx(1)
    assert found.contrast == pytest.approx(np.linalg.norm(np.subtract(ink, paper)))


def test_amount_of_ink_is_the_way_from_paper_to_ink():
    found = find_ink_and_paper(*bar(WHITE, BLACK))
    image = np.float32([[WHITE, BLACK, (125, 125, 125), (251, 251, 251)]])
    np.testing.assert_allclose(found.amount_of_ink(image), [[0, 1, 0.5, -0.1]], atol=1e-6)


def test_a_half_seen_digit_spans_half_its_box():
    image, box = bar(WHITE, BLACK)
    image[20:] = WHITE
    assert find_ink_and_paper(image, box).span == 0.5


@pytest.mark.parametrize("box", [[-9, -9, -5, -5], [70, 10, 80, 20], [2, 2, 12, 8]])
def test_no_colours_outside_the_image_or_in_an_even_place(box):
    assert find_ink_and_paper(bar(WHITE, BLACK)[0], np.array(box, float)) is None


def test_strokes_that_keep_to_the_side_are_a_neighbours():
    ink = np.zeros((5, 10), bool)
    ink[0, 0] = ink[2, 2:6] = ink[4, 9] = True
    expected = np.zeros_like(ink)
    expected[2, 2:6] = True
    # The middle three fifths of a box from 0 to 10 are 2 to 8.
    found = digit_strokes(ink, np.arange(10) + 0.5, np.array([0.0, 0, 10, 5]))
    assert np.array_equal(found, expected)
