"""30 epochs of SGD with a cosine rate after a linear warm-up, for batches of 4 images."""

train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=30, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")

optim_wrapper = dict(
    type="OptimWrapper",
    constructor="AmpOnAcceleratorConstructor",  # mixed precision on a GPU, none on a CPU
    optimizer=dict(type="SGD", lr=0.005, momentum=0.9, weight_decay=0.0005),
)
# Warm-up over the first 5% of the iterations: 0.05 * 30 = 1.5 epochs.
param_scheduler = [
    dict(
        type="LinearLR",
        start_factor=1e-5,  # LinearLR can't start at 0
        begin=0,
        end=1.5,
        convert_to_iter_based=True,
    ),
    dict(
        type="CosineAnnealingLR",
        T_max=28.5,
        eta_min=0,
        begin=1.5,
        end=30,
        convert_to_iter_based=True,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=4)
