"""10 epochs of AdamW in full precision, a cosine rate stepped once an epoch, for batches of 2."""

train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=10, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")

optim_wrapper = dict(
    type="OptimWrapper",
    constructor="AmpOnAcceleratorConstructor",
    automatic_amp=False,  # full precision everywhere; --amp still works
    optimizer=dict(type="AdamW", lr=0.0001, weight_decay=0.0005),
)
param_scheduler = [dict(type="CosineAnnealingLR", T_max=10, eta_min=1e-6)]  # epochs
auto_scale_lr = dict(enable=False, base_batch_size=2)
