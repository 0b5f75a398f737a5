"""The recommended config for a laptop: ResNet-18 from nothing, on photographs and rendered numbers.

    export DIGITS_DATA=/path/to/data
    python tools/train.py configs/digits/faster_rcnn_r18_fpn_mix.py

It needs no weights. 12,000 steps of 8 images take 40 minutes on two CPU cores that have bfloat16.
"""

_base_ = [
    "../_base_/models/faster_rcnn_r18_fpn_small.py",
    "../_base_/datasets/photographs_and_rendered.py",
    "../_base_/schedules/adamw_cosine_ema.py",
    "../_base_/default_runtime.py",
]

# How sure a reading is, as tools/tune_reader.py found on `valid` (docs/recipe.md, "The reader").
# The chain serves the confidence alone: what is read is the default reader's.
reader = dict(
    chain=dict(
        unary=[0.96, -0.32, -0.55, 0.86],
        pairwise=[-2.11, -1.59, -2.21, -1.91, -0.71],
        digits=[-0.86, 0.1, 0.47, 0.14, -0.23, 0.49, 0.14, -0.02, 0.14, -0.7],
    ),
    confidence=dict(weights=[0.93, 0.53, -2.6, 0.28], offset=-1.02, empty=0.14),
)
strides = [4, 8, 16]  # a level at stride 4 instead of the fourth stage, as in the ResNet-50
model = dict(
    # Testing sees each number twice: in the photograph, and by itself, level and 60 px high.
    type="SecondLookRCNN",
    second_look=dict(height=60, canvas=_base_.canvas, sure_score=None),
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
optim_wrapper = dict(
    optimizer=dict(lr=0.001), paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=1.0)))
)
default_hooks = dict(checkpoint=dict(interval=5))  # epochs
