"""tools/fit_anchors.py: anchors for a config's own training boxes."""

import re
from functools import partial
from pathlib import Path

import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.structures import InstanceData

QUICKSTART = "configs/digits/faster_rcnn_r18_fpn_small_quickstart.py"
ANCHORS = dict(type="AnchorGenerator", scales=[2], ratios=[1.0], strides=[8, 16])
MODEL = dict(type="FasterRCNN", rpn_head=dict(anchor_generator=ANCHORS))
LOAD = [dict(type="LoadImageFromFile"), dict(type="LoadAnnotations", with_bbox=True)]
RESIZE = [dict(type="Resize", scale=(120, 80), keep_ratio=True)]
PACK = [dict(type="PackDetInputs", meta_keys=())]
# Images are 60 x 40: digit, x, y, width, height. 16 times 4 boxes, no two of one size.
BOXES = {
    i: [(1, 2 + x, 1, 8 + 0.1 * i + x / 20, 16 + 0.1 * i) for x in (0, 10, 20, 30)]
    for i in range(1, 17)
}


@pytest.fixture
def tool(run_tool):
    """A function that runs the tool: exit status, stdout, stderr."""
    return partial(run_tool, "fit_anchors")


@pytest.fixture
def write_config(tmp_path):
    """A function that writes a config of some variables and returns its path."""

    def write(**variables: object) -> Path:
        path = tmp_path / "config.py"
        path.write_text("".join(f"{name} = {value!r}\n" for name, value in variables.items()))
        return path

    return write


def data_set(folder: Path, pipeline: list[dict] = (*LOAD, *RESIZE, *PACK), **more: object) -> dict:
    return dict(
        type="DigitCocoDataset",
        data_root=str(folder),
        ann_file="train.json",
        data_prefix=dict(img="train/"),
        pipeline=list(pipeline),
        **more,
    )


def loader(dataset: dict, **more: object) -> dict:
    return dict(batch_size=1, dataset=dataset, **more)


def blocks(printed: str) -> list[str]:
    return re.findall(r"^model = dict\(\n.*?^\)$", printed, flags=re.DOTALL | re.MULTILINE)


def test_printed_lines_replace_the_anchors_and_the_rpn_learns_with_them(tool, repository, tmp_path):
    code, printed, told = tool(repository / QUICKSTART, "--images", 40)
    assert (code, told) == (0, "")
    types, in_place = [], re.findall(r"in place +([\d.]+)", printed)
    for lines in blocks(printed):
        child = tmp_path / "child.py"
        child.write_text(f"_base_ = {str(repository / QUICKSTART)!r}\n{lines}\n")
        model = Config.fromfile(child).model
        assert "_delete_" not in model.rpn_head.anchor_generator
        types.append(model.rpn_head.anchor_generator.type)
        torch.manual_seed(0)
        head = MODELS.build(
            dict(**model.rpn_head, train_cfg=model.train_cfg.rpn, test_cfg=model.test_cfg.rpn)
        )
        assert head.prior_generator.num_base_priors == [2, 2, 2]
        assert head.prior_generator.strides == [(8, 8), (16, 16), (32, 32)]
        channels = model.rpn_head.in_channels
        maps = [torch.randn(1, channels, 96 // s, 192 // s) for s in (8, 16, 32)]
        sample = DetDataSample(metainfo=dict(img_shape=(96, 192), pad_shape=(96, 192)))
        sample.gt_instances = InstanceData(
            bboxes=torch.tensor([[50.0, 20, 80, 70]]), labels=torch.tensor([3])
        )
        losses = head.loss(maps, [sample])
        total = sum(sum(values) for values in losses.values())
        total.backward()
        assert total.isfinite() and all(p.grad.abs().sum() > 0 for p in head.parameters())
    assert types == ["YOLOAnchorGenerator", "AnchorGenerator"]
    present, free, grid = map(float, in_place)
    assert min(free, grid) > present


def test_boxes_are_those_of_the_resized_image(tool, write_config, homework):
    path = write_config(model=MODEL, train_dataloader=loader(data_set(homework(BOXES))))
    code, printed, _ = tool(path, "--images", 16, "--per-level", 1)
    assert code == 0 and printed.startswith("64 boxes in 16 images")
    # 60 x 40 px to 120 x 80: heights of 16.1 to 17.6 are 32.2 to 35.2.
    height = re.search(r"^height +(.*)$", printed, flags=re.MULTILINE)[1].split()
    assert (height[0], height[3], height[-1]) == ("32.2", "33.7", "35.2")


def test_the_heads_name_and_uneven_strides_are_kept(tool, write_config, homework):
    generator = dict(
        type="TorchvisionAnchorGenerator", scales=[2], ratios=[1.0, 2.0], strides=[8, (16, 32)]
    )
    path = write_config(
        model=dict(type="RetinaNet", bbox_head=dict(anchor_generator=generator)),
        train_dataloader=loader(data_set(homework(BOXES))),
    )
    code, printed, _ = tool(path, "--images", 16, "--per-level", 1)
    assert code == 0
    for lines, name in zip(blocks(printed), ("YOLO", "Torchvision"), strict=True):
        values = {}
        exec(lines, values)
        written = values["model"]["bbox_head"]["anchor_generator"]
        assert written["type"] == f"{name}AnchorGenerator"
        assert written["strides"] == [8, (16, 32)]


@pytest.mark.parametrize("kind", ["RepeatDataset", "ConcatDataset", "MultiImageMixDataset"])
def test_wrapped_data_sets_are_drawn_from(kind, tool, write_config, homework):
    folder = homework(BOXES)
    wrapped = {
        "RepeatDataset": dict(times=2, dataset=data_set(folder)),
        "ConcatDataset": dict(datasets=[data_set(folder), data_set(folder)]),
        "MultiImageMixDataset": dict(
            dataset=data_set(folder, pipeline=LOAD), pipeline=[*RESIZE, *PACK]
        ),
    }[kind]
    path = write_config(model=MODEL, train_dataloader=loader(dict(type=kind, **wrapped)))
    code, printed, _ = tool(path, "--images", 48, "--per-level", 1)
    # More than one epoch is drawn in epochs.
    assert code == 0 and printed.startswith("192 boxes in 48 images")


@pytest.mark.parametrize(
    ("sampler", "boxes"),
    [
        (dict(type="MultiSourceSampler", batch_size=2, source_ratio=[1, 1]), 200),
        # Without an end, which a run's hook would set. Shares of 0, 1/50, ... 49/50 of 2 images.
        (
            dict(
                type="CurriculumSampler",
                batch_size=2,
                batches=20,
                start_ratio=[0, 1],
                end_ratio=[1, 0],
            ),
            196,
        ),
    ],
    ids=["constant", "curriculum"],
)
def test_the_samplers_shares_are_kept(sampler, boxes, tool, write_config, homework):
    # 16 images with 4 boxes each beside one without any that is there 84 times.
    folder = homework({**BOXES, 17: []})
    empty = dict(type="RepeatDataset", times=84, dataset=data_set(folder, indices=[16]))
    path = write_config(
        model=MODEL,
        train_dataloader=loader(
            dict(type="ConcatDataset", datasets=[data_set(folder, indices=16), empty]),
            sampler=sampler,
        ),
    )
    code, printed, _ = tool(path, "--images", 100, "--per-level", 1)
    assert code == 0 and printed.startswith(f"{boxes} boxes in 100 images")


def test_the_seed_decides_what_is_drawn(tool, repository):
    arguments = (repository / QUICKSTART, "--images", 9, "--per-level", 1, "--seed")
    first, again, other = (tool(*arguments, seed)[1] for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--images", 0), "--images is 0; give 1 or more"),
        (("--per-level", 0), "--per-level is 0; give 1 or more"),
        (("--seed", -1), "--seed is -1; give 0 or more"),
        (("--images", 2, "--per-level", 50), "150 shapes can't be fitted to boxes of"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_wrong_flags_are_told_in_one_line(flags, message, tool, repository):
    code, printed, told = tool(repository / QUICKSTART, *flags)
    assert (code, printed, told.count("\n")) == (1, "", 1)
    assert told.startswith("fit_anchors: ") and message in told


def test_an_ensemble_is_refused(tool, repository):
    code, _, told = tool(repository / "configs/reports/r4_faster_rcnn_merged_nms.py")
    assert code == 1 and told.count("\n") == 1
    assert "a DetectorEnsemble, has no anchors: neither model.rpn_head" in told


POINTS = dict(type="MlvlPointGenerator", strides=[8])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(model=None), "has no model or no train_dataloader.dataset"),
        (dict(train_dataloader=None), "has no model or no train_dataloader.dataset"),
        (dict(model=dict(type="FCOS", bbox_head=dict(type="FCOSHead"))), "a FCOS, has no anchors"),
        (
            dict(model=dict(bbox_head=dict(anchor_generator=POINTS))),
            "is a MlvlPointGenerator, which has no anchors",
        ),
        (
            dict(model=dict(rpn_head=dict(anchor_generator=dict(ANCHORS, scales=None)))),
            "model.rpn_head.anchor_generator: ",
        ),
        (dict(data_root="nowhere"), "DigitCocoDataset: there is no data folder nowhere"),
        (dict(type="NoSuchDataset"), "train_dataloader.dataset: KeyError: "),
        (dict(pipeline=[LOAD[0], *RESIZE, *PACK]), "can't be made or has no boxes: "),
        (dict(pipeline=[*LOAD, *RESIZE]), "and ends with PackDetInputs"),
        (dict(indices=[16]), "images drawn have no box"),
    ],
    ids=[
        *("no model", "no data set", "anchor-free", "points", "wrong anchors", "no folder"),
        *("unknown data set", "boxes not loaded", "not packed", "no box"),
    ],
)
def test_a_wrong_config_is_told_in_one_line(change, message, tool, write_config, homework):
    dataset = data_set(homework({**BOXES, 17: []}))
    variables = dict(model=MODEL, train_dataloader=loader(dataset))
    for name, value in change.items():
        (variables if name in variables else dataset)[name] = value
    code, printed, told = tool(write_config(**variables), "--images", 4, "--per-level", 1)
    assert (code, printed, told.count("\n")) == (1, "", 1)
    assert told.startswith("fit_anchors: ") and message in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no file"),
        ("model = (", "can't be used as a config"),
        ("_base_ = './nowhere.py'", "can't be used as a config"),
    ],
    ids=["missing", "not Python", "no parent"],
)
def test_a_file_that_is_no_config_is_told_in_one_line(text, message, tool, tmp_path):
    path = tmp_path / "wrong.py"
    if text is not None:
        path.write_text(text)
    code, printed, told = tool(path)
    assert (code, printed, told.count("\n")) == (1, "", 1)
    assert told.startswith("fit_anchors: config: ") and message in told
