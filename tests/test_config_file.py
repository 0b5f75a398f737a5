import pytest

from mmdigits.config_file import digest


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
