"""Street View House Numbers as published, turned into the homework's layout."""

from mmdigits.datasets.svhn.conversion import convert, validation_ids
from mmdigits.datasets.svhn.digit_struct import Entry, read_digit_struct

__all__ = ["Entry", "convert", "read_digit_struct", "validation_ids"]
