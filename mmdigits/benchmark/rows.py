"""What is timed side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

FILE_BATCHES = 8  # times scatter, and a call starts a process that loads
SLOW = 4  # batches, where an image takes half a second or more


class TorchvisionRow(NamedTuple):
    """A detector of torchvision.

    Attributes:
        name: What the table calls it.
        model: Its name in ``torchvision.models``, one of the Faster R-CNNs.
        size: Shorter side in pixels that it enlarges images to, and the longest that is allowed.
        batch_size: Images in a call.
        few: Whether it makes 64 proposals and trains on 32 RoIs an image, instead of thousands
            and 512.
        file_batches: Batches whose files a call reads.
    """

    name: str
    model: str
    size: tuple[int, int]
    batch_size: int
    few: bool = False
    file_batches: int = FILE_BATCHES


class ConfigRow(NamedTuple):
    """The network of a config.

    Attributes:
        name: What the table calls it.
        config: The config's path, below the root of the checkout or absolute.
        batch_size: Images in a call.
        size: Shorter and longest side in pixels, in place of the ``Resize`` steps'; None for the
            config's own.
        few: As in :class:`TorchvisionRow`.
        options: What else differs from the config, as ``--cfg-options`` names it.
        twin: The detector of ``torchvision.models`` that it mirrors, to have the same random
            weights, and so the same proposals; None for weights of its own.
        checkpoint: Its weights; None for random ones, with which nothing is read, so that a second
            look is switched off.
        file_batches: Batches that a call loads, or whose files it reads.
    """

    name: str
    config: str
    batch_size: int
    size: tuple[int, int] | None = None
    few: bool = False
    options: Mapping[str, object] = {}
    twin: str | None = None
    checkpoint: Path | None = None
    file_batches: int = FILE_BATCHES


class UltralyticsRow(NamedTuple):
    """A detector of Ultralytics', timed in a process of its own; needs ``ultralytics``.

    Attributes:
        name: What the table calls it.
        model: Its name, such as ``"yolo26n"``.
        size: Side in pixels of the square that images are enlarged to.
        batch_size: Images in a call.
        file_batches: Batches whose files a call reads.
    """

    name: str
    model: str
    size: int
    batch_size: int
    file_batches: int = FILE_BATCHES


Row = TorchvisionRow | ConfigRow | UltralyticsRow

PROPOSALS, ROIS = 64, 32  # of an image, where a row has few
REPORTS = (800, 1333)  # px, as in the reports
SMALL = (96, 192)  # px, as in the recommended configs

_V1 = "fasterrcnn_resnet50_fpn"
_V2 = "fasterrcnn_resnet50_fpn_v2"
_MOBILE = "fasterrcnn_mobilenet_v3_large_fpn"
_OURS = "configs/digits/faster_rcnn_r50_fpn_v2.py"
_FAST = "configs/digits/faster_rcnn_r50_fpn_v2_fast.py"
_STOCK = "configs/benchmark/faster_rcnn_r50_fpn_stock.py"
# Pays on maps as small as these.
_SEPARABLE = {"model.roi_head.bbox_roi_extractor.type": "SeparableRoIExtractor"}
# As torchvision's, also where there is a GPU.
_FULL = {"optim_wrapper.automatic_amp": False}

ROWS: tuple[Row, ...] = (
    TorchvisionRow("torchvision v2", _V2, REPORTS, 1, file_batches=SLOW),
    TorchvisionRow("torchvision v1", _V1, REPORTS, 1, file_batches=SLOW),
    TorchvisionRow("torchvision MobileNetV3", _MOBILE, REPORTS, 1),
    ConfigRow("MMDetection faster-rcnn_r50_fpn", _STOCK, 1, REPORTS, file_batches=SLOW),
    ConfigRow("mmdigits v2", _OURS, 1, REPORTS, options=_FULL, twin=_V2, file_batches=SLOW),
    ConfigRow("mmdigits v2, fast", _FAST, 1, REPORTS, twin=_V2, file_batches=SLOW),
    TorchvisionRow("torchvision MobileNetV3, 320", f"{_MOBILE[:-4]}_320_fpn", (320, 640), 8),
    TorchvisionRow("torchvision v2, small", _V2, SMALL, 8, file_batches=SLOW),
    TorchvisionRow("torchvision v1, small", _V1, SMALL, 8, file_batches=SLOW),
    TorchvisionRow("torchvision MobileNetV3, small", _MOBILE, SMALL, 8),
    ConfigRow("MMDetection faster-rcnn_r50_fpn, small", _STOCK, 8, SMALL, file_batches=SLOW),
    ConfigRow("mmdigits v2, small", _OURS, 8, SMALL, options=_FULL, twin=_V2, file_batches=SLOW),
    ConfigRow(
        "mmdigits v2, small, fast", _FAST, 8, SMALL, options=_SEPARABLE, twin=_V2, file_batches=SLOW
    ),
    TorchvisionRow("torchvision v2, small, few", _V2, SMALL, 8, few=True),
    ConfigRow("mmdigits v2, small, few", _OURS, 8, SMALL, few=True, options=_FULL, twin=_V2),
    ConfigRow(
        "mmdigits v2, small, few, fast", _FAST, 8, SMALL, few=True, options=_SEPARABLE, twin=_V2
    ),
    UltralyticsRow("Ultralytics YOLO26n, 320", "yolo26n", 320, 8),
    UltralyticsRow("Ultralytics YOLO26s, 320", "yolo26s", 320, 8),
    ConfigRow("recommended, ResNet-50", "configs/digits/cascade_rcnn_r50_fpn_mix.py", 8),
    ConfigRow("recommended, ResNet-18", "configs/digits/faster_rcnn_r18_fpn_mix.py", 8),
)
