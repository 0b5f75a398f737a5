"""Keep a model's feature maps channels_last, the layout that convolutions on CPUs want."""

import torch
from mmdet.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Lay out the model's weights channels_last before training, and so all of its feature maps.

    A convolution gives its output in the layout of its weights. Values stay what they are, in the
    model and in its checkpoints; validation within the run has the layout too. It doesn't help
    every network: measure a step with and without.

    Source: https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html
    """

    # The averaged copy of a model that EMAHook makes has the layout of the original.
    priority = "VERY_HIGH"

    def before_run(self, runner: Runner) -> None:
        """Convert the weights; those without four dimensions stay as they are."""
        runner.model.to(memory_format=torch.channels_last)
