"""10 epochs of SGD, the rate divided by ten after 5, for batches of 4 images."""

train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=10, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")

optim_wrapper = dict(
    type="OptimWrapper",
    constructor="AmpOnAcceleratorConstructor",  # mixed precision on a GPU, none on a CPU
    optimizer=dict(type="SGD", lr=0.005, momentum=0.9, weight_decay=0.0005),
)
param_scheduler = [dict(type="StepLR", step_size=5, gamma=0.1)]  # epochs
auto_scale_lr = dict(enable=False, base_batch_size=4)
