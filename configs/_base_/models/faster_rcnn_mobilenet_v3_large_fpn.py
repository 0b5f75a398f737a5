"""torchvision's ``fasterrcnn_mobilenet_v3_large_fpn``, number by number, for ten digits.

A light trunk at one resolution: both feature maps have stride 32, the pooled one 64, each location
of each of the three has 15 anchors, and every box takes its features from the first map. The RPN
proposes nothing below 0.05. BatchNorm is frozen, as torchvision has it with any weights.

``fasterrcnn_mobilenet_v3_large_320_fpn`` is the same network for small images. It differs in
``test_cfg.rpn``, ``nms_pre=150`` and ``max_per_img=150``, and in resizing: the shorter side to 320
px, the longer to 640 at most, instead of 800 and 1333, which is ``scale=(640, 320)`` here.

The same weights give torchvision's boxes, labels, scores and losses; tests/models compares them.
What is left: a detection thinner than 0.01 px is kept; an anchor that is the best of one box but
fits another better is trained towards the first; an image without boxes counts 257 RPN samples;
features of boxes are taken at the true stride 32, while torchvision guesses it from the first
image it ever sees, and guesses 16 if that is at most 22, 33 to 45 or 65 to 67 px high.

Start from COCO with ``load_from = "torchvision-det://fasterrcnn_mobilenet_v3_large_fpn.coco_v1"``
(or ``..._320_fpn.coco_v1``), or from ImageNet with ``model.backbone.init_cfg = dict(
type="Pretrained", checkpoint="torchvision://mobilenet_v3_large.imagenet1k_v1")``. With neither,
set ``trainable_stages=6`` and ``frozen_norm=False``, as torchvision does.
"""

_base_ = "./faster_rcnn_r50_fpn_v2.py"

model = dict(
    backbone=dict(
        _delete_=True,  # another network
        type="TorchvisionMobileNetV3",
        trainable_stages=3,  # of 6
        frozen_norm=True,
        norm_eps=1e-5,
    ),
    neck=dict(in_channels=[160, 960], num_outs=3, norm_cfg=None),
    rpn_head=dict(
        type="ScoreThresholdRPNHead",
        num_convs=1,
        anchor_generator=dict(
            scales=[1, 2, 4, 8, 16],  # times the base sizes: 32..512 px at every level
            base_sizes=[32, 32, 32],
            strides=[32, 32, 64],
        ),
    ),
    roi_head=dict(
        # The first map alone, though the second is as fine.
        bbox_roi_extractor=dict(featmap_strides=[32]),
        bbox_head=dict(type="Shared2FCBBoxHead", norm_cfg=None),
    ),
    train_cfg=dict(rpn_proposal=dict(score_thr=0.05)),
    test_cfg=dict(rpn=dict(score_thr=0.05)),
)
