"""Street-number photographs in the layout of the NYCU 2025 homework.

DIGITS_DATA in the environment says where the folder lies; training, validation, test and their
truth all follow it.
"""

data_root = "{{$DIGITS_DATA:data/nycu_hw2}}"

image_meta = ("img_id", "img_path", "ori_shape", "img_shape", "scale_factor", "sample_idx", "truth")
# Boxes are in pixels of the file as stored, so its EXIF rotation is not applied.
load_image = dict(type="LoadImageFromFile", color_type="color_ignore_orientation")
load_boxes = dict(type="LoadAnnotations", with_bbox=True)
resize = dict(type="Resize", scale=(1333, 800), keep_ratio=True)  # long side, short side
pack = dict(type="PackDetInputs", meta_keys=image_meta)

# A child that augments names these steps again: [_base_.load_image, _base_.load_boxes, ...].
train_pipeline = [load_image, load_boxes, resize, pack]
test_pipeline = [load_image, resize, pack]

# tools/test.py --tta: three sizes. MMDetection's own choice would mirror the digits.
tta_model = dict(
    type="DetTTAModel", tta_cfg=dict(nms=dict(type="nms", iou_threshold=0.5), max_per_img=100)
)
tta_sizes = [(1000, 600), (1333, 800), (1666, 1000)]  # long side, short side
tta_pipeline = [
    load_image,
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
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="DigitCocoDataset",
        data_root=data_root,
        ann_file="train.json",
        data_prefix=dict(img="train/"),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="DigitCocoDataset",
        data_root=data_root,
        ann_file="valid.json",
        data_prefix=dict(img="valid/"),
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    drop_last=False,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="DigitCocoDataset",
        data_root=data_root,
        ann_file="",  # no labels: every image of the folder
        data_prefix=dict(img="test/"),
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
