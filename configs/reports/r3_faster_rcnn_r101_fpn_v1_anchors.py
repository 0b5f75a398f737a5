"""R3 with five anchors a location alone.

Reported: accuracy .817, .778, .773 (validation, public, private), mAP .452, .372, .371. The
schedule without restarts is not stated: a constant rate.
"""

_base_ = "./r3_faster_rcnn_r101_fpn_v1_restarts_anchors.py"

param_scheduler = []
