"""The reader as MMDetection's configs name it."""

from mmdet.registry import TASK_UTILS

from mmdigits.errors import InputError
from mmdigits.reading import DigitReader
from mmdigits.reading.reader_file import known_options, read_reader_file


@TASK_UTILS.register_module()
class DigitStringPostprocessor(DigitReader):
    """Read the detections of one image, as :class:`~mmdigits.reading.DigitReader` does.

    Args:
        file: A reader's file, as ``tools/tune_reader.py`` writes it, instead of options.
        **options: Those of :class:`~mmdigits.reading.DigitReader`.

    Raises:
        InputError: If an option is out of its range or unknown, the file can't be used, or both
            are given.
    """

    def __init__(self, file: str | None = None, **options) -> None:
        if file is not None:
            if options:
                raise InputError(
                    f"reader: the config gives the file {file} and {', '.join(options)} too; a "
                    "file says everything: remove them or, where a parent config gives them, write "
                    'reader = dict(_delete_=True, type="DigitStringPostprocessor", file=...)'
                )
            options = read_reader_file(file)
        super().__init__(**known_options(options, "the config"))
