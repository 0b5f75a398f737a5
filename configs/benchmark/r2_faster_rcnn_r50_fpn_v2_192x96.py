"""Torchvision's v2, trained as report R2 did, in 40 minutes on two CPU cores: a peer to compare.

    export DIGITS_DATA=/path/to/data DIGITS_RESNET50_V1=/path/to/backbone.pth
    python tools/train.py configs/benchmark/r2_faster_rcnn_r50_fpn_v2_192x96.py

Of R2 it keeps the network, its anchors, the optimiser, the batch and the cosine. To be trained at
all in that time it sees the recommended configs' pixels, has 64 proposals and 32 RoIs an image,
computes in bfloat16 and begins with the recommended ResNet-50's backbone, whose strides may stand
in other convolutions than torchvision's. An epoch is all images, not a tenth.
"""

_base_ = "../reports/r2_faster_rcnn_r50_fpn_v2.py"

backbone = "{{$DIGITS_RESNET50_V1:torchvision://resnet50}}"
resize = dict(type="Resize", scale=(192, 96), keep_ratio=True)
train_pipeline = [
    resize if step["type"] == "Resize" else step
    for step in _base_.train_dataloader.dataset.pipeline
]
test_pipeline = [
    resize if step["type"] == "Resize" else step for step in _base_.test_dataloader.dataset.pipeline
]
tta_sizes = [(160, 80), (192, 96), (230, 115)]
tta_pipeline = [
    _base_.load_image,
    dict(
        type="TestTimeAug",
        transforms=[
            [dict(resize, scale=size) for size in tta_sizes],
            *_base_.tta_pipeline[1]["transforms"][1:],
        ],
    ),
]
train_dataloader = dict(
    num_workers=1, sampler=dict(fraction=1.0), dataset=dict(pipeline=train_pipeline)
)
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(num_workers=1, dataset=dict(pipeline=test_pipeline))
model = dict(
    backbone=dict(
        style="pytorch" if backbone.startswith("torchvision:") else "caffe",
        init_cfg=dict(type="Pretrained", checkpoint=backbone),
    ),
    # RoIs stay exact in bfloat16, and are pooled faster.
    roi_head=dict(bbox_roi_extractor=dict(type="SeparableRoIExtractor")),
    train_cfg=dict(rpn_proposal=dict(max_per_img=64), rcnn=dict(sampler=dict(num=32))),
    test_cfg=dict(rpn=dict(max_per_img=64)),
)
optim_wrapper = dict(cpu_bfloat16=True, optimizer=dict(fused=True))
custom_hooks = [dict(type="ChannelsLastHook"), dict(type="MixedPrecisionTestHook")]
train_cfg = dict(val_interval=5)
load_from = None
