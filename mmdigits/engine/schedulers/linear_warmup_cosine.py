"""Hugging Face's cosine rate with a linear warm-up, exact at every step."""

import math

from mmdet.registry import PARAM_SCHEDULERS
from mmengine.optim import BaseOptimWrapper, _ParamScheduler
from torch.optim import Optimizer

from mmdigits.errors import InputError


@PARAM_SCHEDULERS.register_module()
class LinearWarmupCosineLR(_ParamScheduler):
    """Raise the learning rate in a straight line from 0, then lower it along half a cosine to 0.

    With T steps in all, of which W = int(warmup * T) warm up, the base rate is multiplied by t / W
    at the steps t < W and by (1 + cos(pi * (t - W) / (T - W))) / 2 from then on. So the very first
    step of a run that warms up has rate 0: it moves no weight, but momentum begins. MMEngine's
    ``LinearLR`` can't start at 0 and reaches the base rate a step early; chained with
    ``CosineAnnealingLR`` it differs from this by up to 1 / W of the base rate.

    The rate depends on the step alone, so it ignores what other schedulers did to the rate. From
    ``end`` on it keeps its last value, which is nearly 0.

    Mirrors ``transformers.get_cosine_schedule_with_warmup`` with its default half cycle.

    Args:
        optimizer: The runner supplies it.
        end: First step after the schedule. The runner supplies the length of the run: in
            iterations with ``by_epoch=False``, otherwise in epochs.
        warmup: Share of the schedule that warms up, 0 to 1. Rounded down to whole steps, so a
            short run may have none and begins at the base rate.
        begin: First step of the schedule; the rate isn't touched before.
        last_step: Step to continue from without a saved state; -1 at the start.
        by_epoch: Whether a step is an epoch rather than an iteration.
        verbose: Log the rate at every step.

    Raises:
        InputError: If ``warmup`` is outside 0 to 1.
        ValueError: If ``end`` isn't after ``begin``.
    """

    def __init__(
        self,
        optimizer: Optimizer | BaseOptimWrapper,
        end: int,
        warmup: float = 0.05,
        begin: int = 0,
        last_step: int = -1,
        by_epoch: bool = True,
        verbose: bool = False,
    ) -> None:
        if not 0 <= warmup <= 1:
            raise InputError(
                f"LinearWarmupCosineLR: warmup is {warmup}; it's the share of the run that warms "
                "up, 0 to 1; mend it in param_scheduler"
            )
        self.warmup = warmup
        super().__init__(
            optimizer,
            "lr",
            begin=begin,
            end=end,
            last_step=last_step,
            by_epoch=by_epoch,
            verbose=verbose,
        )

    @classmethod
    def build_iter_from_epoch(
        cls,
        optimizer: Optimizer | BaseOptimWrapper,
        end: float,
        epoch_length: int,
        warmup: float = 0.05,
        begin: float = 0,
        last_step: int = -1,
        by_epoch: bool = True,
        verbose: bool = False,
    ) -> "LinearWarmupCosineLR":
        """Build the schedule in iterations; MMEngine's ``convert_to_iter_based`` calls this.

        Args:
            optimizer: See the class, like the others.
            end: In epochs; fractions are allowed.
            epoch_length: Iterations of an epoch.
            warmup: See the class.
            begin: In epochs; fractions are allowed.
            last_step: In iterations.
            by_epoch: Must be true: only epochs can be converted.
            verbose: See the class.

        Returns:
            The scheduler, to be stepped every iteration.

        Raises:
            InputError: If ``by_epoch`` is false.
        """
        if not by_epoch:
            raise InputError(
                "LinearWarmupCosineLR: by_epoch=False counts in iterations already; leave "
                "convert_to_iter_based out of param_scheduler"
            )
        return cls(
            optimizer,
            end=int(end * epoch_length),
            warmup=warmup,
            begin=int(begin * epoch_length),
            last_step=last_step,
            by_epoch=False,
            verbose=verbose,
        )

    def _get_value(self) -> list[float]:
        steps = self.end - self.begin
        rising = int(self.warmup * steps)
        step = min(self.last_step, steps)
        if step < rising:
            factor = step / rising
        else:
            factor = (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising))) / 2
        return [base * factor for base in self.base_values]
