import json

import cv2
import numpy as np
import pytest
from mmdet.registry import DATASETS
from mmengine.logging import MMLogger
from PIL import Image

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.errors import InputError

SIX_AND_NINE = {1: [(6, 2, 3, 10, 20), (9, 14, 3, 10, 20)]}
LOAD = dict(type="LoadImageFromFile", color_type="color_ignore_orientation")


def build(root, split="train", **kwargs):
    return DATASETS.build(
        dict(
            type="DigitCocoDataset",
            data_root=str(root),
            **dict(
                dict(ann_file=f"{split}.json", data_prefix=dict(img=f"{split}/")),
                **kwargs,
            ),
        )
    )


def edit_json(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_boxes_become_corners_and_the_string_is_in_file_order(homework):
    info = build(homework({5: [(9, 14, 3, 10, 20), (0, 2, 3, 10, 20)]})).get_data_info(0)
    assert [instance["bbox"] for instance in info["instances"]] == [[14, 3, 24, 23], [2, 3, 12, 23]]
    assert [instance["bbox_label"] for instance in info["instances"]] == [9, 0]
    assert (info["img_id"], info["width"], info["height"]) == (5, 60, 40)
    assert info["truth"]["string"] == "90"


def test_boxes_are_clipped_and_degenerate_ones_dropped_but_the_truth_keeps_them(homework):
    root = homework({1: [(3, -4, -2, 10, 50), (4, 70, 5, 10, 10), (5, 20, 5, 0, 10)]})
    messages = []
    logger = MMLogger.get_current_instance()
    logger.info = messages.append
    try:
        info = build(root).get_data_info(0)
    finally:
        del logger.info
    assert [instance["bbox"] for instance in info["instances"]] == [[0, 0, 6, 40]]
    assert info["truth"]["string"] == "345"
    assert info["truth"]["bboxes"] == [[-4, -2, 6, 48], [70, 5, 80, 15], [20, 5, 20, 15]]
    assert "3 boxes: 2 reach outside their image and were clipped, 2 with less" in messages[0]


def test_images_without_boxes_and_tiny_ones_are_kept(homework):
    root = homework({1: [], 2: [(1, 1, 1, 3, 9)]})
    cv2.imwrite(str(root / "train" / "2.png"), np.zeros((12, 25, 3), np.uint8))
    edit_json(root / "train.json", lambda c: c["images"][1].update(width=25, height=12))
    dataset = build(root)
    assert [dataset.get_data_info(i)["truth"]["string"] for i in range(2)] == ["", "1"]
    assert dataset.get_cat_ids(0) == []


@pytest.mark.parametrize(
    "categories",
    [
        pytest.param(
            [{"id": 10 if d == 0 else d, "name": str(d)} for d in range(10)], id="names decide"
        ),
        pytest.param([{"id": d + 1, "name": f"digit {d}"} for d in range(10)], id="ids decide"),
        pytest.param([{"id": i + 40, "name": n} for i, n in enumerate("690")], id="some digits"),
    ],
)
def test_categories_are_mapped_by_name_or_else_by_id(homework, categories):
    root = homework(SIX_AND_NINE, categories)
    by_digit = {int(str(c["name"])[-1]): c["id"] for c in categories}

    def rename(content):
        for annotation in content["annotations"]:
            annotation["category_id"] = by_digit[annotation["category_id"] - 1]

    edit_json(root / "train.json", rename)
    assert build(root).get_data_info(0)["truth"]["string"] == "69"


@pytest.mark.parametrize(
    ("categories", "shown"),
    [
        pytest.param([{"id": 1, "name": "cat"}], "1: 'cat'", id="no digits"),
        pytest.param([{"id": d, "name": f"d{d}"} for d in range(10)], "0: 'd0'", id="ids from 0"),
        pytest.param(
            [{"id": d + 1, "name": "5" if d == 5 else f"d{d}"} for d in range(10)],
            ".*6: '5'",
            id="names half digits",
        ),
        pytest.param(
            [{"id": 1, "name": "3"}, {"id": 2, "name": "3"}], "1: '3', 2: '3'", id="a digit twice"
        ),
        pytest.param([], "none", id="none"),
    ],
)
def test_other_categories_are_an_error_that_shows_them(homework, categories, shown):
    root = homework(SIX_AND_NINE, categories)
    with pytest.raises(InputError, match=f"not the ten digits; found {shown}"):
        build(root)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(
            lambda root: (root / "train.json").unlink(), "there is no file .*train.json", id="file"
        ),
        pytest.param(
            lambda root: (root / "train.json").write_text('{"images": [,]}'),
            "train.json is not a JSON file .*line 1 column",
            id="syntax",
        ),
        pytest.param(
            lambda root: (root / "train.json").write_text("[]"), "no list of objects 'images'"
        ),
        pytest.param(
            lambda root: edit_json(root / "train.json", lambda c: c.pop("annotations")),
            "no list of objects 'annotations'",
        ),
        pytest.param(
            lambda root: edit_json(root / "train.json", lambda c: c["images"].clear()),
            "lists no images",
        ),
        pytest.param(
            lambda root: edit_json(root / "train.json", lambda c: c["images"].append({"id": 2})),
            "has the image entry {'id': 2}",
        ),
        pytest.param(
            lambda root: edit_json(
                root / "train.json", lambda c: c["images"].append(c["images"][0])
            ),
            "two images with id 1",
        ),
        pytest.param(
            lambda root: edit_json(
                root / "train.json", lambda c: c["annotations"][0].update(image_id=99)
            ),
            "a box on image 99",
        ),
        pytest.param(
            lambda root: edit_json(
                root / "train.json", lambda c: c["annotations"][0].update(category_id=11)
            ),
            "annotation 1 has category_id 11",
        ),
        pytest.param(
            lambda root: edit_json(
                root / "train.json", lambda c: c["annotations"][0].update(bbox=[1, 2, float("nan")])
            ),
            "annotation 1 has the bbox",
        ),
        pytest.param(
            lambda root: edit_json(
                root / "train.json", lambda c: c["annotations"][0].update(image_id=[1])
            ),
            r"a box on image \[1\]",
        ),
        pytest.param(
            lambda root: edit_json(
                root / "train.json", lambda c: c["images"][0].update(width=float("inf"))
            ),
            "has the image entry",
        ),
        pytest.param(
            lambda root: (root / "train" / "1.png").unlink(),
            "lists 1 of 1 images that are not in .*: 1.png;",
        ),
        pytest.param(
            lambda root: (root / "train").rename(root / "elsewhere"), "there is no folder .*train"
        ),
        pytest.param(
            lambda root: (root / "train" / "1.png").write_bytes(
                (root / "train" / "1.png").read_bytes()[:2000]
            ),
            "1.png can't be read as an image",
        ),
        pytest.param(
            lambda root: edit_json(root / "train.json", lambda c: c["images"][0].update(width=61)),
            "1.png is 60 x 40 pixels, but .* says 61 x 40",
        ),
    ],
)
def test_broken_data_is_one_clear_line_when_the_data_set_is_built(homework, damage, message):
    root = homework(SIX_AND_NINE)
    damage(root)
    with pytest.raises(InputError, match=message) as caught:
        build(root)
    assert "\n" not in str(caught.value)


def test_a_missing_data_folder_says_where_data_go(tmp_path):
    with pytest.raises(InputError, match=r"no data folder .*nowhere; unpack .* or set DIGITS_DATA"):
        build(tmp_path / "nowhere")


def test_a_folder_without_json_is_a_test_set(homework):
    root = homework({7: [], 12: []})
    dataset = build(root, ann_file="", data_prefix=dict(img="test/"), test_mode=True)
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert sorted(info["img_id"] for info in infos) == [7, 12]
    assert all("truth" not in info and info["width"] == 60 for info in infos)


def test_training_without_labels_is_an_error(homework):
    with pytest.raises(InputError, match="training needs labels"):
        build(homework(SIX_AND_NINE), ann_file="")


def test_an_empty_test_folder_is_an_error(homework):
    root = homework(SIX_AND_NINE)
    (root / "test" / "1.png").unlink()
    with pytest.raises(InputError, match="holds no image"):
        build(root, ann_file="", data_prefix=dict(img="test/"), test_mode=True)


def test_other_classes_are_refused(homework):
    with pytest.raises(InputError, match="the classes are the digits"):
        build(homework(SIX_AND_NINE), metainfo=dict(classes=("a", "b")))


def test_a_training_set_without_any_box_is_an_error(homework):
    root = homework({1: [], 2: []})
    with pytest.raises(InputError, match=r"none of the 2 images of .* has a box"):
        build(root)
    assert len(build(root, "valid", test_mode=True)) == 2


def test_images_are_not_filtered(homework):
    with pytest.raises(InputError, match="every image is kept; set filter_cfg=None"):
        build(homework(SIX_AND_NINE), filter_cfg=dict(min_size=32))


def test_a_test_pipeline_that_loses_the_truth_is_refused(homework):
    pipeline = [LOAD, dict(type="PackDetInputs")]
    with pytest.raises(InputError, match=r"without \['truth', 'sample_idx'\]"):
        build(homework(SIX_AND_NINE), pipeline=pipeline, test_mode=True)


def test_a_lazy_data_set_does_not_touch_the_disk(tmp_path):
    # MMDetection's inference API builds one to learn the classes.
    dataset = build(tmp_path / "nowhere", lazy_init=True)
    assert dataset.metainfo["classes"] == tuple("0123456789")


def test_paths_may_be_absolute_without_a_data_root(homework):
    root = homework(SIX_AND_NINE)
    paths = dict(ann_file=str(root / "train.json"), data_prefix=dict(img=str(root / "train")))
    assert len(build("", **paths)) == 1


@pytest.mark.parametrize("kind", ["16 bit", "grey", "EXIF"])
def test_odd_files_are_read_as_eight_bit_colour_in_their_stored_frame(homework, kind):
    root = homework({1: [(1, 0, 0, 10, 20)]})
    ramp = np.tile(np.arange(60, dtype=np.uint8) * 4, (40, 1))
    file_name = "1.png"
    if kind == "16 bit":
        cv2.imwrite(str(root / "train" / "1.png"), ramp.astype(np.uint16) * 257)
    elif kind == "grey":
        cv2.imwrite(str(root / "train" / "1.png"), ramp)
    else:
        file_name = "1.jpg"
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(ramp).convert("RGB").save(
            root / "train" / "1.jpg", exif=exif, quality=100, subsampling=0
        )
        edit_json(root / "train.json", lambda c: c["images"][0].update(file_name="1.jpg"))
    dataset = build(root, pipeline=[LOAD])
    expected = np.repeat(ramp[..., None], 3, axis=2).astype(int)
    image = dataset[0]["img"]
    assert image.shape == (40, 60, 3) and image.dtype == np.uint8
    assert np.abs(image - expected).max() <= (2 if file_name.endswith("jpg") else 0)


def test_real_photographs_are_all_kept(svhn):
    train, valid = build(svhn), build(svhn, "valid", test_mode=True)
    assert (len(train), len(valid)) == (1700, 300)
    strings = [valid.get_data_info(i)["truth"]["string"] for i in range(300)]
    assert sum(map(len, strings)) == 653
    # Listed out of reading order in the file, which is the truth.
    assert train.get_data_info(261)["truth"]["string"] == "241"
