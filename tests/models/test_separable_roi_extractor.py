import pytest
import torch
from mmdet.registry import MODELS

import mmdigits.models  # noqa: F401  registers
from mmdigits.errors import InputError


def build(kind, **layer):
    layer = dict(type="RoIAlign", output_size=7, sampling_ratio=2, use_torchvision=True) | layer
    return MODELS.build(
        dict(type=kind, roi_layer=layer, out_channels=4, featmap_strides=[8, 16, 32])
    )


def pyramid():
    generator = torch.Generator().manual_seed(0)
    return tuple(
        torch.randn(2, 4, 96 // stride, 192 // stride, generator=generator)
        for stride in (8, 16, 32)
    )


# Square roots of areas 28, 112 and 224 px: one for each level, and both images.
ROIS = torch.tensor(
    [
        [0, 10, 5, 38, 33],
        [1, 20, 0, 132, 112],
        [0, 0, 0, 224, 224],
        [1, 150.3, 40.7, 178.3, 68.7],
    ],
    dtype=torch.float32,
)


@pytest.mark.parametrize("aligned", [True, False])
def test_it_gives_the_features_of_the_stock_extractor(aligned):
    stock, ours = (
        build(kind, aligned=aligned)(pyramid(), ROIS)
        for kind in ("SingleRoIExtractor", "SeparableRoIExtractor")
    )
    torch.testing.assert_close(ours, stock, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["SeparableRoIExtractor", "Float32RoIExtractor"])
def test_rois_stay_exact_where_features_are_bfloat16(kind):
    levels = tuple(level.bfloat16() for level in pyramid())
    wanted = build("SingleRoIExtractor")(tuple(level.float() for level in levels), ROIS)
    with torch.autocast("cpu", torch.bfloat16):
        ours, stock = (build(each)(levels, ROIS) for each in (kind, "SingleRoIExtractor"))
    assert ours.dtype == torch.bfloat16
    near = dict(rtol=0, atol=0.03)  # bfloat16's, of numbers up to 4
    torch.testing.assert_close(ours.float(), wanted, **near)
    with pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(stock.float(), wanted, **near)


@pytest.mark.parametrize("rois", [ROIS, ROIS[:0]], ids=["some", "none"])
def test_without_autocast_nothing_differs(rois):
    stock, ours = (
        build(kind)(pyramid(), rois, roi_scale_factor=1.2)
        for kind in ("SingleRoIExtractor", "Float32RoIExtractor")
    )
    assert torch.equal(ours, stock)


def test_enlarged_rois_too():
    stock, ours = (
        build(kind)(pyramid(), ROIS, roi_scale_factor=1.4)
        for kind in ("SingleRoIExtractor", "SeparableRoIExtractor")
    )
    torch.testing.assert_close(ours, stock, rtol=0, atol=1e-5)


def test_no_rois_give_no_features_but_gradients():
    levels = tuple(level.requires_grad_() for level in pyramid())
    pooled = build("SeparableRoIExtractor")(levels, ROIS[:0])
    assert pooled.shape == (0, 4, 7, 7)
    pooled.sum().backward()
    assert all(level.grad is not None and not level.grad.any() for level in levels)


def test_a_level_that_needs_no_gradient_gets_none():
    fixed, *levels = pyramid()
    levels = [level.requires_grad_() for level in levels]
    build("SeparableRoIExtractor")((fixed, *levels), ROIS).sum().backward()
    assert fixed.grad is None and all(level.grad.any() for level in levels)


def test_fewer_maps_than_levels_are_as_in_the_stock_extractor():
    stock, ours = (
        build(kind)(pyramid()[:2], ROIS) for kind in ("SingleRoIExtractor", "SeparableRoIExtractor")
    )
    torch.testing.assert_close(ours, stock, rtol=0, atol=1e-5)


@pytest.mark.parametrize("images", [1, 2])
def test_a_box_that_is_not_a_number_spoils_itself_alone(images):
    levels = tuple(level[:images] for level in pyramid())
    good = ROIS[ROIS[:, 0] < images]
    broken = torch.cat([torch.tensor([[0.0, torch.nan, 0.0, 9.0, 9.0]]), good])
    pooled = build("SeparableRoIExtractor")(levels, broken)
    torch.testing.assert_close(pooled[1:], build("SeparableRoIExtractor")(levels, good))


def test_gradients_are_those_of_the_stock_extractor():
    gradients = []
    for kind in ("SingleRoIExtractor", "SeparableRoIExtractor"):
        levels = tuple(level.requires_grad_() for level in pyramid())
        pooled = build(kind)(levels, ROIS[[3, 0, 1]])  # none on the last level
        (pooled * torch.arange(pooled.numel()).reshape(pooled.shape).sin()).sum().backward()
        gradients.append([level.grad for level in levels])
    for ours, stock in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, stock, rtol=0, atol=1e-5)


def test_bfloat16_features_stay_so():
    levels = tuple(level.bfloat16() for level in pyramid())
    with torch.autocast("cpu", torch.bfloat16):
        pooled = build("SeparableRoIExtractor")(levels, ROIS)
    assert pooled.dtype == torch.bfloat16
    exact = build("SeparableRoIExtractor")(tuple(level.float() for level in levels), ROIS)
    torch.testing.assert_close(pooled.float(), exact, rtol=0.02, atol=0.02)


def test_another_pooling_is_refused():
    with pytest.raises(InputError, match=r"roi_layer\.type='RoIPool' is not RoIAlign"):
        build("SeparableRoIExtractor", type="RoIPool")


def test_samples_chosen_by_size_are_refused():
    with pytest.raises(InputError, match="sampling_ratio=0 must be at least 1"):
        build("SeparableRoIExtractor", sampling_ratio=0)
