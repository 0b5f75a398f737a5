import numpy as np
import pytest
import torch
from mmdet.registry import TRANSFORMS
from torchvision.transforms import v2

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.errors import InputError


def noise(height=20, width=30):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def build(factor=10, **kwargs):
    return TRANSFORMS.build(dict(type="RandomAdjustSharpness", sharpness_factor=factor, **kwargs))


def test_same_draws_give_torchvisions_pixels():
    # R0's parameters; the seed's twelve draws change some images and leave others.
    ours, theirs = build(10, prob=0.8), v2.RandomAdjustSharpness(10, p=0.8)
    images = [np.roll(noise(), shift, axis=1) for shift in range(12)]
    torch.manual_seed(3)
    mine = [ours(dict(img=image))["img"] for image in images]
    torch.manual_seed(3)
    for image, got in zip(images, mine, strict=True):
        rgb = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)
        assert np.array_equal(got, theirs(rgb).permute(1, 2, 0).numpy()[..., ::-1])
    kept = sum(np.array_equal(image, got) for image, got in zip(images, mine, strict=True))
    assert 0 < kept < 6


@pytest.mark.parametrize("factor", [0, 0.5, 2, 10])
def test_a_pixel_moves_away_from_its_neighbourhood(factor):
    # Around it eight pixels of 100: the average is (8 * 100 + 5 * 113) / 13 = 105, 8 below 113.
    image = np.full((3, 3, 3), 100, np.uint8)
    image[1, 1] = 113
    changed = build(factor, prob=1)(dict(img=image.copy()))["img"]
    assert (changed[1, 1] == 105 + 8 * factor).all()
    changed[1, 1] = 113
    assert np.array_equal(changed, image)  # the border is never touched


def test_probability_one_always_changes_and_zero_never():
    always, never = build(prob=1), build(prob=0)
    for _ in range(8):
        assert not np.array_equal(always(dict(img=noise()))["img"], noise())
        assert np.array_equal(never(dict(img=noise()))["img"], noise())


@pytest.mark.parametrize("shape", [(2, 30), (30, 2), (1, 1)])
def test_an_image_without_inner_pixels_stays(shape):
    assert np.array_equal(build(prob=1)(dict(img=noise(*shape)))["img"], noise(*shape))


def test_the_result_is_of_the_same_kind_and_the_input_is_not_written():
    image = noise()
    result = build(prob=1)(dict(img=image, height=20))
    assert result["img"].dtype == np.uint8 and result["img"].flags.c_contiguous
    assert result["height"] == 20 and np.array_equal(image, noise())


@pytest.mark.parametrize(
    "arguments", [dict(sharpness_factor=-1), dict(sharpness_factor=2, prob=1.5)]
)
def test_impossible_parameters_are_refused(arguments):
    with pytest.raises(InputError, match="must not be negative and the probability from 0 to 1"):
        TRANSFORMS.build(dict(type="RandomAdjustSharpness", **arguments))


@pytest.mark.parametrize("image", [noise().astype(np.float32), noise()[..., 0]])
@pytest.mark.parametrize(
    "transform", [dict(type="RandomAdjustSharpness", sharpness_factor=2), dict(type="ColorJitter")]
)
def test_an_image_that_torchvision_would_misread_is_refused(transform, image):
    with pytest.raises(InputError, match="must be uint8"):
        TRANSFORMS.build(transform)(dict(img=image))
