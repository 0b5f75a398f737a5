"""Torchvision's v2, computed faster: channels_last, bfloat16 on a CPU that has it, a fused step.

The network, its weights and its training are its parent's.
"""

_base_ = "./faster_rcnn_r50_fpn_v2.py"

# RoIs of 1333 px stay exact in bfloat16.
model = dict(roi_head=dict(bbox_roi_extractor=dict(type="Float32RoIExtractor")))
optim_wrapper = dict(cpu_bfloat16=True, optimizer=dict(fused=True))
custom_hooks = [dict(type="ChannelsLastHook"), dict(type="MixedPrecisionTestHook")]
