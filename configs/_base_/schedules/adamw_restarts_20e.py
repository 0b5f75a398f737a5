"""20 epochs of AdamW in full precision, cosine with warm restarts, for batches of 8 images."""

train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=20, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")

optim_wrapper = dict(
    type="OptimWrapper",
    constructor="AmpOnAcceleratorConstructor",
    automatic_amp=False,  # full precision everywhere; --amp still works
    optimizer=dict(type="AdamW", lr=0.00005),
)
# 20 ep * 30062 img / 8 img per step = 75160 steps: three whole periods and the start of a fourth.
# The others are for smaller batches: after the last period the rate would stay where it ended.
param_scheduler = [
    dict(
        type="CosineRestartLR",
        by_epoch=False,
        periods=[10000, 20000, 40000, 80000, 160000, 320000],  # iterations, each doubled
        restart_weights=[1, 1, 1, 1, 1, 1],
        eta_min=0,
    )
]
auto_scale_lr = dict(enable=False, base_batch_size=8)
