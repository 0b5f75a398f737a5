"""What every part that reads strings does about its reader."""

from mmdet.registry import TASK_UTILS

from mmdigits.models.postprocessors.digit_string import DigitStringPostprocessor


class ReadsStrings:
    """Mixin of metrics and visualizers that read strings.

    Attributes:
        reader: The post-processor that turns detections into a string.
        has_own_reader: Whether its config names one, which the config's top-level ``reader`` then
            does not replace.
    """

    def set_up_reader(self, reader: dict | None) -> None:
        """Build the reader.

        Args:
            reader: Config of the post-processor; None for one with its own defaults.
        """
        self.has_own_reader = reader is not None
        self.reader = TASK_UTILS.build(reader) if reader else DigitStringPostprocessor()
