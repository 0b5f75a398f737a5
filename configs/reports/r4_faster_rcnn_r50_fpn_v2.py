"""R4, the best single model: v2 with StepLR and a threshold found by a sweep.

Reported: test mAP .39, accuracy .83. Trainable stages are not stated: torchvision's default of
three; nor is whether this or a backbone alone came from COCO: all of it here.

The sweep is tools/sweep_thresholds.py. It cut the boxes too, which only lowers mAP: not kept.
"""

_base_ = [
    "../_base_/models/faster_rcnn_r50_fpn_v2.py",
    "../_base_/datasets/nycu_hw2.py",
    "../_base_/schedules/sgd_step_10e.py",
    "../_base_/default_runtime.py",
]

optim_wrapper = dict(constructor="DefaultOptimWrapperConstructor")  # full precision: AMP not stated
param_scheduler = [dict(type="StepLR", step_size=3, gamma=0.3)]  # epochs
default_hooks = dict(checkpoint=dict(save_best="coco/bbox_mAP"))
reader = dict(score_thr=0.7, iou_thr=1, row_overlap=None)  # by x, nothing suppressed
load_from = "torchvision-det://fasterrcnn_resnet50_fpn_v2.coco_v1"
