"""Photographs in the layout of the NYCU 2025 homework among rendered street numbers.

DIGITS_DATA in the environment says where the photographs' folder lies. In training both kinds come
onto a canvas of 192 x 96 px; rendered numbers are new throughout. Small photographs are enlarged to
its size; of larger ones the canvas shows the part that has the number.
"""

data_root = "{{$DIGITS_DATA:data/nycu_hw2}}"
canvas = (192, 96)  # width, height
largest = (384, 192)  # of what is larger than the canvas, before it is reduced

image_meta = ("img_id", "img_path", "ori_shape", "img_shape", "scale_factor", "sample_idx", "truth")
# Boxes are in pixels of the file as stored, so its EXIF rotation is not applied.
load_image = dict(type="LoadImageFromFile", color_type="color_ignore_orientation")
load_image_once = dict(load_image, type="LoadCachedImage")
load_boxes = dict(type="LoadAnnotations", with_bbox=True)
# MultiImageMixDataset would copy them for every step.
drop_labels = dict(type="DropKeys", keys=["instances", "truth"])
resize = dict(type="ResizeWithin", smallest=canvas, largest=largest, times=1.0)
pack = dict(type="PackDetInputs", meta_keys=image_meta)

view = dict(
    type="RandomDigitWarp",
    canvas=canvas,
    largest=largest,
    scale=(0.7, 1.2),
    rotation=15,  # few numbers are turned further
    shift=0.15,
)
# What a digit is depends neither on its colour nor on whether it is lighter than its ground.
colours = [
    dict(type="ColorJitter", brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1),
    dict(type="TorchvisionPhotometric", name="RandomInvert", p=0.2),
    dict(type="TorchvisionPhotometric", name="RandomGrayscale", p=0.1),
    dict(type="TorchvisionPhotometric", name="RandomAutocontrast", p=0.2),
    dict(type="TorchvisionPhotometric", name="RandomEqualize", p=0.1),
]
# A view is no longer a file resized: there is no scale_factor.
pack_view = dict(type="PackDetInputs", meta_keys=("img_id", "img_path", "ori_shape", "img_shape"))
photographs = dict(
    type="MultiImageMixDataset",
    dataset=dict(
        type="DigitCocoDataset",
        data_root=data_root,
        ann_file="train.json",
        data_prefix=dict(img="train/"),
        pipeline=[load_image_once, load_boxes, drop_labels],
    ),
    pipeline=[
        dict(type="DigitCopyPaste", prob=0.7, num_donors=6),
        dict(view, bend=0.03),  # rendered digits are bent before they are painted
        dict(type="RandomDegrade", blur=0.2, resample=0.2, noise=0.2, jpeg=0.2),
        *colours,
        pack_view,
    ],
)
rendered = dict(
    type="SyntheticDigitsDataset",
    num_images=1000000,  # more than a run shows
    difficulty="photo",
    pipeline=[load_boxes, view, *colours, pack_view],
)
test_pipeline = [load_image, resize, pack]

# tools/test.py --tta: three sizes, relative to the one that is seen otherwise, so that they differ
# for any photograph. MMDetection's own choice would mirror the digits.
tta_model = dict(type="FusedTTAModel")
tta_pipeline = [
    load_image,
    dict(
        type="TestTimeAug",
        transforms=[
            [dict(resize, times=times) for times in (0.83, 1.0, 1.2)],
            [dict(type="PackDetInputs", meta_keys=(*image_meta, "homography_matrix"))],
        ],
    ),
]

batch_size = 8
train_dataloader = dict(
    batch_size=batch_size,
    num_workers=2,
    persistent_workers=True,
    # Rendered numbers alone at first, photographs alone at last. An epoch is 800 images.
    sampler=dict(
        type="CurriculumSampler",
        batch_size=batch_size,
        batches=100,
        start_ratio=[0, 1],
        end_ratio=[1, 0],
    ),
    dataset=dict(type="ConcatDataset", datasets=[photographs, rendered]),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=1,
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
    batch_size=8,
    num_workers=1,
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
