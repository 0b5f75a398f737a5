import math
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from run_files import epoch_lines, train_line, write

from mmdigits.analysis.comparison import best_index, name_runs, value_table
from mmdigits.analysis.curves import draw_curves, save_figure, smooth
from mmdigits.analysis.run_log import Curve, RunLog, read_run
from mmdigits.errors import InputError


def test_values_that_are_not_finite_are_gaps(tmp_path):
    lines = [train_line(10, 1.0), train_line(20, math.nan), train_line(30, math.inf)]
    run = read_run(write(tmp_path, lines))
    np.testing.assert_array_equal(run.curves["train_loss"].values, [1, np.nan, np.nan])
    words = [text.get_text() for text in draw_curves({"a": run}).legends[0].get_texts()]
    assert "a: training loss is not finite at 2 of 3 points." in words[-1].replace("\n", " ")


def test_the_smoothed_line_is_the_mean_of_neighbours_on_either_side():
    values = np.zeros(80)  # 5% of 80 is 4: two on either side
    values[[40, 79]] = 5.0, 7.0
    smoothed = smooth(values)
    assert smoothed[[37, 38, 39, 40, 41, 42, 43]].tolist() == [0, 1, 1, 1, 1, 1, 0]
    assert smoothed[[77, 78, 79]] == pytest.approx([7 / 5, 7 / 3, 7])
    values[41] = np.nan
    assert smooth(values)[[40, 42]] == pytest.approx([5 / 4, 5 / 4])
    assert np.isnan(smooth(values)[41])


@pytest.mark.parametrize(("name", "best"), [("val_loss", 1), ("seq_acc", 2), ("lr", None)])
def test_the_best_is_the_least_loss_or_the_first_of_the_greatest_scores(name, best):
    curve = Curve(np.arange(4), np.array([np.nan, 0.2, 0.9, 0.9]))
    assert best_index(name, curve) == best
    assert best_index(name, Curve(np.arange(1), np.array([np.nan]))) is None


def test_a_panel_for_each_quantity_that_was_logged(tmp_path):
    without = read_run(write(tmp_path / "a", epoch_lines(3)))
    figure = draw_curves({"_a $x$": without})
    titles = [panel.get_title(loc="left") for panel in figure.axes]
    assert titles == ["training loss", "string accuracy", "mAP", "learning rate"]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words[0] == "_a $x$: best string accuracy 0.300 at epoch 3, mAP 0.300 at epoch 1"
    assert "No validation loss in the log." in words[1].replace("\n", " ")

    loss = Curve(np.array([25, 50]), np.array([0.5, 0.75]))
    with_loss = RunLog(without.curves | {"val_loss": loss}, 25, 0)
    figure = draw_curves({"a": without, "b": with_loss})
    panel = figure.axes[1]
    assert panel.get_title(loc="left") == "validation loss"
    curve, star = panel.lines
    assert curve.get_xydata().tolist() == [[1, 0.5], [2, 0.75]]
    assert star.get_xydata().tolist() == [[1, 0.5]]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words[1].startswith("b: best validation loss 0.500 at epoch 1, string accuracy")
    assert "No validation loss in the log of a." in words[2].replace("\n", " ")


def test_a_run_keeps_its_colour_in_every_panel_and_runs_differ(tmp_path):
    run = read_run(write(tmp_path, epoch_lines(2)))
    figure = draw_curves({str(i): run for i in range(18)})
    looks = set()
    for i in range(18):
        smoothed, accuracy, rate = (
            figure.axes[panel].lines[i * 2 + offset] for panel, offset in ((0, 1), (1, 0), (2, 0))
        )
        assert smoothed.get_color() == accuracy.get_color() == rate.get_color()
        looks.add((accuracy.get_color(), accuracy.get_linestyle()))
    assert len(looks) == 18
    with pytest.raises(InputError, match="19 runs in one picture; at most 18"):
        draw_curves({str(i): run for i in range(19)})


@pytest.mark.parametrize(
    ("suffix", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("SVG", b"<")]
)
def test_a_picture_is_written_and_nothing_else(tmp_path, suffix, start):
    run = read_run(write(tmp_path / "run", [train_line(10)]))
    (tmp_path / "out").mkdir()
    save_figure(draw_curves({"run": run}), tmp_path / "out" / f"x.{suffix}")
    (written,) = (tmp_path / "out").iterdir()
    assert written.read_bytes().startswith(start)


def test_the_table_has_last_and_best_values(tmp_path):
    run = read_run(write(tmp_path, epoch_lines(3)))
    columns = [list(column.cells) for column in value_table({"a": run}).columns]
    assert columns[1] == ["training loss", "string accuracy", "mAP", "learning rate"]
    assert columns[2] == ["1", "0.3", "0.3", "0.1"]
    assert columns[3] == ["2.8", "3", "3", "2.8"]
    assert columns[4] == ["", "0.3", "0.3", ""]
    assert columns[5] == ["", "3", "1", ""]


def test_runs_are_named_by_folder_unless_two_would_be_one():
    a, b, same = Path("x/a"), Path("x/b"), Path("y/a")
    assert name_runs([a, b]) == {"a": a, "b": b}
    assert name_runs([a, same]) == {"x/a": a, "y/a": same}
    assert name_runs([a, b], ["one", "two"]) == {"one": a, "two": b}


def test_the_tool_draws_without_pytorch_or_mmdetection(tmp_path, repository):
    for name in ("a", "b"):
        write(tmp_path / name, epoch_lines(2))
    # A module that is None in sys.modules can't be imported.
    code = (
        "import runpy, sys; sys.modules.update(dict.fromkeys(['torch', 'mmdet', 'mmengine']));"
        f"runpy.run_path({str(repository / 'tools' / 'plot_curves.py')!r}, run_name='__main__')"
    )
    command = [sys.executable, "-c", code, "a", "b", "--labels", "one", "[two]"]
    run = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert run.stdout.startswith("curves.png: one, [two]\n")
    assert "[two]   training loss" in run.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "curves.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent"], "absent is no folder"),
        (["nolog"], "no training log"),
        (["empty"], "has no line of training"),
        (["a", "b/../a"], "the same run is given more than once"),
        (["a", "b", "--labels", "x"], "labels x for 2 runs"),
        (["a", "b", "--labels", "x", "x"], "labels x, x for 2 runs"),
        (["a", "-o", "absent/x.png"], "there is no folder absent"),
        (["a", "-o", "x.jpeg"], "must end in .png, .pdf, .svg"),
        (["a", "-o", "folder.png"], "it is a folder"),
    ],
)
def test_the_tool_refuses_in_one_line(
    tmp_path, repository, monkeypatch, capsys, arguments, message
):
    for name in ("a", "b"):
        write(tmp_path / name, epoch_lines(2))
    write(tmp_path / "empty", [], end='{"lr": 0')
    (tmp_path / "nolog").mkdir()
    (tmp_path / "folder.png").mkdir()
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["plot_curves.py", *arguments])
    with pytest.raises(SystemExit) as exit_status:
        runpy.run_path(str(repository / "tools" / "plot_curves.py"), run_name="__main__")
    assert exit_status.value.code == 1
    error = capsys.readouterr().err
    assert error.startswith("plot_curves: ") and message in error and error.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
