"""Run MMDetection's own tools/train.py; every flag is upstream's."""

import mmdigits  # noqa: F401  mmcv.ops must be usable before mmdet is imported
from mmdigits.launch import run_mmdet_tool

if __name__ == "__main__":
    run_mmdet_tool("train.py")
