"""R2 with StepLR: the rate times .7 after every epoch.

Reported: compared with the cosine; no number is stated.
"""

_base_ = "./r2_faster_rcnn_r50_fpn_v2.py"

param_scheduler = [dict(type="StepLR", step_size=1, gamma=0.7)]  # epochs
