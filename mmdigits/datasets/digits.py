"""What every digit data set has in common."""

from collections.abc import Mapping, Sequence

from mmdet.datasets.transforms import PackDetInputs
from mmengine.dataset import Compose

from mmdigits.digits import DIGITS, PALETTE
from mmdigits.errors import InputError

METAINFO = dict(classes=DIGITS, palette=PALETTE)


def clip_box(bbox: Sequence[float], width: int, height: int) -> list[float] | None:
    """Cut a labelled box down to what a detector is trained on.

    Args:
        bbox: x_min, y_min, x_max, y_max in pixels of the stored image; may reach outside it.
        width: Width of the stored image in pixels.
        height: Its height.

    Returns:
        The corners inside the image, or None when less than one pixel is left of a side.
    """
    x1, y1, x2, y2 = bbox
    clipped = [max(x1, 0), max(y1, 0), min(x2, width), min(y2, height)]
    return clipped if min(clipped[2] - clipped[0], clipped[3] - clipped[1]) >= 1 else None


def check_classes(who: str, metainfo: Mapping | None) -> None:
    """Refuse meta information with other classes than the ten digits.

    Args:
        who: The data set, for the message.
        metainfo: The config's ``metainfo``.

    Raises:
        InputError: If it names classes that are not ``"0"`` to ``"9"`` in this order.
    """
    classes = tuple((metainfo or {}).get("classes", DIGITS))
    if classes != DIGITS:
        raise InputError(
            f"{who}: metainfo.classes is {classes}; the classes are the digits '0' to '9' in this "
            "order: remove it from the config"
        )


def check_packing(who: str, pipeline: Compose, test_mode: bool) -> None:
    """Refuse a test pipeline that leaves behind what evaluators and pictures need.

    Args:
        who: The data set, for the message.
        pipeline: The data set's transforms.
        test_mode: Whether the samples are for evaluation; training samples may be packed anyhow.

    Raises:
        InputError: If the last transform is ``PackDetInputs`` without ``truth`` or ``sample_idx``.
    """
    last = pipeline.transforms[-1] if pipeline.transforms else None
    if not test_mode or not isinstance(last, PackDetInputs):
        return
    missing = [key for key in ("truth", "sample_idx") if key not in last.meta_keys]
    if missing:
        raise InputError(
            f"{who}: the test pipeline's PackDetInputs has the meta_keys {last.meta_keys}, without "
            f"{missing}; evaluators need them: add them as configs/_base_/datasets does"
        )
