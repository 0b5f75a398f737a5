import json

import pytest

from mmdigits.benchmark.rows import ROWS

BOXES = {number: [(3, 5, 4, 20, 30)] for number in range(1, 9)}
SMALL = "configs/digits/faster_rcnn_r18_fpn_mix.py"


def test_the_names_are_listed(run_tool):
    status, out, _ = run_tool("benchmark", "--list")
    assert status == 0
    assert out.splitlines() == [row.name for row in ROWS]


def test_a_config_of_ones_own_is_timed_and_written(
    run_tool, repository, homework, monkeypatch, tmp_path
):
    monkeypatch.setenv("DIGITS_DATA", str(homework(BOXES)))
    file = tmp_path / "new" / "times.json"
    words = ("--only", "V3, 320", "--config", repository / SMALL, "--batch-size", 1, "--repeats", 1)
    flags = ("--parts", "infer", "--no-memory", "--out", file, "--reference")
    status, out, _ = run_tool("benchmark", *words, *flags, "faster_rcnn_r18_fpn_mix")
    assert status == 0
    names = ["torchvision MobileNetV3, 320", "faster_rcnn_r18_fpn_mix"]
    assert [row["name"] for row in json.loads(file.read_text())["rows"]] == names
    assert f"| {names[1]} | 1 |" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--repeats", 0), "--repeats is 0; give 1 or more"),
        (("--only", "nothing"), "no row has nothing in its name"),
        (("--only", "few", "--reference", "x"), "'x' is not timed; allowed: torchvision v2, small"),
        (("--only", "V3, 320", "--config", "a.py", "b/a.py"), "two rows are called 'a'; name one"),
        (("--config", "a=b=c"), "'a=b=c' is not [NAME=]CONFIG.py[=CHECKPOINT]"),
    ],
)
def test_wrong_input_is_one_line(run_tool, words, said):
    status, out, err = run_tool("benchmark", *words)
    assert status == 1
    assert said in err.splitlines()[-1]
    assert not out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--config", "no.py"), "no.py; give the config"),
        (("--config", f"{SMALL}=no.pth"), "no.pth"),
        (("--device", "cuda:9"), "'cuda:9' can't be used"),
        (("--out", "."), "--out: . is a folder"),
        (("--out", "README.md/a.json"), "--out: README.md/a.json can't be written ("),
    ],
)
def test_what_is_not_there_is_one_line(run_tool, repository, homework, monkeypatch, words, said):
    monkeypatch.setenv("DIGITS_DATA", str(homework(BOXES)))
    monkeypatch.chdir(repository)
    status, out, err = run_tool("benchmark", "--only", "V3, 320", *words)
    assert status == 1
    assert said in err.splitlines()[-1]
    assert not out


def test_missing_photographs_are_one_line(run_tool, monkeypatch, tmp_path):
    monkeypatch.setenv("DIGITS_DATA", str(tmp_path / "none"))
    status, _, err = run_tool("benchmark", "--only", "V3, 320")
    assert status == 1
    assert "none" in err.splitlines()[-1]
