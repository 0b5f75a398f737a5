"""The primitive plus CBAM at the end of stages 2 to 4, where report R0 put it."""

_base_ = "./faster_rcnn_r50_fpn_v2.py"

model = dict(
    backbone=dict(
        stage_plugins=[
            dict(
                cfg=dict(type="CBAM", reduction=16, kernel_size=7),
                # Stage 1 is frozen: CBAM would keep its random weights there.
                stages=(False, True, True, True),
            )
        ],
    )
)
