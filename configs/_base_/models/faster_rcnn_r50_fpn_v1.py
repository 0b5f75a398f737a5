"""torchvision's ``fasterrcnn_resnet50_fpn`` for ten digits: what MMDetection's own does otherwise.

``v1`` is the network of Lin et al., 2017 (https://arxiv.org/abs/1612.03144): BatchNorm in the
backbone alone and frozen, statistics and scales, as torchvision has it with any weights; one
convolution in the RPN; two linear layers in the box head.

BatchNorm's eps belongs to the weights: 1e-5 for a backbone from ImageNet, 0 for the COCO detector,
so a config that starts from COCO sets ``model.backbone.norm_cfg.eps`` to 0. The backbone may be
``depth=101``, or ``type="ResNeXt", depth=50, groups=32, base_width=4`` (101, 32 and 8 for the
other): these equal torchvision's ``resnet_fpn_backbone`` of that name with the same head.

The same weights give torchvision's boxes, labels, scores and losses, and a step changes them alike;
tests/models compares them. What is left: a detection thinner than 0.01 px is kept; an anchor that
is the best of one box but fits another better is trained towards the first; an image without boxes
counts 257 RPN samples.

Start from COCO with ``load_from = "torchvision-det://fasterrcnn_resnet50_fpn.coco_v1"``, or from a
backbone with ``model.backbone.init_cfg``: with neither, the frozen BatchNorm silences every block.
"""

_base_ = "mmdet::_base_/models/faster-rcnn_r50_fpn.py"

# torchvision's: a smooth L1 in place of L1, and a limit on how far a box may grow, but neither on
# its shrinking nor on its shift: the limit on the shift is one that no box reaches.
smooth_l1 = dict(_delete_=True, type="SmoothL1Loss", beta=1 / 9)
bbox_coder = dict(add_ctr_clamp=True, ctr_clamp=10**6)

model = dict(
    backbone=dict(
        _delete_=True,  # without its init_cfg: where weights come from is the experiment's choice
        type="ResNet",
        depth=50,
        frozen_stages=1,  # stem and stage 1: torchvision's 3 trainable stages; -1 trains all 5
        norm_cfg=dict(type="BN", requires_grad=False, eps=1e-5),
        norm_eval=True,
        style="pytorch",
    ),
    rpn_head=dict(
        anchor_generator=dict(
            type="TorchvisionAnchorGenerator",
            scales=[8],  # times the strides: 32..512 px
            ratios=[0.5, 1.0, 2.0],  # height / width
        ),
        bbox_coder=bbox_coder,
        loss_bbox=smooth_l1,
    ),
    roi_head=dict(
        bbox_roi_extractor=dict(
            # torchvision's operator: the one the weights were trained with; needs no compiled mmcv.
            roi_layer=dict(sampling_ratio=2, aligned=False, use_torchvision=True)
        ),
        bbox_head=dict(num_classes=10, bbox_coder=bbox_coder, loss_bbox=smooth_l1),
    ),
    train_cfg=dict(
        # torchvision has no min_pos_iou; at 0 a box that meets no anchor would claim them all.
        rpn=dict(assigner=dict(min_pos_iou=1e-6)),
        rpn_proposal=dict(max_per_img=2000, min_bbox_size=1e-3),
    ),
    test_cfg=dict(
        rpn=dict(min_bbox_size=1e-3),
        # Low scores belong to the precision-recall curve (torchvision stops at 0.05); what may
        # enter a string is the reader's threshold.
        rcnn=dict(score_thr=0.01),
    ),
)
