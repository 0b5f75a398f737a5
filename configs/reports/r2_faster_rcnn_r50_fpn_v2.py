"""R2, the system: v2, AdamW, a cosine rate, each epoch on another random tenth of the images.

Reported: validation mAP .4492; test mAP .382 and .383 (public, private), accuracy .800 and .809.

The cosine takes one step an epoch. Mistaken in the report, and kept: reading without suppressing a
second digit in the same place. Not kept: a predictor of COCO's 91 classes, of which 80 can never be
right; boxes cut at the string threshold, which can only lower mAP.
"""

_base_ = [
    "../_base_/models/faster_rcnn_r50_fpn_v2.py",
    "../_base_/datasets/nycu_hw2.py",
    "../_base_/schedules/adamw_cosine_10e.py",
    "../_base_/default_runtime.py",
]

train_dataloader = dict(
    batch_size=2, sampler=dict(_delete_=True, type="RandomFractionSampler", fraction=0.1)
)
default_hooks = dict(checkpoint=dict(save_best="coco/bbox_mAP"))
reader = dict(score_thr=0.65, iou_thr=1, order="x")  # nothing suppressed
load_from = "torchvision-det://fasterrcnn_resnet50_fpn_v2.coco_v1"
