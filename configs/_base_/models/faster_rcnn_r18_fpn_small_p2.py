"""The small Faster R-CNN a level lower: P2 to P4 of an FPN, from three stages of the ResNet-18.

A digit is 10 to 100 px high here. The fourth stage, at stride 32, sees too much of too little; what
it would cost pays for a level at stride 4: docs/recipe.md, "The network, on rendered numbers
alone".
"""

_base_ = "faster_rcnn_r18_fpn_small.py"

strides = [4, 8, 16]
model = dict(
    backbone=dict(num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(0, 1, 2)),
    neck=dict(in_channels=[64, 128, 256]),
    rpn_head=dict(
        anchor_generator=dict(scales=[4.5, 6.5], ratios=[1.6, 2.8], strides=strides),
    ),
    roi_head=dict(
        bbox_roi_extractor=dict(type="SeparableRoIExtractor", featmap_strides=strides),
    ),
    train_cfg=dict(rcnn=dict(sampler=dict(num=64))),
    test_cfg=dict(rpn=dict(max_per_img=25)),  # 100 read no better (docs/benchmark.md)
)
