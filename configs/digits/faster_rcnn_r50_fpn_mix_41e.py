"""The recommended config for 40 minutes on two CPU cores: 41 of its 120 epochs."""

_base_ = "./faster_rcnn_r50_fpn_mix.py"

max_epochs = 41
train_cfg = dict(max_epochs=max_epochs)
train_dataloader = dict(sampler=dict(end=max_epochs))
