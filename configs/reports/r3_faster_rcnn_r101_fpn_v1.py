"""R3's baseline: R101-FPN with the v1 head, without restarts and with torchvision's anchors.

Reported: accuracy .806, .754, .756 (validation, public, private), mAP .453, .369, .368. The
schedule without restarts is not stated: a constant rate.
"""

_base_ = "./r3_faster_rcnn_r101_fpn_v1_restarts_anchors.py"

model = dict(rpn_head=dict(anchor_generator=dict(scales=[8], ratios=[0.5, 1.0, 2.0])))
param_scheduler = []
