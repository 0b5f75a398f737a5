"""The names of torchvision's detectors and of MMDetection's, by prefix."""

from collections.abc import Sequence

Prefixes = Sequence[tuple[str, str]]

CLASSES = ("roi_heads.box_predictor.cls_score.", "roi_head.bbox_head.fc_cls.")
BOXES = ("roi_heads.box_predictor.bbox_pred.", "roi_head.bbox_head.fc_reg.")
_COMMON = (
    ("backbone.body.", "backbone."),
    ("rpn.head.cls_logits.", "rpn_head.rpn_cls."),
    ("rpn.head.bbox_pred.", "rpn_head.rpn_reg."),
    CLASSES,
    BOXES,
)


def _fpn(*layers: str) -> Prefixes:
    return [
        (f"backbone.fpn.{theirs}.{level}.{index}.", f"neck.{ours}.{level}.{layer}.")
        for theirs, ours in (("inner_blocks", "lateral_convs"), ("layer_blocks", "fpn_convs"))
        for level in range(4)
        for index, layer in enumerate(layers)
    ]


_V1 = (
    *_COMMON,
    *_fpn("conv"),
    ("rpn.head.conv.0.0.", "rpn_head.rpn_conv."),
    ("roi_heads.box_head.fc6.", "roi_head.bbox_head.shared_fcs.0."),
    ("roi_heads.box_head.fc7.", "roi_head.bbox_head.shared_fcs.1."),
)

# The trunk keeps the names of the classification network; the first prefix that fits counts.
_MOBILENET_V3 = (("backbone.body.", "backbone.features."), *_V1)

# By the name of torchvision's builder: torchvision's prefixes and MMDetection's.
ARCHITECTURES: dict[str, Prefixes] = {
    # Its published COCO weights expect BatchNorm with eps=0 in the backbone.
    "fasterrcnn_resnet50_fpn": _V1,
    "fasterrcnn_resnet50_fpn_v2": (
        *_COMMON,
        *_fpn("conv", "bn"),
        *((f"rpn.head.conv.{i}.0.", f"rpn_head.rpn_conv.{i}.conv.") for i in range(2)),
        *(
            (f"roi_heads.box_head.{i}.{index}.", f"roi_head.bbox_head.shared_convs.{i}.{layer}.")
            for i in range(4)
            for index, layer in enumerate(("conv", "bn"))
        ),
        ("roi_heads.box_head.5.", "roi_head.bbox_head.shared_fcs.0."),
    ),
    # torchvision has neither builders nor weights of these names: they stand for its
    # FasterRCNN(resnet_fpn_backbone(backbone_name="resnet101", ...)) and so on.
    "fasterrcnn_resnet101_fpn": _V1,
    "fasterrcnn_resnext50_32x4d_fpn": _V1,
    "fasterrcnn_resnext101_32x8d_fpn": _V1,
    "fasterrcnn_mobilenet_v3_large_fpn": _MOBILENET_V3,
    "fasterrcnn_mobilenet_v3_large_320_fpn": _MOBILENET_V3,
}
