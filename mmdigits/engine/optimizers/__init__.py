from mmdigits.engine.optimizers.amp_on_accelerator import AmpOnAcceleratorConstructor
from mmdigits.engine.optimizers.bfloat16 import BFloat16OptimWrapper

__all__ = ["AmpOnAcceleratorConstructor", "BFloat16OptimWrapper"]
