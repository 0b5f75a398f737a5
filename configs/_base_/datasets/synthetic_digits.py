"""Rendered street numbers, new ones every epoch: nothing to download."""

image_meta = ("img_id", "img_path", "ori_shape", "img_shape", "scale_factor", "sample_idx", "truth")
resize = dict(type="Resize", scale=(192, 96), keep_ratio=True)  # at most 192 wide and 96 high

train_pipeline = [
    dict(type="LoadAnnotations", with_bbox=True),
    resize,
    dict(type="PackDetInputs", meta_keys=image_meta),
]
test_pipeline = [resize, dict(type="PackDetInputs", meta_keys=image_meta)]

# tools/test.py --tta: three sizes. MMDetection's own choice would mirror the digits.
tta_model = dict(
    type="DetTTAModel", tta_cfg=dict(nms=dict(type="nms", iou_threshold=0.5), max_per_img=100)
)
tta_sizes = [(160, 80), (192, 96), (224, 112)]  # width, height
tta_pipeline = [
    dict(
        type="TestTimeAug",
        transforms=[
            [dict(type="Resize", scale=size, keep_ratio=True) for size in tta_sizes],
            [dict(type="RandomFlip", prob=0.0)],  # never; but DetTTAModel asks whether it did
            [dict(type="PackDetInputs", meta_keys=(*image_meta, "flip", "flip_direction"))],
        ],
    ),
]

train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="EpochIndexSampler", shuffle=False),  # every image is new: no order to break
    dataset=dict(
        type="SyntheticDigitsDataset",
        num_images=1000,
        split="train",
        difficulty="easy",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=16,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="SyntheticDigitsDataset",
        num_images=500,
        split="valid",
        difficulty="easy",
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = dict(
    batch_size=16,
    num_workers=2,
    drop_last=False,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="SyntheticDigitsDataset",
        num_images=500,
        split="test",
        difficulty="easy",
        pipeline=test_pipeline,
        test_mode=True,
    ),
)

val_evaluator = [dict(type="DigitCocoMetric"), dict(type="SequenceAccuracy")]
test_evaluator = [
    dict(type="DigitCocoMetric"),
    dict(type="SequenceAccuracy"),
    dict(type="SubmissionWriter"),
]
