"""R3 with restarts alone: anchors of 32 to 512 px in three ratios.

Reported: accuracy .807, .767, .765 (validation, public, private), mAP .455, .377, .378.
"""

_base_ = "./r3_faster_rcnn_r101_fpn_v1_restarts_anchors.py"

model = dict(rpn_head=dict(anchor_generator=dict(scales=[8], ratios=[0.5, 1.0, 2.0])))
