"""Mixed precision that needs no GPU."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmdet.registry import OPTIM_WRAPPERS
from mmengine.optim import OptimWrapper


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Train in bfloat16 mixed precision on the device of the model, be it a CPU or a GPU.

    MMEngine's ``AmpOptimWrapper``, and with it the train tool's ``--amp``, refuses a CPU. Here
    convolutions and matrix products are bfloat16, as ``torch.autocast`` decides; parameters,
    gradients and the optimiser's state stay float32. bfloat16 has the range of float32, so the
    loss is not scaled and checkpoints are those of ``OptimWrapper``: a run may be resumed with
    either. Validation and test stay float32.

    The RPN's scores and box shifts are bfloat16 too, so proposals are coarser than in float32.

    A CPU without bfloat16 instructions is slower with this than without.

    Source: mirrors ``mmengine.optim.OptimWrapper``, with its arguments.
    """

    @contextmanager
    def optim_context(self, model: torch.nn.Module) -> Iterator[None]:
        """Enclose the forward pass of a training step.

        Args:
            model: The model in training, wrapped for several processes or not.
        """
        device = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(device, dtype=torch.bfloat16):
            yield
