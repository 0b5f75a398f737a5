import numpy as np
import torch
from mmdet.registry import TRANSFORMS
from torchvision.transforms import v2

import mmdigits.datasets  # noqa: F401  registers


def test_same_draws_give_torchvisions_pixels():
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    factors = dict(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)
    transform = TRANSFORMS.build(dict(type="ColorJitter", **factors))
    torch.manual_seed(3)
    ours = transform(dict(img=image))["img"]
    torch.manual_seed(3)
    rgb = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)
    theirs = v2.ColorJitter(**factors)(rgb).permute(1, 2, 0).numpy()[..., ::-1]
    assert np.array_equal(ours, theirs)
    assert not np.array_equal(ours, image)


def test_no_strength_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    assert np.array_equal(TRANSFORMS.build(dict(type="ColorJitter"))(dict(img=image))["img"], image)
