"""R3, the system ("all"): R101-FPN with the v1 head, warm restarts, five anchors a location.

Reported: accuracy .818 in validation, .784 and .781 in test (public, private); mAP .458, .375 and
.378. The checkpoint is chosen by accuracy. 20 epochs took 8.5 hours on an RTX 4090.

Backbone from ImageNet (IMAGENET1K_V2) with frozen BatchNorm, the rest from nothing. Not stated:
AdamW's weight decay (torch's default), the restarts' lowest rate (0), mixed precision (none). It
reads left to right, then top to bottom, so the height only decides between equal x.

Mistaken in the report, and kept: reading without suppressing a second digit in the same place. Not
kept: boxes cut at the string threshold, which can only lower mAP. It gives the batch as 16 and as
8; it is 8.
"""

_base_ = [
    "../_base_/models/faster_rcnn_r50_fpn_v1.py",
    "../_base_/datasets/nycu_hw2.py",
    "../_base_/schedules/adamw_restarts_20e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    backbone=dict(
        depth=101,
        init_cfg=dict(type="Pretrained", checkpoint="torchvision://resnet101.imagenet1k_v2"),
    ),
    rpn_head=dict(
        anchor_generator=dict(
            scales=[4],  # times the strides: 16..256 px
            ratios=[0.25, 0.5, 1.0, 2.0, 4.0],  # height / width
        )
    ),
)
train_dataloader = dict(batch_size=8)
default_hooks = dict(checkpoint=dict(save_best="digits/seq_acc"))
reader = dict(score_thr=0.5, iou_thr=1, order="x")  # nothing suppressed
