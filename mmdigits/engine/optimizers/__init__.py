from mmdigits.engine.optimizers.amp_on_accelerator import AmpOnAcceleratorConstructor

__all__ = ["AmpOnAcceleratorConstructor"]
