import pytest

from mmdigits.config_file import digest, has_place, read_config
from mmdigits.errors import InputError

CONFIG = "configs/digits/faster_rcnn_r18_fpn_mix.py"


def test_equal_parts_have_one_digest_whatever_their_order():
    one = digest(dict(a=[1, dict(b=(2, 3))], c=None))
    assert one == digest(dict(c=None, a=[1, dict(b=[2, 3])])) and len(one) == 64


@pytest.mark.parametrize(
    "other", [dict(a=[1, dict(b=(2, 4))], c=None), dict(a=[1, dict(b=(2, 3))]), [], None]
)
def test_other_parts_have_another(other):
    assert digest(other) != digest(dict(a=[1, dict(b=(2, 3))], c=None))


def test_names_that_do_not_count_are_left_out_at_any_depth():
    model = dict(a=dict(start="x", b=1), start="y")
    assert digest(model, without=("start",)) == digest(dict(a=dict(b=1)))


def test_options_change_a_config(repository):
    options = {"test_dataloader.dataset.pipeline.1.times": 1.5, "model.new": 1}
    changed = read_config(repository / CONFIG, "test_dataloader", options)
    plain = read_config(repository / CONFIG, "test_dataloader")
    assert changed.test_dataloader.dataset.pipeline[1]["times"] == 1.5
    assert changed.model.pop("new") == 1
    assert changed.model == plain.model
    assert plain.test_dataloader.dataset.pipeline[1]["times"] == 1.0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("test_dataloader.dataset.pipeline.9", "a list can't grow by an option"),
        ("test_dataloader.dataset.pipeline.new", "can't be changed by"),
    ],
)
def test_an_option_that_a_list_cannot_take_is_refused(repository, name, said):
    with pytest.raises(InputError, match=said):
        read_config(repository / CONFIG, "test_dataloader", {name: 1})


def test_an_option_without_a_place_is_refused(repository):
    with pytest.raises(InputError, match=r"mix\.py has no model\.roi\.x, so model"):
        read_config(repository / CONFIG, "test_dataloader", {"model.roi.x.y": 1})


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("model", True),
        ("load_from", True),  # though None
        ("model.neck.out_channels", True),
        ("model.neck.none", False),
        ("test_dataloader.dataset.pipeline.1.times", True),
        ("test_dataloader.dataset.pipeline.9.times", False),
        ("test_dataloader.dataset.pipeline.times", False),
        ("model.type.x", False),
        ("test_dataloader.dataset.pipeline.-1.times", False),
        ("test_dataloader.dataset.pipeline.1.smallest.0", False),  # of a tuple, which can't change
    ],
)
def test_places_of_a_config(repository, name, there):
    assert has_place(read_config(repository / CONFIG, "test_dataloader"), name) == there
