"""Mixed precision where there is an accelerator, from one config for every machine."""

from mmdet.registry import OPTIM_WRAPPER_CONSTRUCTORS
from mmengine.device import is_cuda_available, is_musa_available, is_npu_available
from mmengine.optim import DefaultOptimWrapperConstructor

from mmdigits.errors import InputError


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class AmpOnAcceleratorConstructor(DefaultOptimWrapperConstructor):
    """Build ``AmpOptimWrapper`` where MMEngine's mixed precision runs, ``OptimWrapper`` elsewhere.

    MMEngine's ``AmpOptimWrapper`` refuses to start without an accelerator, and a config can't ask
    for one. Named as the ``constructor`` of an ``optim_wrapper`` of type ``OptimWrapper``, this
    class changes the type on a CUDA, NPU or MUSA machine, with dynamic loss scaling, and leaves
    it alone on a CPU. Any other type, as the train tool's ``--amp`` sets it, is left alone too.
    ``constructor="DefaultOptimWrapperConstructor"`` trains in full precision everywhere.

    Args:
        optim_wrapper_cfg: The ``optim_wrapper`` of the config, without its constructor.
        paramwise_cfg: As in MMEngine's default constructor.

    Raises:
        InputError: If mixed precision is asked for by name where it can't run.
    """

    def __init__(self, optim_wrapper_cfg: dict, paramwise_cfg: dict | None = None) -> None:
        optim_wrapper_cfg = dict(optim_wrapper_cfg)
        accelerated = is_cuda_available() or is_npu_available() or is_musa_available()
        wrapper = optim_wrapper_cfg.get("type", "OptimWrapper")
        if wrapper == "AmpOptimWrapper" and not accelerated:
            raise InputError(
                "AmpOnAcceleratorConstructor: MMEngine's mixed precision needs a GPU, and there is "
                "none here; leave out --amp: it turns itself on where it can run"
            )
        if wrapper == "OptimWrapper" and accelerated:
            optim_wrapper_cfg.update(type="AmpOptimWrapper", loss_scale="dynamic")
        super().__init__(optim_wrapper_cfg, paramwise_cfg)
