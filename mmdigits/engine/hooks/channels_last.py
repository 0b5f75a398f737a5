"""Keep a model's feature maps channels_last, the layout that convolutions on CPUs want."""

import torch
from mmdet.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Lay out the model's weights channels_last, and so all of its feature maps.

    A convolution gives its output in the layout of its weights. Values stay what they are, in the
    model and in its checkpoints. It doesn't help every network: measure a step with and without.
    On a CPU without AVX-512, gradients of 3 x 3 convolutions on large maps take longer with it
    (docs/benchmark.md, "On a CPU without bfloat16").

    Source: https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html
    """

    # The averaged copy of a model that EMAHook makes has the layout of the original.
    priority = "VERY_HIGH"

    def before_run(self, runner: Runner) -> None:
        """Convert the weights of two-dimensional convolutions."""
        runner.model.to(memory_format=torch.channels_last)

    def before_train(self, runner: Runner) -> None:
        """Lay out what a resumed optimiser remembers of a weight like the weight.

        PyTorch's fused optimisers take both in the order of memory, whatever their layouts.
        """
        for parameter, state in runner.optim_wrapper.optimizer.state.items():
            for name, value in state.items():
                if isinstance(value, torch.Tensor) and value.shape == parameter.shape:
                    state[name] = torch.empty_like(parameter).copy_(value)
