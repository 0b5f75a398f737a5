"""R1 without a schedule: the rate stays 0.005.

Reported: validation mAP .4191, against .4415 with StepLR.
"""

_base_ = "./r1_faster_rcnn_r50_fpn_v2.py"

param_scheduler = []
