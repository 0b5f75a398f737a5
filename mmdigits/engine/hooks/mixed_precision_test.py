"""Validate and test in mixed precision where that is faster."""

from mmdet.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from torch import nn

from mmdigits.engine.precision import mixed_precision_pays, widen_heads


@HOOKS.register_module()
class MixedPrecisionTestHook(Hook):
    """Turn on MMEngine's ``fp16`` of validation and test where the machine gains by it.

    That is float16 on an accelerator and bfloat16 on a CPU that has bfloat16 instructions; any
    other CPU, which would lose by it, stays with float32. Scores and boxes come out a little
    different, but in float32, and from the heads on they are computed in it.

    Source: mirrors ``fp16`` of ``mmengine.runner.TestLoop``.
    """

    def before_val(self, runner: Runner) -> None:
        """Set the validation's precision."""
        self._narrow(runner.val_loop, runner.model)

    def before_test(self, runner: Runner) -> None:
        """Set the test's precision."""
        self._narrow(runner.test_loop, runner.model)

    def _narrow(self, loop: BaseLoop, model: nn.Module) -> None:
        if mixed_precision_pays(next(model.parameters()).device.type):
            loop.fp16 = True
            widen_heads(model)
