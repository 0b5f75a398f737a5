"""R3's system with every image sharpened before the detector, in training and in test.

Reported: accuracy .814, .786, .786 (validation, public, private), mAP .451, .374, .371, against
.818, .784, .781 and .458, .375, .378. How much was sharpened is not stated: a factor of 2.
"""

_base_ = "./r3_faster_rcnn_r101_fpn_v1_restarts_anchors.py"

sharpen = dict(type="RandomAdjustSharpness", sharpness_factor=2, prob=1.0)
train_pipeline = [_base_.load_image, _base_.load_boxes, sharpen, _base_.resize, _base_.pack]
test_pipeline = [_base_.load_image, sharpen, _base_.resize, _base_.pack]
tta_pipeline = [_base_.load_image, sharpen, _base_.tta_pipeline[-1]]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
