import csv
import json
import zipfile

import numpy as np
import pytest

from mmdigits.errors import InputError
from mmdigits.evaluation.ensembling import ensemble_readers, vote, write_ensemble
from mmdigits.files.detections import read_detections
from mmdigits.files.image_set import read_image_set
from mmdigits.reading import DigitReader, Reading

# In each image: digits at these places, 10 wide and 20 high.
FIRST, SECOND = (5, 10, 10, 20), (25, 10, 10, 20)


def say(*digits, score=0.9):
    return [(digit, place, score) for digit, place in zip(digits, (FIRST, SECOND), strict=False)]


@pytest.fixture
def ensemble(homework, run_tool):
    """A function that runs the tool on models that say this about images 1, 2, ... of "12"."""

    def run(*models, flags=(), images=None):
        count = max(map(len, models))
        truth = [(1, *FIRST), (2, *SECOND)]
        folder = homework(dict.fromkeys(range(1, count + 1), truth))
        paths = []
        for number, model in enumerate(models, start=1):
            rows = [
                dict(image_id=i, bbox=list(box), score=score, category_id=digit + 1)
                for i, said in enumerate(model, start=1)
                for digit, box, score in said
            ]
            paths.append(folder / f"{number}.json")
            paths[-1].write_text(json.dumps(rows))
        images = images or ["--labels", str(folder / "valid.json")]
        out = folder / "out"
        code, printed, error = run_tool("ensemble", *paths, *images, "--out", out, *flags)
        assert not (code and out.exists())
        return code, printed, error, out

    return run


def strings(out):
    with (out / "pred.csv").open(newline="") as file:
        return [row["pred_label"] for row in csv.DictReader(file)]


def line_of(name, printed):
    return next(line for line in printed.splitlines() if name in line.split()[:2])


def test_merged_boxes_that_read_worse_are_noticed_and_not_used(ensemble):
    # R4: each model adds a digit of its own, so the union reads too much.
    clean = say(1, 2)
    extra = [(7, (45, 10, 10, 20), 0.95)]
    code, printed, warned, out = ensemble(
        [clean, clean, clean, clean + extra], [clean + extra, clean + extra, clean + extra, clean]
    )
    assert code == 0
    assert "0.7500" in line_of("1", printed)
    assert "0.2500" in line_of("2", printed)
    assert "0.0000" in line_of("merged", printed)
    assert "merged detections are right in 0 of 4 images, those of the best model" in warned
    assert "in 3; they are not used" in warned
    # One vote each, and a string of two digits is surer than one of the same and a third.
    assert line_of("vote", printed).startswith("*") and strings(out) == ["12"] * 4


def test_the_files_are_a_submission_of_the_merged_boxes(ensemble):
    code, _, _, out = ensemble([say(1, 2), []], [say(1, score=0.95), []], flags=["--strings", "1"])
    assert code == 0
    rows = json.loads((out / "pred.json").read_text())
    assert [(row["category_id"], row["score"]) for row in rows] == [(2, 0.95), (3, 0.9)]
    assert rows[0]["bbox"] == list(FIRST)
    assert strings(out) == ["12", "-1"]
    with zipfile.ZipFile(out / "submission.zip") as archive:
        assert sorted(archive.namelist()) == ["pred.csv", "pred.json"]
        assert archive.read("pred.json") == (out / "pred.json").read_bytes()


def test_the_vote_wins_where_models_are_wrong_in_different_images(ensemble):
    right, wrong = say(1, 2), say(1, 0)
    code, printed, _, out = ensemble(
        [right, right, wrong], [right, wrong, right], [wrong, right, right]
    )
    assert code == 0
    assert line_of("vote", printed).startswith("*") and "1.0000" in line_of("vote", printed)
    assert strings(out) == ["12", "12", "12"]
    assert "--strings vote" in printed.splitlines()[-1]


def test_chosen_strings_that_read_worse_than_a_model_are_noticed(ensemble):
    warned = ensemble([say(1, 2)], [say(1, 3, score=0.8)], flags=["--strings", "2"])[2]
    assert "the strings that are written (" in warned and "are right in 0 of 1 images" in warned


@pytest.mark.parametrize(
    ("choice", "expected"), [("1", ["12"]), ("2", ["1"]), ("merged", ["123"]), ("vote", ["12"])]
)
def test_strings_are_what_was_asked_for(ensemble, choice, expected):
    third = (3, (45, 10, 10, 20), 0.7)
    models = [say(1, 2)], [[*say(1), (*third[:2], 0.4)]], [[*say(1, 2), third]]
    flags = ["--strings", choice, "--score-thr", "0.5", "0.5", "0.8"]
    assert strings(ensemble(*models, flags=flags)[3]) == expected


def test_the_last_line_is_the_command_for_unlabelled_images(ensemble):
    flags = "--method wbf --weights 2 1 --score-thr 0.4 --reader order=x --strings 2".split()
    printed = ensemble([say(1, 2)], [say(1, 2)], flags=flags)[1]
    assert printed.splitlines()[-1] == (
        "next, on unlabelled images: python tools/ensemble.py TEST_PRED_1.json TEST_PRED_2.json "
        "--images TEST_FOLDER --out TEST_OUT --strings 2 --method wbf --weights 2.0 1.0 "
        "--iou-thr 0.55 --skip-score 0.0 --score-thr 0.4 --reader order=x"
    )


def test_without_labels_the_vote_is_taken_and_nothing_is_scored(ensemble, tmp_path):
    images = ["--images", str(tmp_path / "test")]
    code, printed, warned, out = ensemble([say(1, 2), []], [say(1, 2), say(7)], images=images)
    assert code == 0 and warned == ""
    assert "accuracy" not in printed and line_of("vote", printed).startswith("*")
    assert strings(out) == ["12", "7"]


def test_merged_strings_without_labels_come_with_a_warning(ensemble, tmp_path):
    images = ["--images", str(tmp_path / "test"), "--strings", "merged"]
    assert "without labels nothing tells" in ensemble([say(1, 2)], [say(1)], images=images)[2]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            ["--strings", "3"],
            "allowed are best, vote, merged and the numbers of the models, 1 to 2",
        ),
        (["--strings", "worst"], "strings are 'worst'"),
        (["--score-thr", "0.1", "0.2", "0.3"], "3 values of --score-thr for 2 models"),
        (["--score-thr", "1.5"], "score_thr is 1.5"),
        (["--weights", "1"], "weights are [1.0] for 2 models"),
        (["--method", "soft"], "method is 'soft'"),
        (["--reader", "by_x=1"], "names the option 'by_x'"),
    ],
)
def test_a_wrong_flag_ends_in_one_line_and_writes_nothing(ensemble, flags, message):
    code, printed, error, _ = ensemble([say(1, 2)], [say(1)], flags=flags)
    assert code == 1 and printed == ""
    assert message in error and error.startswith("ensemble: ") and error.count("\n") == 1


def test_best_needs_labels(ensemble, tmp_path):
    images = ["--images", str(tmp_path / "test"), "--strings", "best"]
    assert "can't be told without labels" in ensemble([say(1)], images=images)[2]


@pytest.mark.parametrize("name", ["pred.json", "pred.csv"])
def test_an_input_is_not_written_over(tmp_path, name):
    ids = tmp_path / "pred.csv"
    ids.write_text("image_id\n1\n")
    (tmp_path / "pred.json").write_text("[]")
    images = read_image_set(ids=ids)
    merged = read_detections(tmp_path / "pred.json", images)
    with pytest.raises(InputError, match=f"{name}, which is one of the files it is made from"):
        write_ensemble(tmp_path / "x" / "..", images, merged, {1: "7"}, [tmp_path / name])
    assert ids.read_text() == "image_id\n1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pred.csv", "pred.json"]


def said(string, confidence):
    return Reading(string, np.arange(len(string)), confidence)


def test_ties_go_to_the_more_confident_then_to_the_earlier_model():
    one, two = {1: said("12", 0.6)}, {1: said("17", 0.7)}
    assert vote([one, two], [1, 1]) == {1: "17"}
    assert vote([one, two], [1.1, 1]) == {1: "12"}
    assert vote([one, {1: said("17", 0.6)}], [1, 1]) == {1: "12"}
    # .1 + .2 is not .3 in floating point, but a tie; then .1 * .9 + .2 * .9 = .27 beats .3 * .6.
    sure = {1: said("17", 0.9)}
    assert vote([one, sure, sure], [0.3, 0.1, 0.2]) == {1: "17"}


def test_a_model_that_reads_nothing_has_no_vote():
    nothing = {1: said("", 0.0)}
    assert vote([nothing, nothing, {1: said("7", 0.5)}], [1, 1, 1]) == {1: "7"}
    assert vote([nothing, nothing], [1, 1]) == {1: ""}


def test_readers_differ_in_their_threshold_alone():
    reader = DigitReader(iou_thr=1.0, order="x")
    assert ensemble_readers(2, None, None, reader) == [reader] * 3
    readers = ensemble_readers(2, [0.4, 0.6], None, reader)
    assert [reader.score_thr for reader in readers] == [0.4, 0.6, 0.5]
    assert {(reader.iou_thr, reader.order) for reader in readers} == {(1.0, "x")}
    assert ensemble_readers(2, [0.4], 0.7, reader)[-1].score_thr == 0.7
    with pytest.raises(InputError, match="3 values of --score-thr for 2 models"):
        ensemble_readers(2, [0.1, 0.2, 0.3], None, reader)
