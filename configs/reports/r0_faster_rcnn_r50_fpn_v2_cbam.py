"""R0 with CBAM and StepLR instead of the cosine.

Reported: validation accuracy .8183, mAP .4689: no better than without CBAM, within the noise of
3,340 images. StepLR's step and factor are not stated: a third of the run, and torch's default .1.
"""

_base_ = "./r0_faster_rcnn_r50_fpn_v2_cbam_cosine.py"

param_scheduler = [dict(type="StepLR", step_size=10, gamma=0.1)]  # epochs
