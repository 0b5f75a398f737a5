"""The recommended config: ResNet-50 on photographs and rendered numbers, on a CPU.

    export DIGITS_DATA=/path/to/data DIGITS_RESNET50_V1=/path/to/backbone.pth
    python tools/train.py configs/digits/cascade_rcnn_r50_fpn_mix.py

DIGITS_RESNET50_V1 is an ImageNet ResNet-50 in torchvision's names with its stride in each stage's
first 1 x 1 convolution, as He et al., 2016 have it ("caffe" in MMDetection): docs/training.md makes
one. Without it torchvision's own is downloaded, which has its stride in the 3 x 3 one.

12,000 steps of 8 images take about an hour on two CPU cores that have bfloat16;
cascade_rcnn_r50_fpn_mix_80e.py is the same in 40 minutes.
"""

_base_ = [
    "../_base_/models/faster_rcnn_r18_fpn_small.py",
    "../_base_/datasets/photographs_and_rendered.py",
    "../_base_/schedules/adamw_cosine_ema.py",
    "../_base_/default_runtime.py",
]

backbone = "{{$DIGITS_RESNET50_V1:torchvision://resnet50}}"
channels = 128
strides = [4, 8, 16]
one_head = _base_.model.train_cfg.rcnn
# Reads what two looks found by -.3 to +2.7 points better than thresholds do (docs/recipe.md, "The
# reader"). How sure a reading is, tools/tune_reader.py found on `valid` with one seed of the 40
# minutes.
reader = dict(
    method="best_set",
    confidence=dict(weights=[1.05, -0.15, -0.59, -0.01], offset=0.84, empty=0.5),
)
model = dict(
    # Testing sees each number twice: in the photograph, and by itself, level and 60 px high.
    type="SecondLookRCNN",
    second_look=dict(
        height=60,
        canvas=_base_.canvas,
        reader=dict(score_thr=0.4, iou_thr=0.3),
        sure_score=None,  # 0.8 spares two thirds of their time (docs/benchmark.md)
    ),
    backbone=dict(
        depth=50,
        # A digit is 10 to 100 px high here: the fourth stage, at stride 32, sees too much of too
        # little. What it would cost pays for a level at stride 4.
        num_stages=3,
        strides=(1, 2, 2),
        dilations=(1, 1, 1),
        out_indices=(0, 1, 2),
        frozen_stages=1,  # the stem and the first stage, a fifth of a step's time
        style="pytorch" if backbone.startswith("torchvision:") else "caffe",
        init_cfg=dict(type="Pretrained", checkpoint=backbone),
    ),
    neck=dict(in_channels=[256, 512, 1024], out_channels=channels),
    rpn_head=dict(
        in_channels=channels,
        feat_channels=channels,
        anchor_generator=dict(scales=[4.5, 6.5], ratios=[1.6, 2.8], strides=strides),
    ),
    # The second head sees the first one's boxes; the logits of both are averaged.
    roi_head=dict(
        type="CascadeRoIHead",
        num_stages=2,
        stage_loss_weights=[1.0, 1.0],
        bbox_roi_extractor=dict(
            type="SeparableRoIExtractor", out_channels=channels, featmap_strides=strides
        ),
        bbox_head=dict(
            in_channels=channels,
            fc_out_channels=512,
            # Annotators' widths scatter by a fifth, and the gradient of L1Loss never shrinks.
            loss_bbox=dict(type="SmoothL1Loss", beta=1.0),
        ),
    ),
    train_cfg=dict(
        rcnn=[
            dict(
                one_head,
                assigner=dict(one_head.assigner, pos_iou_thr=iou, neg_iou_thr=iou),
                sampler=dict(one_head.sampler, num=64),
            )
            for iou in (0.5, 0.6)
        ]
    ),
    test_cfg=dict(rpn=dict(max_per_img=25)),  # 100 read no better (docs/benchmark.md)
)
default_hooks = dict(checkpoint=dict(interval=5))  # epochs
