import pytest

from mmdigits.analysis.strings import accuracy_interval, string_scores


@pytest.mark.parametrize(
    ("predictions", "truths", "scores"),
    [
        pytest.param(
            ["12", "3"],
            ["12", "3"],
            dict(seq_acc=1, seq_acc_len1=1, seq_acc_len2=1, edit_distance_per_digit=0),
            id="all right",
        ),
        pytest.param(
            ["12", ""],
            ["21", "3"],
            # Two substitutions and a deletion on three digits.
            dict(seq_acc=0, seq_acc_len1=0, seq_acc_len2=0, edit_distance_per_digit=1),
            id="all wrong",
        ),
        pytest.param(
            ["12", "134", "71", "5"],
            ["12", "34", "7", "5"],
            # Two insertions on six digits.
            dict(seq_acc=0.5, seq_acc_len1=0.5, seq_acc_len2=0.5, edit_distance_per_digit=2 / 6),
            id="half right",
        ),
        pytest.param(
            ["", "4"], ["", ""], dict(seq_acc=0.5, seq_acc_len0=0.5), id="images without digits"
        ),
    ],
)
def test_scores(predictions, truths, scores):
    assert string_scores(predictions, truths) == scores


@pytest.mark.parametrize(("predictions", "truths"), [([], []), (["1"], ["1", "2"])])
def test_nothing_to_score_is_an_error(predictions, truths):
    with pytest.raises(ValueError, match="as many of each, at least one"):
        string_scores(predictions, truths)


def test_interval_is_wilsons():
    # By hand: z = 1.959964, n = 300, p = .8: centre (p + z^2/2n) / (1 + z^2/n) = .79621,
    # half width z / (1 + z^2/n) * sqrt(p(1 - p)/n + z^2/4n^2) = .04515.
    assert accuracy_interval(240, 300) == pytest.approx((0.75104, 0.84133), abs=2e-4)
    assert accuracy_interval(0, 10)[0] == 0
    with pytest.raises(ValueError, match="at least 1"):
        accuracy_interval(0, 0)
