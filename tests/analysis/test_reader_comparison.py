"""tools/compare_readers.py and what it prints."""

import json

import pytest

BOXES = {
    1: [(1, 5, 10, 10, 20), (2, 25, 10, 10, 20)],
    2: [(7, 5, 10, 10, 20)],
}


@pytest.fixture
def compare(run_tool, homework, monkeypatch):
    """A function that runs the tool: a 7 with a 1 on it, and a "12" whose 2 is weak."""
    folder = homework(BOXES)
    rows = [(1, 1, 5, 0.9), (1, 2, 25, 0.4), (2, 7, 5, 0.9), (2, 1, 6, 0.8)]
    predictions = [
        dict(image_id=i, category_id=digit + 1, bbox=[x, 10, 10, 20], score=score)
        for i, digit, x, score in rows
    ]
    (folder / "pred.json").write_text(json.dumps(predictions))

    def run(*flags, labels="valid.json"):
        monkeypatch.chdir(folder)
        code, out, err = run_tool("compare_readers", "pred.json", "--labels", labels, *flags)
        return code, out.splitlines(), err

    return run


def test_each_reader_has_a_line_with_its_gain_over_the_one_before(compare):
    words = [["iou_thr=1"], [], ["score_thr=0.3"], ["score_thr=0.3"]]
    code, lines, error = compare(*(word for some in words for word in ("--reader", *some)))
    assert (code, error) == (0, "")
    assert [line.split()[0] for line in lines[1:]] == ["0", "1", "2", "2"]
    assert [line.split()[-1] for line in lines[1:]] == [
        *("iou_thr=1", "default", "score_thr=0.3", "score_thr=0.3")
    ]
    assert [line.split()[5] for line in lines[2:]] == ["+50.00", "+50.00", "+0.00"]
    assert "0.5000  0.0945 to 0.9055" in lines[2]  # Wilson, 1 of 2


@pytest.mark.parametrize(
    ("flags", "labels", "message"),
    [
        (["--reader", "order=y"], "valid.json", "order is 'y'"),
        (["--reader", "none.json"], "valid.json", "there is no file none.json"),
        (["--reader"], "none.json", "there is no file none.json"),
    ],
)
def test_wrong_input_is_one_line(compare, flags, labels, message):
    code, lines, error = compare(*flags, labels=labels)
    assert code == 1 and lines == []
    assert error.startswith("compare_readers: ") and message in error and error.count("\n") == 1
