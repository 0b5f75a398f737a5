"""What a checkpoint says of the network that its weights were trained in."""

import pytest
from mmengine.config import Config

from mmdigits.models.weights import changed_options


def network(**changes):
    """A model as configs have it, with what its weights don't show."""
    return dict(
        type="FasterRCNN",
        data_preprocessor=dict(mean=[1.5, 2, 3], pad_size_divisor=32),
        backbone=dict(type="ResNet", depth=50, style="caffe", strides=(1, 2, 2)) | changes,
        roi_head=dict(bbox_head=[dict(bbox_coder=dict(target_stds=[0.1, -0.2])), dict()]),
        test_cfg=dict(rcnn={"score_thr": 0.05, "nms": None}),
    )


def meta_of(model):
    """What MMEngine writes beside the weights."""
    return dict(cfg=Config(dict(model=model, work_dir="it's")).pretty_text)


@pytest.mark.parametrize("wrapped", [True, False])
def test_the_network_it_was_trained_in_is_told_from_others(wrapped):
    own = Config(dict(model=network(style="pytorch", strides=(1, 2, 1), depth=18))).model
    own = dict(type="TTA", module=own) if wrapped else own
    assert changed_options(own, meta_of(network())) == [
        "model.backbone.style is 'pytorch' and was 'caffe'",
        "model.backbone.strides is (1, 2, 1) and was [1, 2, 2]",
    ]


def test_options_in_lists_are_found():
    own = network()
    own["roi_head"]["bbox_head"][0]["bbox_coder"]["target_stds"] = [0.1, 0.1]
    (told,) = changed_options(own, meta_of(network()))
    assert told.startswith("model.roi_head.bbox_head.0.bbox_coder.target_stds is [0.1, 0.1]")


@pytest.mark.parametrize(
    ("anchors", "told"),
    [
        (dict(type="A", scales=[8], strides=(4, 8)), []),
        (dict(type="B", scales=[8], strides=[4, 8]), ["type is 'B' and was 'A'"]),
        (dict(type="A", scales=[8]), ["strides is None and was [4, 8]"]),
        (
            dict(type="A", base_sizes=[[(1, 2)]], strides=[4, 8]),
            ["base_sizes is [[(1, 2)]] and was None", "scales is None and was [8]"],
        ),
    ],
)
def test_anchors_are_compared_as_a_whole(anchors, told):
    trained = network() | dict(
        rpn_head=dict(anchor_generator=dict(type="A", scales=[8], strides=[4, 8]))
    )
    own = network() | dict(rpn_head=dict(anchor_generator=anchors))
    found = changed_options(own, meta_of(trained))
    assert found == [f"model.rpn_head.anchor_generator.{line}" for line in told]
    assert changed_options(network(), meta_of(trained)) == []  # which has no such part


@pytest.mark.parametrize("odd", ["float('inf')", "dict({'a-b': 1, 3: [x]})", "{[1]: 2}", "[[y]]"])
def test_what_the_text_does_not_tell_plainly_is_passed_over(odd):
    text = f"model = dict(neck={odd}, backbone=dict(style='caffe', strides=[1, y]))"
    own = network(style="pytorch", strides=[1, 7])
    assert changed_options(own, dict(cfg=text)) == [
        "model.backbone.style is 'pytorch' and was 'caffe'"
    ]


def test_what_may_change_does():
    own = network(depth=18, frozen_stages=4, strides=[1, 2.0, 2], init_cfg=dict(std=0.1))
    own["train_cfg"] = dict(rpn=dict(mean=1))
    own["test_cfg"]["rcnn"]["score_thr"] = 0.5
    own["backbone"].pop("style")  # the checkpoint's default isn't known here
    trained = network(init_cfg=dict(std=0.2)) | dict(train_cfg=dict(rpn=dict(mean=2)))
    assert changed_options(own, meta_of(trained)) == []


@pytest.mark.parametrize(
    "meta",
    [
        None,
        {},
        dict(cfg=None),
        dict(cfg="not a config ("),
        dict(cfg="work_dir = 'x'"),
        dict(cfg="model = None"),
        dict(cfg="model = dict(backbone=dict(style=open('x')))"),
        dict(cfg="model = dict(**other)"),
        dict(cfg="model = " + "-" * 20_000 + "1"),
        dict(cfg="model = " + "[" * 5_000),
    ],
)
def test_a_checkpoint_that_does_not_tell_is_taken(meta):
    assert changed_options(network(), meta) == []


def test_the_text_is_not_run(tmp_path):
    text = f"open({str(tmp_path / 'ran')!r}, 'w')\nmodel = dict(style=open({str(tmp_path)!r}))"
    assert changed_options(network(), dict(cfg=text)) == []
    assert not (tmp_path / "ran").exists()
