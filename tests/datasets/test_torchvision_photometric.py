import numpy as np
import pytest
import torch
from mmdet.registry import TRANSFORMS
from torchvision.transforms import v2

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.errors import InputError

IMAGE = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def apply(name, **arguments):
    transform = TRANSFORMS.build(dict(type="TorchvisionPhotometric", name=name, **arguments))
    return transform(dict(img=IMAGE))["img"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("RandomAutocontrast", dict(p=1.0)),
        ("RandomChannelPermutation", {}),
        ("RandomEqualize", dict(p=1.0)),
        ("RandomGrayscale", dict(p=1.0)),
        ("RandomInvert", dict(p=1.0)),
        ("RandomPhotometricDistort", dict(p=1.0)),
        ("RandomPosterize", dict(bits=2, p=1.0)),
        ("RandomSolarize", dict(threshold=128, p=1.0)),
    ],
)
def test_same_draws_give_torchvisions_pixels(name, arguments):
    torch.manual_seed(3)
    ours = apply(name, **arguments)
    torch.manual_seed(3)
    rgb = torch.from_numpy(IMAGE[..., ::-1].copy()).permute(2, 0, 1)
    theirs = getattr(v2, name)(**arguments)(rgb).permute(1, 2, 0).numpy()[..., ::-1]
    assert np.array_equal(ours, theirs)


def test_where_nothing_is_drawn_the_image_is_the_same_array():
    assert apply("RandomInvert", p=0.0) is IMAGE


def test_inverted_is_255_less_the_image():
    assert np.array_equal(apply("RandomInvert", p=1.0), 255 - IMAGE)


@pytest.mark.parametrize("name", ["RandomHorizontalFlip", "RandomRotation", "Normalize", "nothing"])
def test_what_moves_pixels_or_is_unknown_is_refused(name):
    with pytest.raises(InputError, match=f"name='{name}' is not allowed.*RandomInvert"):
        apply(name)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("RandomInvert", dict(prob=0.5)), ("RandomInvert", dict(p=2.0)), ("RandomPosterize", {})],
    ids=["unknown", "out_of_range", "missing"],
)
def test_wrong_arguments_are_refused_in_one_line(name, arguments):
    with pytest.raises(InputError, match=f"{name} refuses the arguments") as error:
        apply(name, **arguments)
    assert "\n" not in str(error.value)
