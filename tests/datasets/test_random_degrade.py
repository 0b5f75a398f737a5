import cv2
import numpy as np
import pytest
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.datasets.transforms import RandomDegrade
from mmdigits.errors import InputError

NEVER = dict(blur=0, resample=0, noise=0, jpeg=0)


def photograph(heights=(40,)):
    noise = np.random.default_rng(0).integers(0, 256, (96, 192, 3), dtype=np.uint8)
    boxes = [[10, 10, 30, 10 + height] for height in heights]
    return dict(
        img=cv2.GaussianBlur(noise, (0, 0), 1),
        gt_bboxes=HorizontalBoxes(np.array(boxes, np.float32).reshape(-1, 4)),
    )


def degrade(results, **changes):
    return TRANSFORMS.build(dict(type="RandomDegrade", **{**NEVER, **changes}))(results)


def blurred(image, sigma):
    return cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def test_no_probability_changes_nothing():
    results = photograph()
    before = results["img"].copy()
    assert np.array_equal(degrade(results)["img"], before)


@pytest.mark.parametrize(
    ("heights", "sigma"),
    [((40,), 2.0), ((20, 20, 80), 1.0), ((), 2.4)],
    ids=["one_digit", "median_of_digits", "half_the_image_without_digits"],
)
def test_blur_is_measured_in_digits(heights, sigma):
    results = photograph(heights)
    expected = blurred(results["img"], sigma)
    assert np.array_equal(degrade(results, blur=1, sigma=(0.05, 0.05))["img"], expected)


def test_blur_of_an_image_without_labels_is_measured_in_the_image():
    image = photograph()["img"]
    changed = degrade(dict(img=image), blur=1, sigma=(0.05, 0.05))["img"]
    assert np.array_equal(changed, blurred(image, 2.4))


def test_resampling_brings_digits_to_the_height_asked_for():
    results = photograph((40,))
    # 40 to 10 pixels: a quarter of each side.
    small = cv2.resize(results["img"], (48, 24), interpolation=cv2.INTER_AREA)
    expected = cv2.resize(small, (192, 96), interpolation=cv2.INTER_LINEAR)
    assert np.array_equal(degrade(results, resample=1, height=(10, 10))["img"], expected)


def test_digits_already_as_small_are_not_resampled():
    results = photograph((12,))
    before = results["img"].copy()
    assert np.array_equal(degrade(results, resample=1, height=(12, 20))["img"], before)


def test_noise_has_the_deviation_asked_for():
    results = dict(img=np.full((200, 200, 3), 128, np.uint8))
    gap = degrade(results, noise=1, deviation=(8, 8))["img"].astype(float) - 128
    assert np.abs(gap.mean(axis=(0, 1))).max() < 0.3
    # Common to all channels, and along an axis of colour with (.5, -.1, -.4).
    expected = 8 * np.sqrt(1 + np.array([0.5, 0.1, 0.4]) ** 2)
    np.testing.assert_allclose(gap.std(axis=(0, 1)), expected, rtol=0.03)


def test_noise_stops_at_black_and_white():
    image = np.zeros((20, 20, 3), np.uint8)
    image[10:] = 255
    changed = degrade(dict(img=image), noise=1, deviation=(20, 20))["img"]
    assert changed[:10].max() < 128 < changed[10:].min()


def test_jpeg_is_of_the_quality_asked_for():
    results = photograph()
    _, code = cv2.imencode(".jpg", results["img"], [cv2.IMWRITE_JPEG_QUALITY, 35])
    expected = cv2.imdecode(code, cv2.IMREAD_COLOR)
    assert np.array_equal(degrade(results, jpeg=1, quality=(35, 35))["img"], expected)


def test_the_old_image_boxes_and_size_stay():
    results = photograph((30, 20))
    image, before = results["img"], results["img"].copy()
    boxes = results["gt_bboxes"].tensor.clone()
    changed = degrade(results, blur=1, resample=1, noise=1, jpeg=1)
    assert np.array_equal(image, before) and not np.array_equal(changed["img"], before)
    assert changed["img"].shape == before.shape and changed["img"].dtype == np.uint8
    assert (changed["gt_bboxes"].tensor == boxes).all()


def test_each_step_comes_as_often_as_asked_for():
    transform = RandomDegrade(blur=0.2, resample=0.5, noise=0, jpeg=1)
    np.random.seed(0)
    draws = [transform._draw() for _ in range(1000)]
    found = [
        np.mean([name in draw for draw in draws])
        for name in ("sigma", "height", "deviation", "quality")
    ]
    np.testing.assert_allclose(found, [0.2, 0.5, 0, 1], atol=0.05)


def test_numpys_seed_decides_the_pixels():
    images = []
    for seed in (3, 3, 4):
        np.random.seed(seed)
        images.append(degrade(photograph(), blur=1, resample=1, noise=1, jpeg=1)["img"])
    assert np.array_equal(images[0], images[1])
    assert not np.array_equal(images[0], images[2])


@pytest.mark.parametrize(
    "wrong",
    [
        dict(blur=1.1),
        dict(resample=-0.1),
        dict(noise=2),
        dict(jpeg=-1),
        dict(sigma=(0.1, 0.05)),
        dict(height=(0, 20)),
        dict(deviation=(-1, 2)),
        dict(quality=(0, 50)),
        dict(quality=(50, 101)),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused_in_one_line(wrong):
    with pytest.raises(InputError, match=f"RandomDegrade: {next(iter(wrong))}=") as error:
        RandomDegrade(**wrong)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "image",
    [np.zeros((9, 9, 3), np.float32), np.zeros((9, 9), np.uint8), np.zeros((9, 9, 4), np.uint8)],
    ids=["float", "grey", "alpha"],
)
def test_other_images_are_refused(image):
    with pytest.raises(InputError, match="RandomDegrade: the image is"):
        degrade(dict(img=image))
