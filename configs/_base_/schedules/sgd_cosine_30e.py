"""30 epochs of SGD with a cosine rate after a linear warm-up, for batches of 4 images."""

train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=30, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")

optim_wrapper = dict(
    type="OptimWrapper",
    constructor="AmpOnAcceleratorConstructor",  # mixed precision on a GPU, none on a CPU
    optimizer=dict(type="SGD", lr=0.005, momentum=0.9, weight_decay=0.0005),
)
# Set every iteration, over however many the run has; the first 5% of them warm up.
param_scheduler = [dict(type="LinearWarmupCosineLR", warmup=0.05, by_epoch=False)]
auto_scale_lr = dict(enable=False, base_batch_size=4)
