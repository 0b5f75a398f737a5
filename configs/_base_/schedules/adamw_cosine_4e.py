"""Four short epochs of AdamW with a cosine rate, for training a small network from nothing."""

train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=4, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")

optim_wrapper = dict(
    type="OptimWrapper",
    constructor="AmpOnAcceleratorConstructor",  # mixed precision on a GPU, none on a CPU
    optimizer=dict(type="AdamW", lr=0.001, weight_decay=0.05),
    clip_grad=dict(max_norm=10),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=15),  # iterations
    dict(type="CosineAnnealingLR", T_max=4, eta_min=0, begin=0, end=4, convert_to_iter_based=True),
]
auto_scale_lr = dict(enable=False, base_batch_size=16)
