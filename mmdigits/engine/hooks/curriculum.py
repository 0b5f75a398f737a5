"""Fit a curriculum to the run that it is part of."""

from mmdet.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmdigits.datasets.samplers import CurriculumSampler
from mmdigits.errors import InputError


@HOOKS.register_module()
class CurriculumHook(Hook):
    """Tell a :class:`CurriculumSampler` without an ``end`` how many epochs the run has.

    Runs with another sampler are left alone.

    Raises:
        InputError: Before the first epoch, if the sampler counts batches of another size than the
            data loader's, or begins after the run's end.
    """

    def before_train(self, runner: Runner) -> None:
        """Set the sampler's end."""
        loader = runner.train_dataloader
        batches = loader.batch_sampler  # MMDetection's own kinds hold the sampler themselves
        sampler = batches.sampler
        if not isinstance(sampler, CurriculumSampler):
            return
        if sampler.batch_size != batches.batch_size:
            raise InputError(
                f"CurriculumHook: train_dataloader.sampler.batch_size is {sampler.batch_size} and "
                f"train_dataloader.batch_size {batches.batch_size}; give both the same"
            )
        if sampler.end is None:
            # max_epochs says 1 in a run that is counted in iterations.
            sampler.end = runner.max_iters / len(loader)
        if sampler.end < sampler.begin:
            raise InputError(
                f"CurriculumHook: train_dataloader.sampler.begin is {sampler.begin}, but the run "
                f"ends after {sampler.end:g} epochs; begin earlier or train longer"
            )
