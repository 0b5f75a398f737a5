"""R1 with MobileNetV3-Large as the backbone.

Reported: compared; no number is stated, nor how many stages were trained: torchvision's default of
three of its six.
"""

_base_ = [
    "../_base_/models/faster_rcnn_mobilenet_v3_large_fpn.py",
    "../_base_/datasets/nycu_hw2.py",
    "../_base_/schedules/sgd_step_10e.py",
    "../_base_/default_runtime.py",
]

default_hooks = dict(
    checkpoint=dict(save_best="coco/bbox_mAP"), validation_loss=dict(type="ValidationLossHook")
)
reader = dict(score_thr=0.8, iou_thr=1, order="x")  # nothing suppressed
load_from = "torchvision-det://fasterrcnn_mobilenet_v3_large_fpn.coco_v1"
