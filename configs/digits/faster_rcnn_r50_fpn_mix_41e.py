"""The recommended config for 40 minutes on two CPU cores: 41 of its 120 epochs."""

_base_ = "./faster_rcnn_r50_fpn_mix.py"

train_cfg = dict(max_epochs=41)
