"""Digit-string recognition with MMDetection: find every digit, name it, read the number.

Importing this package makes ``mmcv.ops`` usable without compiled ops (:mod:`mmdigits.ops`) and does
nothing else; the subpackages register their classes when they are imported. It must come before
``mmdet.models``, and costs next to nothing: PyTorch is not imported.
"""

from mmdigits.ops import install_stand_in

__version__ = "0.1.0"

install_stand_in()
