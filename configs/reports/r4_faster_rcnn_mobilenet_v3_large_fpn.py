"""R4 with MobileNetV3-Large as the backbone.

Reported: test mAP .37, accuracy .71. Initial weights and trainable stages are not stated: COCO's
detector and three of six.
"""

_base_ = [
    "../_base_/models/faster_rcnn_mobilenet_v3_large_fpn.py",
    "../_base_/datasets/nycu_hw2.py",
    "../_base_/schedules/sgd_step_10e.py",
    "../_base_/default_runtime.py",
]

optim_wrapper = dict(automatic_amp=False)  # mixed precision is not stated
param_scheduler = [dict(type="StepLR", step_size=3, gamma=0.3)]  # epochs
default_hooks = dict(checkpoint=dict(save_best="coco/bbox_mAP"))
reader = dict(score_thr=0.7, iou_thr=1, order="x")  # nothing suppressed
load_from = "torchvision-det://fasterrcnn_mobilenet_v3_large_fpn.coco_v1"
