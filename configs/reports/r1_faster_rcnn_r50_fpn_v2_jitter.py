"""R1 with ColorJitter.

Reported: validation mAP .4414, against .4415 without: no difference.
"""

_base_ = "./r1_faster_rcnn_r50_fpn_v2.py"

train_pipeline = [
    _base_.load_image,
    _base_.load_boxes,
    dict(type="ColorJitter", brightness=0.2, contrast=0.2, saturation=0.2, hue=0.2),
    _base_.resize,
    _base_.pack,
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
