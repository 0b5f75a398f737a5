"""R0's system with StepLR instead of the cosine.

Reported: validation accuracy .8183, mAP .4689, against .8177 and .4716 without CBAM. StepLR's step
and factor are not stated: a third of the run, and torch's default .1.
"""

_base_ = "./r0_faster_rcnn_r50_fpn_v2_cbam_cosine.py"

param_scheduler = [dict(type="StepLR", step_size=10, gamma=0.1)]  # epochs
