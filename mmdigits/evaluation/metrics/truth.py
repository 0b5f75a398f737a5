"""What the label-based metrics do about images without labels."""

from collections.abc import Sequence

from mmengine.logging import MMLogger

from mmdigits.errors import InputError


def labelled(who: str, image_ids: Sequence[int], has_truth: Sequence[bool]) -> bool:
    """Decide whether a set can be scored.

    Args:
        who: The metric, for messages.
        image_ids: Ids of the evaluated images.
        has_truth: Whether each of them came with labels, in the same order.

    Returns:
        Whether there are labels; False, with a log line, when no image has any: a test set.

    Raises:
        InputError: If some images have labels and others do not.
    """
    missing = [id_ for id_, known in zip(image_ids, has_truth, strict=True) if not known]
    if len(missing) == len(image_ids):
        MMLogger.get_current_instance().info(f"{who}: the images have no labels; nothing to score")
        return False
    if missing:
        raise InputError(
            f"{who}: no truth for image ids {missing[:10]} ({len(missing)} of {len(image_ids)}); "
            "check the annotation file of the loader"
        )
    return True
