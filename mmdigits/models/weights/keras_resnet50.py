"""Keras's ImageNet ResNet-50, as TensorFlow.js keeps it, under torchvision's names."""

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmdigits.errors import InputError, one_line

# R, G, B of 255. Keras takes colours less a mean of its own, this package's configs torchvision's.
_KERAS_MEAN = (123.68, 116.779, 103.939)
_MEAN = (123.675, 116.28, 103.53)
_DEVIATION = (58.395, 57.12, 57.375)
_KERAS_EPS, _EPS = 1e-3, 1e-5
_BLOCKS = (3, 4, 6, 3)


def read_tfjs_weights(folder: Path) -> dict[str, Tensor]:
    """Read the weights of a TensorFlow.js layers model.

    Args:
        folder: Holds ``model.json``, whose ``weightsManifest`` names the files beside it.

    Returns:
        Name to float32 tensor, in Keras's layout: kernels are ``(height, width, in, out)``.

    Raises:
        InputError: If it is no such folder, a file is missing, or the weights aren't plain float32.
    """
    try:
        groups = json.loads((folder / "model.json").read_text(encoding="utf-8"))["weightsManifest"]
        weights = {}
        for group in groups:
            values = np.frombuffer(
                b"".join((folder / name).read_bytes() for name in group["paths"]), "<f4"
            )
            entries = group["weights"]
            sizes = [prod(entry["shape"]) for entry in entries]
            if any(entry["dtype"] != "float32" or "quantization" in entry for entry in entries):
                raise ValueError("its weights are not plain float32")
            if sum(sizes) != len(values):
                raise ValueError(f"{len(values)} values lie there for {sum(sizes)} of the weights")
            parts = np.split(values, np.cumsum(sizes)[:-1])
            for entry, part in zip(entries, parts, strict=True):
                weights[entry["name"]] = torch.tensor(part.reshape(entry["shape"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"weights: {folder} is no TensorFlow.js layers model ({one_line(error)}); give the "
            "folder with model.json and all the files that it names"
        ) from None
    return weights


def keras_resnet50_to_torchvision(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename Keras's ResNet-50, and let it take RGB less torchvision's mean, over its deviation.

    The network is that of He et al., CVPR 2016, whose stride lies in each stage's first 1 x 1
    convolution (``style="caffe"`` in MMDetection). The biases of its convolutions, the difference
    of the means and that of BatchNorm's epsilons (Keras's 1e-3, 1e-5 here) go into BatchNorm's
    statistics, which is exact but for rounding and, for the means, beside the image's edge.

    Args:
        weights: What :func:`read_tfjs_weights` read; a classifier among them is left out.

    Returns:
        The names and shapes of torchvision's ``resnet50`` without ``fc``; convolutions in float16,
        as in the file that the results of the recommended configs began with, the rest in float32.

    Raises:
        InputError: If a weight is missing.
    """
    state = {}
    for conv, norm, place in _layers():
        try:
            kernel, bias = weights[f"{conv}/kernel"], weights[f"{conv}/bias"]
            scale, shift, mean, variance = (
                weights[f"{norm}/{part}"]
                for part in ("gamma", "beta", "moving_mean", "moving_variance")
            )
        except KeyError as error:
            raise InputError(
                f"weights: there is no {error.args[0]}, so they are not Keras's ResNet-50; give "
                "the folder of its TensorFlow.js model"
            ) from None
        kernel = kernel.permute(3, 2, 0, 1)
        if conv == "conv1":
            kernel = kernel.flip(1)  # Keras takes BGR
            moved = _colours(_MEAN) - _colours(_KERAS_MEAN)
            bias = bias + (kernel * moved).sum(dim=(1, 2, 3))
            kernel = kernel * _colours(_DEVIATION)
        beside = place.replace("downsample.0", "downsample.1").replace("conv", "bn")
        state[f"{place}.weight"] = kernel.half().contiguous()
        state[f"{beside}.weight"] = scale
        state[f"{beside}.bias"] = shift
        state[f"{beside}.running_mean"] = mean - bias
        state[f"{beside}.running_var"] = variance + (_KERAS_EPS - _EPS)
        state[f"{beside}.num_batches_tracked"] = torch.tensor(0)
    return state


def _layers() -> list[tuple[str, str, str]]:
    """Keras's names of each convolution and its BatchNorm, and torchvision's of the former."""
    layers = [("conv1", "bn_conv1", "conv1")]
    for stage, blocks in enumerate(_BLOCKS, start=1):
        for block in range(blocks):
            keras = f"{stage + 1}{'abcdef'[block]}_branch"
            branches = {"2a": "conv1", "2b": "conv2", "2c": "conv3"}
            if block == 0:
                branches["1"] = "downsample.0"
            layers += [
                (f"res{keras}{branch}", f"bn{keras}{branch}", f"layer{stage}.{block}.{place}")
                for branch, place in branches.items()
            ]
    return layers


def _colours(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values).reshape(1, 3, 1, 1)
