"""From digit detections to numbers; imports neither PyTorch nor MMDetection."""

from mmdigits.files.detections import Detections
from mmdigits.reading.reader import DigitReader
from mmdigits.reading.reader_file import make_reader, read_reader_file, write_reader_file
from mmdigits.reading.reading import Alternative, Reading

__all__ = [
    "Alternative",
    "Detections",
    "DigitReader",
    "Reading",
    "make_reader",
    "read_reader_file",
    "write_reader_file",
]
