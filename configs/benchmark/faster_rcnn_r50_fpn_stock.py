"""MMDetection's own faster-rcnn_r50_fpn on the homework's images: a peer to time against.

Nothing of the network differs but the number of classes.
"""

_base_ = [
    "mmdet::_base_/models/faster-rcnn_r50_fpn.py",
    "../_base_/datasets/nycu_hw2.py",
    "../_base_/schedules/sgd_cosine_30e.py",
    "../_base_/default_runtime.py",
]

model = dict(roi_head=dict(bbox_head=dict(num_classes=10)))
optim_wrapper = dict(automatic_amp=False)  # MMDetection's own config has none
