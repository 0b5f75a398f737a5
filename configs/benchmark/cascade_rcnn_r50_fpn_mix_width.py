"""The recommended ResNet-50 at another input size, in a fifth of its steps.

    DIGITS_WIDTH=128 python tools/train.py configs/benchmark/cascade_rcnn_r50_fpn_mix_width.py

DIGITS_WIDTH is the canvas's width in pixels; it is twice as wide as high. Anchors and the second
look grow and shrink with it. RoIs go to the level that suits their size in pixels, as ever.
"""

_base_ = "../digits/cascade_rcnn_r50_fpn_mix.py"

wanted = "{{$DIGITS_WIDTH:192}}"
if not (wanted.isdecimal() and int(wanted) >= 32):
    raise SystemExit(f"error: DIGITS_WIDTH is {wanted!r}; give a width of 32 pixels or more")
width = int(wanted)
times = width / _base_.canvas[0]
canvas = (width, width // 2)
largest = (2 * width, width)
view = dict(_base_.view, canvas=canvas, largest=largest)
resize = dict(_base_.resize, smallest=canvas, largest=largest)
photograph_pipeline = [
    dict(step, canvas=canvas, largest=largest) if step["type"] == view["type"] else step
    for step in _base_.photographs.pipeline
]
rendered_pipeline = [
    view if step["type"] == view["type"] else step for step in _base_.rendered.pipeline
]
test_pipeline = [_base_.load_image, resize, _base_.pack]
tta_pipeline = [
    _base_.load_image,
    dict(
        type="TestTimeAug",
        transforms=[
            [dict(resize, times=step.times) for step in _base_.tta_pipeline[1]["transforms"][0]],
            *_base_.tta_pipeline[1]["transforms"][1:],
        ],
    ),
]
train_dataloader = dict(
    dataset=dict(
        datasets=[
            dict(_base_.photographs, pipeline=photograph_pipeline),
            dict(_base_.rendered, pipeline=rendered_pipeline),
        ]
    )
)
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
model = dict(
    second_look=dict(height=round(_base_.model.second_look.height * times), canvas=canvas),
    rpn_head=dict(
        anchor_generator=dict(
            scales=[scale * times for scale in _base_.model.rpn_head.anchor_generator.scales]
        )
    ),
)
train_cfg = dict(max_epochs=24, val_interval=24)
default_hooks = dict(checkpoint=dict(interval=24))
