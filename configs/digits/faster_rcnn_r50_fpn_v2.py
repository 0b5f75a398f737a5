"""Faster R-CNN R50-FPN v2 from COCO weights at 800/1333: the primitive that others inherit.

    DIGITS_DATA=/path/to/data python tools/train.py configs/digits/faster_rcnn_r50_fpn_v2.py

Optimiser, batch, epochs and schedule are those of report R0; unlike R0 there is no flip, since a
mirrored 2, 5, 6 or 9 is another sign and a mirrored string is another number.
"""

_base_ = [
    "../_base_/models/faster_rcnn_r50_fpn_v2.py",
    "../_base_/datasets/nycu_hw2.py",
    "../_base_/schedules/sgd_cosine_30e.py",
    "../_base_/default_runtime.py",
]

train_pipeline = [
    _base_.load_image,
    _base_.load_boxes,
    dict(type="ColorJitter", brightness=0.2, contrast=0.2, saturation=0.1),
    _base_.resize,
    _base_.pack,
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

# All weights but those of the 91-class predictor; downloaded once by torchvision.
load_from = "torchvision-det://fasterrcnn_resnet50_fpn_v2.coco_v1"
