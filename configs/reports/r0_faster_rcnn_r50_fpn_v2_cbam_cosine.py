"""R0, the system: v2 with CBAM at the end of stages 2 to 4, cosine rate after a warm-up.

Reported: validation accuracy above .82, the best mAP of R0's three; test .38 mAP, .81 accuracy.

Mistaken in the report, and kept, since every row hangs on it: the flip, which mirrors 2, 5, 6 and 9
and turns the number round; reading without suppressing a second digit in the same place. Not
kept: boxes cut at the string threshold, which can only lower mAP; a schedule stepped per epoch on
top of per iteration; empty strings instead of -1.
"""

_base_ = [
    "../_base_/models/faster_rcnn_r50_fpn_v2.py",
    "../_base_/datasets/nycu_hw2.py",
    "../_base_/schedules/sgd_cosine_30e.py",
    "../_base_/default_runtime.py",
]

plugin = dict(
    cfg=dict(type="CBAM", reduction=16, kernel_size=7), stages=(False, True, True, True)
)  # stage 1 is frozen
model = dict(backbone=dict(stage_plugins=[plugin]))
train_pipeline = [
    _base_.load_image,
    _base_.load_boxes,
    dict(type="RandomFlip", prob=0.5),
    dict(type="ColorJitter", brightness=0.2, contrast=0.2, saturation=0.1),
    dict(type="RandomAdjustSharpness", sharpness_factor=10, prob=0.8),
    _base_.resize,
    _base_.pack,
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
default_hooks = dict(checkpoint=dict(save_best="digits/seq_acc"))
reader = dict(score_thr=0.5, iou_thr=1, order="x")  # nothing suppressed
load_from = "torchvision-det://fasterrcnn_resnet50_fpn_v2.coco_v1"
