import pytest
import torch
from torchvision.ops import RoIAlign

from mmdigits.errors import InputError
from mmdigits.ops.separable_roi_align import SeparableRoIAlign, pool_levels


def features(dtype=torch.float64):
    torch.manual_seed(0)
    return torch.randn(3, 5, 6, 11, dtype=dtype, requires_grad=True)


def rois(count=60):
    """RoIs of three images in random order; many leave the 88 x 48 px image, some lie outside."""
    generator = torch.Generator().manual_seed(1)
    corners = torch.rand(count, 2, generator=generator) * torch.tensor([140.0, 100.0]) - 40
    sizes = torch.rand(count, 2, generator=generator) * torch.tensor([90.0, 60.0])
    image = torch.randint(0, 3, (count, 1), generator=generator)
    return torch.cat([image, corners, corners + sizes], dim=1).double()


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("sampling_ratio", [1, 2, 3])
@pytest.mark.parametrize("output_size", [7, (2, 5)], ids=str)
def test_it_equals_torchvision_in_values_and_gradients(aligned, sampling_ratio, output_size):
    settings = dict(
        output_size=output_size,
        spatial_scale=1 / 8,
        sampling_ratio=sampling_ratio,
        aligned=aligned,
    )
    pooled, gradients = [], []
    for layer in (RoIAlign(**settings), SeparableRoIAlign(**settings)):
        inputs = features()
        pooled.append(layer(inputs, rois()))
        weights = torch.arange(pooled[-1].numel(), dtype=torch.float64).reshape(pooled[-1].shape)
        (pooled[-1] * weights.sin()).sum().backward()
        gradients.append(inputs.grad)
    torch.testing.assert_close(pooled[1], pooled[0], rtol=0, atol=1e-12)
    torch.testing.assert_close(gradients[1], gradients[0], rtol=0, atol=1e-12)


def test_one_cell_over_four_values_is_their_mean():
    layer = SeparableRoIAlign(1, 1.0, 2, aligned=True)
    inputs = torch.tensor([[[[1.0, 2.0], [3.0, 10.0]]]])
    pooled = layer(inputs, torch.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]]))
    assert pooled.tolist() == [[[[4.0]]]]


def test_a_roi_far_outside_is_zero():
    pooled = SeparableRoIAlign(2, 1.0, 1)(
        features(torch.float32), torch.tensor([[1.0, 50.0, 50.0, 60.0, 60.0]])
    )
    assert pooled.shape == (1, 5, 2, 2)
    assert not pooled.any()


def test_no_rois_give_no_features_but_a_gradient():
    inputs = features(torch.float32)
    pooled = SeparableRoIAlign(7, 1 / 8, 2)(inputs, torch.zeros(0, 5))
    assert pooled.shape == (0, 5, 7, 7)
    pooled.sum().backward()
    assert not inputs.grad.any()


def test_an_image_without_rois_does_not_shift_the_others():
    layer = SeparableRoIAlign(3, 1 / 8, 2)
    some = rois()[rois()[:, 0] != 1]
    every = layer(features(), rois())
    assert torch.equal(layer(features(), some), every[rois()[:, 0] != 1])


def test_autocast_does_not_make_it_coarser():
    layer = SeparableRoIAlign(7, 1 / 8, 2)
    plain = layer(features(torch.float32), rois().float())
    with torch.autocast("cpu", torch.bfloat16):
        pooled = layer(features(torch.float32), rois().float())
    assert torch.equal(pooled, plain)


def test_half_precision_features_stay_so():
    layer = SeparableRoIAlign(7, 1 / 8, 2)
    pooled = layer(features().bfloat16(), rois().float())
    assert pooled.dtype == torch.bfloat16
    torch.testing.assert_close(
        pooled.double(), layer(features(), rois()), rtol=0.02, atol=0.03, check_dtype=False
    )


def test_half_precision_features_do_not_round_rois():
    layer = SeparableRoIAlign(7, 1 / 8, 2)
    roi = torch.tensor([[0.0, 150.5, 40.7, 178.3, 68.7]])  # in bfloat16 150 or 151
    inputs = torch.zeros(1, 1, 12, 24)
    exact = layer.weights(roi, inputs)
    rounded = layer.weights(roi, inputs.bfloat16())
    for weights, expected in zip(rounded, exact, strict=True):
        assert weights.dtype == torch.bfloat16
        torch.testing.assert_close(weights.float(), expected, rtol=2**-8, atol=0)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=str)
def test_the_layout_in_memory_changes_nothing(layout):
    layer = SeparableRoIAlign(7, 1 / 8, 2)
    pooled = layer(features().contiguous(memory_format=layout), rois())
    torch.testing.assert_close(pooled, layer(features(), rois()), rtol=0, atol=1e-12)


def test_a_backward_pass_under_autocast_is_not_coarser():
    gradients = []
    for enabled in (False, True):
        inputs = features(torch.float32)
        pooled = SeparableRoIAlign(7, 1 / 8, 2)(inputs, rois().float())
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            pooled.square().sum().backward()
        gradients.append(inputs.grad)
    assert torch.equal(*gradients)


@pytest.mark.parametrize(
    ("image", "level", "maps", "message"),
    [
        (3, 0, 1, "image 3 or level 0; there are 3 images and 1"),
        (0, 1, 1, "image 0 or level 1"),
        (3, 0, 2, "image 3 or level 0; there are 3 images and 2"),  # not image 0 of level 1
    ],
)
def test_an_image_or_level_that_is_not_there_is_refused(image, level, maps, message):
    roi = torch.tensor([[image, 0.0, 0.0, 20.0, 20.0]])
    layers = [SeparableRoIAlign(7, 1 / 8, 2)] * maps
    with pytest.raises(ValueError, match=message):
        pool_levels((features(),) * maps, roi, torch.tensor([level]), layers)


def test_samples_chosen_by_size_are_refused():
    with pytest.raises(InputError, match="sampling_ratio=0 must be at least 1"):
        SeparableRoIAlign(7, 1 / 8, 0)
