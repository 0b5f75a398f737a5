"""R1 with v1 in place of v2: frozen BatchNorm, no norm in the FPN, two linear layers in the head.

Reported: compared with v2; no number is stated, nor how many stages were trained: five, as in R1's
system.

Mistaken in the report: v1 is said to train its BatchNorm; it is v2 that does.
"""

_base_ = [
    "../_base_/models/faster_rcnn_r50_fpn_v1.py",
    "../_base_/datasets/nycu_hw2.py",
    "../_base_/schedules/sgd_step_10e.py",
    "../_base_/default_runtime.py",
]

model = dict(backbone=dict(frozen_stages=-1, norm_cfg=dict(eps=0)))  # as the COCO weights want it
default_hooks = dict(
    checkpoint=dict(save_best="coco/bbox_mAP"), validation_loss=dict(type="ValidationLossHook")
)
reader = dict(score_thr=0.8, iou_thr=1, order="x")  # nothing suppressed
load_from = "torchvision-det://fasterrcnn_resnet50_fpn.coco_v1"
