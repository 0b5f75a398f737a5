import pytest
from mmdet.registry import DATASETS, TRANSFORMS
from mmengine.config import Config

import mmdigits.datasets  # noqa: F401  registers
from mmdigits.errors import InputError


def test_the_keys_are_gone_and_the_others_stay():
    drop = TRANSFORMS.build(dict(type="DropKeys", keys=["truth", "instances"]))
    assert drop(dict(img=1, truth=2)) == dict(img=1)


@pytest.mark.parametrize("keys", ["truth", [1], 1, None])
def test_what_is_no_list_of_names_is_refused(keys):
    with pytest.raises(InputError, match=r"DropKeys: keys=.* must be a list of names"):
        TRANSFORMS.build(dict(type="DropKeys", keys=keys))


def test_photographs_are_mixed_without_their_lists_but_with_their_boxes(repository, svhn):
    cfg = Config.fromfile(repository / "configs/_base_/datasets/photographs_and_rendered.py")
    inner = cfg.photographs.dataset
    inner.data_root = str(svhn)
    sample = DATASETS.build(inner)[0]
    assert not {"instances", "truth"} & set(sample)
    assert len(sample["gt_bboxes"]) == len(sample["gt_bboxes_labels"]) > 0
