import cv2
import numpy as np
import pytest
import torch
from mmdet.registry import TRANSFORMS
from torchvision.transforms import v2

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.errors import InputError


def photograph():
    noise = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    return cv2.resize(noise, (60, 40), interpolation=cv2.INTER_CUBIC)


# Most levels of 255 that a pixel, and on average, may be apart: hues go in steps of 1/255 turn.
@pytest.mark.parametrize(
    ("factors", "most", "mean"),
    [
        (dict(brightness=0.4), 0, 0),
        (dict(brightness=(0.2, 0.3)), 0, 0),
        (dict(contrast=0.4), 1, 0.5),
        (dict(saturation=0.4), 1, 0.8),
        (dict(hue=0.1), 15, 1.5),
        (dict(hue=0.5), 15, 2),
        (dict(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1), 20, 2),
    ],
    ids=str,
)
def test_same_draws_give_torchvisions_pixels_but_for_rounding(factors, most, mean):
    image = photograph()
    kept = image.copy()
    transform = TRANSFORMS.build(dict(type="ColorJitter", **factors))
    rgb = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)
    changes = []
    for seed in range(50):
        torch.manual_seed(seed)
        ours = transform(dict(img=image))["img"]
        torch.manual_seed(seed)
        theirs = v2.ColorJitter(**factors)(rgb).permute(1, 2, 0).numpy()[..., ::-1]
        apart = np.abs(ours.astype(int) - theirs)
        assert ours.dtype == np.uint8
        assert apart.max() <= most
        assert apart.mean() <= mean
        changes.append(np.abs(ours.astype(int) - image).mean())
    assert np.mean(changes) > 4
    assert np.array_equal(image, kept)


def test_no_strength_changes_nothing():
    image = photograph()
    assert np.array_equal(TRANSFORMS.build(dict(type="ColorJitter"))(dict(img=image))["img"], image)


@pytest.mark.parametrize(
    ("factors", "problem"),
    [
        (dict(brightness=-1), "'brightness': -1.* non negative"),
        (dict(hue=0.6), "'hue': 0.6.* between"),
        (dict(saturation="much"), "'saturation': 'much'.* single number"),
        (dict(contrast=float("inf")), "'contrast': inf.* finite"),
    ],
)
def test_factors_out_of_range_are_an_error(factors, problem):
    with pytest.raises(InputError, match=problem):
        TRANSFORMS.build(dict(type="ColorJitter", **factors))
