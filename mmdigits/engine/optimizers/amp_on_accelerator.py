"""Mixed precision where there is an accelerator, from one config for every machine."""

from mmdet.registry import OPTIM_WRAPPER_CONSTRUCTORS
from mmengine.optim import DefaultOptimWrapperConstructor

from mmdigits.engine.precision import cpu_has_bfloat16, has_accelerator
from mmdigits.errors import InputError


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class AmpOnAcceleratorConstructor(DefaultOptimWrapperConstructor):
    """Build ``AmpOptimWrapper`` where MMEngine's mixed precision runs, ``OptimWrapper`` elsewhere.

    MMEngine's ``AmpOptimWrapper`` refuses to start without an accelerator, and a config can't ask
    for one. Named as the ``constructor`` of an ``optim_wrapper`` of type ``OptimWrapper``, this
    class changes the type on a CUDA, NPU, MLU or MUSA machine, with dynamic loss scaling, and
    leaves it alone on a CPU, where ``dtype`` and ``loss_scale`` then mean nothing. Any other type,
    as the train tool's ``--amp`` sets it, is left alone too. ``automatic_amp=False`` beside the
    type trains in full precision everywhere, unless ``--amp`` asks for less.

    ``cpu_bfloat16=True`` beside the type builds :class:`BFloat16OptimWrapper` on a CPU that has
    bfloat16 instructions (AVX512-BF16 or AMX) and a PyTorch that tells of them, 2.11 for one.

    Args:
        optim_wrapper_cfg: The ``optim_wrapper`` of the config, without its constructor.
        paramwise_cfg: As in MMEngine's default constructor.

    Raises:
        InputError: If mixed precision is asked for by name where it can't run.
    """

    def __init__(self, optim_wrapper_cfg: dict, paramwise_cfg: dict | None = None) -> None:
        cfg = dict(optim_wrapper_cfg)
        automatic = cfg.pop("automatic_amp", True)
        cpu_bfloat16 = cfg.pop("cpu_bfloat16", False) and cpu_has_bfloat16()
        accelerated = has_accelerator()
        wrapper = cfg.setdefault("type", "OptimWrapper")
        name = wrapper if isinstance(wrapper, str) else wrapper.__name__
        if name == "AmpOptimWrapper" and not accelerated:
            raise InputError(
                "AmpOnAcceleratorConstructor: MMEngine's mixed precision needs a GPU, and there is "
                "none here; leave out --amp, or set optim_wrapper.type=BFloat16OptimWrapper"
            )
        if name == "OptimWrapper" and accelerated and automatic:
            cfg.update(type="AmpOptimWrapper")
            cfg.setdefault("loss_scale", "dynamic")
        elif name == "OptimWrapper":
            if cpu_bfloat16 and not accelerated:
                cfg.update(type="BFloat16OptimWrapper")
            cfg.pop("dtype", None)
            cfg.pop("loss_scale", None)
        super().__init__(cfg, paramwise_cfg)
