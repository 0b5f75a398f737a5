"""R4 with v1 in place of v2.

Reported: test mAP .38, accuracy .76. Initial weights and trainable stages are not stated: COCO's
detector and three. The report has ResNeXt weights on a ResNet-50 somewhere: not kept.
"""

_base_ = [
    "../_base_/models/faster_rcnn_r50_fpn_v1.py",
    "../_base_/datasets/nycu_hw2.py",
    "../_base_/schedules/sgd_step_10e.py",
    "../_base_/default_runtime.py",
]

model = dict(backbone=dict(norm_cfg=dict(eps=0)))  # as the COCO weights want it
optim_wrapper = dict(automatic_amp=False)  # mixed precision is not stated
param_scheduler = [dict(type="StepLR", step_size=3, gamma=0.3)]  # epochs
default_hooks = dict(checkpoint=dict(save_best="coco/bbox_mAP"))
reader = dict(score_thr=0.7, iou_thr=1, order="x")  # nothing suppressed
load_from = "torchvision-det://fasterrcnn_resnet50_fpn.coco_v1"
