"""The recommended config in 40 minutes: 80 of its 120 epochs."""

_base_ = "./cascade_rcnn_r50_fpn_mix.py"

train_cfg = dict(max_epochs=80)
