"""Samples as MMEngine's evaluator hands them to metrics."""

from collections.abc import Callable

import pytest
import torch


@pytest.fixture
def sample() -> Callable[..., dict]:
    """A function that makes one evaluated sample of a 100 x 50 pixel image.

    ``detections`` and ``truth`` are (digit, x1, y1, x2, y2[, score]) tuples; no truth at all when
    ``truth`` is None.
    """

    def make(image_id: int, detections: list[tuple], truth: list[tuple] | None = ()) -> dict:
        result = dict(
            img_id=image_id,
            img_path=f"valid/{image_id}.png",
            ori_shape=(50, 100),
            pred_instances=dict(
                bboxes=torch.tensor([d[1:5] for d in detections], dtype=torch.float32).reshape(
                    -1, 4
                ),
                labels=torch.tensor([d[0] for d in detections], dtype=torch.long),
                scores=torch.tensor([d[5] for d in detections], dtype=torch.float32),
            ),
        )
        if truth is not None:
            result["truth"] = dict(
                string="".join(str(t[0]) for t in truth),
                bboxes=[list(t[1:]) for t in truth],
                labels=[t[0] for t in truth],
                ignore_flags=[0] * len(truth),
            )
        return result

    return make
