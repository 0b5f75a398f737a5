"""What a finding's code stands for: how bad it is, why it matters, how to mend it."""

from typing import NamedTuple

ERROR = "error"
WARNING = "warning"
NOTE = "note"
LEVELS = (ERROR, WARNING, NOTE)


class Rule(NamedTuple):
    """One thing that can be wrong with a submission.

    Attributes:
        level: ``ERROR``: a grader would refuse or misread it, or this package's own readers do;
            ``WARNING``: very likely not what was meant; ``NOTE``: worth knowing. The usual level:
            a finding may have another where the evidence is weaker or stronger.
        why: Why it matters.
        mend: How to mend it.
    """

    level: str
    why: str
    mend: str
