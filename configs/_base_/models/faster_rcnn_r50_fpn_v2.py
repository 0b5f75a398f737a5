"""torchvision's ``fasterrcnn_resnet50_fpn_v2``, number by number, for ten digits.

``v2`` is torchvision's name for the recipe of Li et al., 2021 (https://arxiv.org/abs/2111.11429):
BatchNorm that trains, also in the FPN; two convolutions in the RPN instead of one; four
convolutions and one linear layer in the box head instead of two linear layers.

The same weights give torchvision's boxes, labels, scores and losses, and a step changes them alike,
BatchNorm's statistics included; tests/models compares them. What is left: a detection thinner than
0.01 px is kept; an anchor that is the best of one box but fits another better is trained towards
the first; an image without boxes counts 257 RPN samples.

Start from COCO with ``load_from = "torchvision-det://fasterrcnn_resnet50_fpn_v2.coco_v1"``, or from
a backbone with ``model.backbone.init_cfg``: with neither, the frozen stage 1 stays random.
"""

model = dict(
    type="FasterRCNN",
    data_preprocessor=dict(
        type="DetDataPreprocessor",
        mean=[123.675, 116.28, 103.53],  # ImageNet's, RGB, 0..255
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_size_divisor=32,
    ),
    backbone=dict(
        type="StagePluginResNet",
        depth=50,
        frozen_stages=1,  # stem and stage 1: torchvision's 3 trainable stages; -1 trains all 5
        frozen_stats=False,  # as torchvision: frozen parameters, but BatchNorm as everywhere
        norm_cfg=dict(type="BN", requires_grad=True),
        norm_eval=False,
        style="pytorch",
    ),
    neck=dict(
        type="FPN",
        in_channels=[256, 512, 1024, 2048],
        out_channels=256,
        num_outs=5,
        norm_cfg=dict(type="BN", requires_grad=True),
    ),
    rpn_head=dict(
        type="RPNHead",
        in_channels=256,
        feat_channels=256,
        num_convs=2,
        anchor_generator=dict(
            type="TorchvisionAnchorGenerator",
            scales=[8],  # times the strides: 32..512 px
            ratios=[0.5, 1.0, 2.0],  # height / width
            strides=[4, 8, 16, 32, 64],
        ),
        # torchvision limits how far a box may grow, but neither its shrinking nor its shift: the
        # limit on the shift is one that no box reaches.
        bbox_coder=dict(type="DeltaXYWHBBoxCoder", add_ctr_clamp=True, ctr_clamp=10**6),
        loss_cls=dict(type="CrossEntropyLoss", use_sigmoid=True),
        loss_bbox=dict(type="SmoothL1Loss", beta=1 / 9),
    ),
    roi_head=dict(
        type="StandardRoIHead",
        bbox_roi_extractor=dict(
            type="SingleRoIExtractor",
            # torchvision's operator: the one the weights were trained with; needs no compiled mmcv.
            roi_layer=dict(
                type="RoIAlign",
                output_size=7,
                sampling_ratio=2,
                aligned=False,
                use_torchvision=True,
            ),
            out_channels=256,
            featmap_strides=[4, 8, 16, 32],
        ),
        bbox_head=dict(
            type="Shared4Conv1FCBBoxHead",
            in_channels=256,
            fc_out_channels=1024,
            roi_feat_size=7,
            norm_cfg=dict(type="BN", requires_grad=True),
            num_classes=10,
            bbox_coder=dict(
                type="DeltaXYWHBBoxCoder",
                target_stds=[0.1, 0.1, 0.2, 0.2],
                add_ctr_clamp=True,
                ctr_clamp=10**6,
            ),
            loss_cls=dict(type="CrossEntropyLoss", use_sigmoid=False),
            loss_bbox=dict(type="SmoothL1Loss", beta=1 / 9),
        ),
    ),
    train_cfg=dict(
        rpn=dict(
            # torchvision has no min_pos_iou; at 0 a box that meets no anchor would claim them all.
            assigner=dict(
                type="MaxIoUAssigner", pos_iou_thr=0.7, neg_iou_thr=0.3, min_pos_iou=1e-6
            ),
            sampler=dict(
                type="RandomSampler", num=256, pos_fraction=0.5, add_gt_as_proposals=False
            ),
            allowed_border=-1,
            pos_weight=-1,
        ),
        rpn_proposal=dict(
            nms_pre=2000,
            max_per_img=2000,
            nms=dict(type="nms", iou_threshold=0.7),
            min_bbox_size=1e-3,
        ),
        rcnn=dict(
            assigner=dict(
                type="MaxIoUAssigner", pos_iou_thr=0.5, neg_iou_thr=0.5, match_low_quality=False
            ),
            sampler=dict(type="RandomSampler", num=512, pos_fraction=0.25),
            pos_weight=-1,
        ),
    ),
    test_cfg=dict(
        rpn=dict(
            nms_pre=1000,
            max_per_img=1000,
            nms=dict(type="nms", iou_threshold=0.7),
            min_bbox_size=1e-3,
        ),
        # Low scores belong to the precision-recall curve (torchvision stops at 0.05); what may
        # enter a string is the reader's threshold.
        rcnn=dict(score_thr=0.01, nms=dict(type="nms", iou_threshold=0.5), max_per_img=100),
    ),
)
