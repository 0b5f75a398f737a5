"""R3's system with the checkpoint chosen by mAP instead of accuracy.

Reported: 1 to 3 points less test accuracy, and nothing gained in test mAP.
"""

_base_ = "./r3_faster_rcnn_r101_fpn_v1_restarts_anchors.py"

default_hooks = dict(checkpoint=dict(save_best="coco/bbox_mAP"))
