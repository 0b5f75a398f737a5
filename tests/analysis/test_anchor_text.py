"""mmdigits.analysis.anchor_text: anchors in words."""

import numpy as np
import pytest

from mmdigits.analysis.anchor_text import config_lines, judged_lines, size_lines
from mmdigits.analysis.anchors import Fit, Level, Reach


def test_sizes_are_told_in_percentiles():
    # Widths 10 to 110; heights twice as much.
    width = np.arange(10.0, 111.0)
    boxes = np.stack([width, width, 2 * width, 3 * width], axis=1)
    title, header, *rows = (line.split() for line in size_lines(boxes, 7))
    assert title[:5] == ["101", "boxes", "in", "7", "images,"]
    assert header == ["1%", "5%", "25%", "50%", "75%", "95%", "99%"]
    assert rows == [
        ["width", "11.0", "15.0", "35.0", "60.0", "85.0", "105.0", "109.0"],
        ["height", "22.0", "30.0", "70.0", "120.0", "170.0", "210.0", "218.0"],
        ["height", "/", "width", *["2.00"] * 7],
    ]


def test_a_fit_is_told_level_by_level():
    levels = [
        Level((8, 8), (4, 4), np.array([[8.0, 16.0]])),
        Level((16, 32), (8, 16), np.array([[20.0, 40.0], [30.0, 30.04]])),
    ]
    each = [Reach(0.5, (0.6, 0.0)), Reach(0.25, (0.125, 0.01))]
    fit = Fit(Reach(0.75, (1.0, 0.5)), Reach(0.625, (0.9, 0.25)), each, [0.75, 0.25])
    assert judged_lines("some: Kind", levels, fit) == [
        "some: Kind",
        "                best IoU  reach 0.5  reach 0.7  fits best  width x height",
        "  by shape         0.750     100.0%      50.0%",
        "  in place         0.625      90.0%      25.0%",
        "  stride 8         0.500      60.0%       0.0%      75.0%  8.0 x 16.0",
        "  stride 16 x 32   0.250      12.5%       1.0%      25.0%  20.0 x 40.0, 30.0 x 30.0",
    ]


@pytest.mark.parametrize(
    "generator",
    [
        dict(type="AnchorGenerator", strides=[8, (16, 32)], scales=[2.5], ratios=[0.5, 2.0]),
        dict(
            type="YOLOAnchorGenerator", strides=[8, 16], base_sizes=[[(8.5, 16.0)], [(20.0, 40.0)]]
        ),
    ],
    ids=lambda generator: generator["type"],
)
def test_config_lines_give_the_generator_back(generator):
    values = {}
    exec("\n".join(config_lines("bbox_head", generator)), values)
    written = values["model"]["bbox_head"]["anchor_generator"]
    assert written == dict(generator, _delete_=True)
