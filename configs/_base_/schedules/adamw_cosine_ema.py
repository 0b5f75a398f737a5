"""AdamW with a cosine rate and averaged weights, for batches of 8 images.

Validation and checkpoints are of the averaged weights. On a GPU, and on a CPU that has bfloat16,
precision is mixed, in training and in validation and test.
"""

train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=120, val_interval=20)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")

optim_wrapper = dict(
    type="OptimWrapper",
    constructor="AmpOnAcceleratorConstructor",
    cpu_bfloat16=True,
    optimizer=dict(type="AdamW", lr=0.0004, weight_decay=0.05, fused=True),
    clip_grad=dict(max_norm=10),
    paramwise_cfg=dict(norm_decay_mult=0.0, custom_keys=dict(backbone=dict(lr_mult=0.5))),
)
# Set every iteration, over however many the run has; the first 5% of them warm up.
param_scheduler = [dict(type="LinearWarmupCosineLR", warmup=0.05, by_epoch=False)]
auto_scale_lr = dict(enable=False, base_batch_size=8)
custom_hooks = [
    # The mean reaches back over about interval / momentum iterations.
    dict(
        type="EMAHook",
        ema_type="ExpMomentumEMA",
        interval=4,
        momentum=0.008,
        gamma=200,
        update_buffers=True,
    ),
    dict(type="ChannelsLastHook"),
    dict(type="MixedPrecisionTestHook"),
]
