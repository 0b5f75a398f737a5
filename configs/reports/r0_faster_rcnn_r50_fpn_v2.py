"""R0's baseline: the system without CBAM, and with StepLR instead of the cosine.

Reported: validation accuracy .8177, mAP .4716. StepLR's step and factor are not stated: a third of
the run, and torch's default .1.
"""

_base_ = "./r0_faster_rcnn_r50_fpn_v2_cbam_cosine.py"

model = dict(backbone=dict(stage_plugins=[]))
param_scheduler = [dict(type="StepLR", step_size=10, gamma=0.1)]  # epochs
