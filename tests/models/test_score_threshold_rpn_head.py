import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData
from torch import nn

import mmdigits.models  # noqa: F401  registers
from mmdigits.errors import InputError

SCORES = torch.tensor([0.9, 0.5, 0.25, 0.2])


@pytest.fixture
def head() -> nn.Module:
    """An RPN of one anchor of 8 px at each of the four cells of an 8 x 32 image."""
    return MODELS.build(
        dict(
            type="ScoreThresholdRPNHead",
            in_channels=4,
            feat_channels=4,
            anchor_generator=dict(
                type="AnchorGenerator", scales=[1], ratios=[1.0], strides=[8], center_offset=0.5
            ),
        )
    )


def propose(head: nn.Module, **cfg: float) -> InstanceData:
    """Proposals where the network says ``SCORES`` and moves no anchor."""
    (proposals,) = head.predict_by_feat(
        [SCORES.logit().view(1, 1, 1, 4)],
        [torch.zeros(1, 4, 1, 4)],
        batch_img_metas=[dict(img_shape=(8, 32))],
        cfg=ConfigDict(max_per_img=10, nms=dict(type="nms", iou_threshold=0.7), **cfg),
    )
    return proposals


@pytest.mark.parametrize(
    ("threshold", "kept"), [(0, 4), (0.21, 3), (0.4, 2), (0.5, 2), (0.51, 1), (1, 0)]
)
def test_proposals_below_the_threshold_are_dropped(head, threshold, kept):
    proposals = propose(head, score_thr=threshold)
    torch.testing.assert_close(proposals.scores, SCORES[:kept])
    lefts = torch.arange(4.0)[:kept] * 8
    expected = torch.stack([lefts, torch.zeros(kept), lefts + 8, torch.full((kept,), 8.0)], 1)
    torch.testing.assert_close(proposals.bboxes, expected)


@pytest.mark.parametrize("cfg", [{}, dict(score_thr=-0.1), dict(score_thr=5)])
def test_missing_or_impossible_threshold_says_where_it_belongs(head, cfg):
    with pytest.raises(InputError) as caught:
        propose(head, **cfg)
    message = str(caught.value)
    assert message.startswith(f"ScoreThresholdRPNHead: score_thr is {cfg.get('score_thr')};")
    assert "model.test_cfg.rpn and model.train_cfg.rpn_proposal" in message
