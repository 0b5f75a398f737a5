"""Find what is wrong with a submission, whoever made it; imports no PyTorch, no MMDetection."""

from mmdigits.files.check.check import Report, check_submission
from mmdigits.files.check.findings import RULES, Finding
from mmdigits.files.check.known_images import KnownImages, know_images
from mmdigits.files.check.page import fails, page
from mmdigits.files.check.sources import Submission, open_submissions

__all__ = [
    "RULES",
    "Finding",
    "KnownImages",
    "Report",
    "Submission",
    "check_submission",
    "fails",
    "know_images",
    "open_submissions",
    "page",
]
