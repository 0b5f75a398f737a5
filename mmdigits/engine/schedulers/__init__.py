from mmdigits.engine.schedulers.linear_warmup_cosine import LinearWarmupCosineLR

__all__ = ["LinearWarmupCosineLR"]
