import json
import shutil

import pytest

from mmdigits.benchmark.pareto import pareto_front
from mmdigits.benchmark.pareto_report import pareto_figure, pareto_lines

BOXES = {number: [(3, 5, 4, 20, 30)] for number in range(1, 4)}


def result() -> dict:
    """Three settings of two networks; the slow one of the first is beaten."""
    rows = [
        dict(name="a", model="a", right=80, median=1.0),
        dict(name="a, slow", model="a", right=80, median=3.0),
        dict(name="b", model="b", right=90, median=2.0),
    ]
    front = pareto_front([(row["median"], row["right"]) for row in rows])
    for row, is_front in zip(rows, front, strict=True):
        accuracy = row["right"] / 100
        row.update(accuracy=accuracy, interval=(accuracy - 0.1, accuracy + 0.1), front=is_front)
        row.update(map=0.4, map_interval=(0.3, 0.5), lower=0.9, upper=3.5)
    return dict(machine=dict(processor="x"), images=100, batch_size=8, repeats=5, rows=rows)


@pytest.mark.parametrize(
    ("points", "front"),
    [
        ([(1, 0.8), (2, 0.9), (3, 0.9), (3, 0.7)], [True, True, False, False]),
        ([(1, 0.8), (1, 0.8)], [True, True]),  # neither beats the other
        ([(1, 0.8), (1, 0.9)], [False, True]),
        ([], []),
    ],
)
def test_the_front_is_what_nothing_beats(points, front):
    assert pareto_front(points) == front


def test_the_table_goes_from_fast_to_slow_and_marks_the_front():
    lines = pareto_lines(result())[4:]
    assert [line.split(" | ")[0] for line in lines] == ["| **a**", "| **b**", "| a, slow"]
    assert lines[0].split(" | ")[1:] == [
        "0.800 (0.700 to 0.900)",
        "0.400 (0.300 to 0.500)",
        "10 (9 to 35)",
        "100 |",
    ]


def test_the_picture_names_the_front_and_the_networks():
    (axes,) = pareto_figure(result()).axes
    assert [text.get_text() for text in axes.texts] == ["a", "b"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
    assert axes.get_xscale() == "log"


@pytest.mark.slow
def test_settings_are_read_scored_and_timed(run_tool, homework, model, tmp_path):
    data, out = homework(BOXES), tmp_path / "out"
    size = "test_dataloader.dataset.pipeline.0.scale=(96,48)"
    status, printed, told = run_tool(
        *("pareto", f"net={model[0]}={model[1]}", "--images", data / "valid", "--repeats", 2),
        *("--labels", data / "valid.json", "--out", out, "--try", "half", size, "--device", "cpu"),
        *("--try", "alike", "model.test_cfg.rpn.max_per_img=100", "--try", "views", "tta=True"),
    )
    assert status == 0
    assert printed == (out / "pareto.md").read_text()
    assert told.splitlines()[-1] == "reading all: 8 of 8 calls"
    rows = json.loads((out / "pareto.json").read_text())["rows"]
    assert [row["name"] for row in rows] == ["net", "net, half", "net, alike", "net, views"]
    assert [row["tta"] for row in rows] == [False, False, False, True]
    assert all(len(row["times"]) == 2 for row in rows)
    read = [json.loads((out / row["name"] / "pred.json").read_text()) for row in rows]
    assert read[0] == read[2] != read[1]
    assert read[0] != read[3]
    assert (out / "pareto.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["net"], "models: 'net' is not [NAME=]CONFIG.py[=CHECKPOINT]"),
        (["net=CONFIG"], ".py' is not NAME=CONFIG.py=CHECKPOINT"),
        (["CONFIG=x.pth"], ".py=x.pth' is not NAME=CONFIG.py=CHECKPOINT"),
        (["net=no.py=no.pth"], "there is no file no.py"),
        (["MODEL", "MODEL"], "two settings have one name: net; net"),
        (["..=CONFIG=x.pth"], "'..' can't name a folder"),
        (["pareto.json=CONFIG=x.pth"], "'pareto.json' can't name a folder"),
        (["MODEL", "--try", "x", "model.neck.num_outs=(1,2"], "Imbalanced brackets"),
        (["MODEL", "--try", "x", "tta=no"], "tta=no of 'x' is neither True nor False"),
        (["MODEL", "--try", "x", "model.neck.num_outs=many"], "net, x: can't be built with"),
        (["MODEL", "--try", "x", "no.thing=1"], "no config has all that 'x' names"),
        (["MODEL", "--try", "x", "tta"], "'x tta' is not a name and words such as KEY=VALUE"),
        (["MODEL", "--repeats", "0"], "--repeats is 0"),
        (["net=CONFIG=no.pth"], "there is no file no.pth"),
        (["net=CONFIG=CONFIG"], "pareto: checkpoint: "),
    ],
)
def test_wrong_input_is_one_line(run_tool, homework, model, tmp_path, words, said):
    data = homework(BOXES)
    whole = f"net={model[0]}={model[1]}"
    words = [word.replace("MODEL", whole).replace("CONFIG", str(model[0])) for word in words]
    flags = ("--images", data / "valid", "--labels", data / "valid.json", "--out")
    status, printed, error = run_tool("pareto", *words, *flags, tmp_path / "out")
    assert status == 1
    assert said in error.splitlines()[-1]
    assert error.splitlines()[-1].count("pareto: ") == 1
    assert not printed and not (tmp_path / "out").exists()


def test_an_image_that_is_missing_is_one_line(run_tool, homework, model, tmp_path):
    data = homework(BOXES)
    shutil.move(data / "valid" / "2.png", data / "elsewhere.png")
    flags = ("--images", data / "valid", "--labels", data / "valid.json", "--out", tmp_path / "out")
    status, _, error = run_tool("pareto", f"net={model[0]}={model[1]}", *flags)
    assert status == 1
    assert "2.png" in error.splitlines()[-1]
