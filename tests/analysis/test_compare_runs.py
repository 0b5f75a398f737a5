import subprocess
import sys
from functools import partial

import pytest
from made_detections import write_made

from mmdigits.analysis.paired_accuracy import PairedAccuracy
from mmdigits.analysis.paired_mean_ap import PairedMeanAP
from mmdigits.analysis.run_comparison import compare, is_beyond_noise, read_run, verdict
from mmdigits.errors import InputError
from mmdigits.files.image_set import read_image_set
from mmdigits.files.submission import write_csv


def export(folder, labels, seed: int, wrong: int, missed: float = 0.1):
    """Write a run whose strings are right but for the first so many images."""
    images = read_image_set(labels=labels)
    folder.mkdir()
    write_made(folder / "pred.json", labels, seed, missed=missed)
    rows = [
        (image_id, "-1" if number < wrong else truth)
        for number, (image_id, truth) in enumerate(zip(images.names, images.truths, strict=True))
    ]
    write_csv(folder / "pred.csv", ("image_id", "pred_label"), rows)
    return folder


@pytest.fixture
def runs(svhn, tmp_path):
    """A run that reads 240 of 300 images, one that reads 252 and finds more, and the labels."""
    labels = svhn / "valid.json"
    return (
        export(tmp_path / "a", labels, seed=0, wrong=60, missed=0.2),
        export(tmp_path / "b", labels, seed=1, wrong=48, missed=0.1),
        labels,
    )


@pytest.fixture
def tool(run_tool):
    """A function that runs tools/compare_runs.py: exit status, stdout, stderr."""
    return partial(run_tool, "compare_runs")


def test_the_tool_prints_scores_differences_and_a_verdict(tool, runs):
    code, printed, error = tool(*runs, "--resamples", "100")
    assert code == 0 and error == ""
    name_a, scores_a, name_b, scores_b, strings, boxes, images, said = printed.splitlines()
    assert (name_a, name_b) == (f"A: {runs[0]}", f"B: {runs[1]}")
    # Wilson, 240 and 252 of 300.
    assert scores_a.startswith("  string accuracy 0.8000 (0.7511 to 0.8413): 240 of 300; mAP 0.")
    assert scores_b.startswith("  string accuracy 0.8400 (0.7943 to 0.8771): 252 of 300; mAP 0.")
    # Newcombe, 240, 0, 12 and 48; McNemar: 2 * (1/2)^12.
    assert strings == "B - A: string accuracy +4.0 points (+1.7 to +6.5), McNemar p 0.00049"
    assert boxes.startswith("B - A: mAP +") and boxes.endswith("100 draws")
    assert images == "images read right: only by A 0, only by B 12, by both 240, by neither 48"
    assert said.startswith(
        "On these 300 images B is better than A by 4.0 points of string accuracy (95% interval 1.7 "
        "to 6.5), and B is better than A by "
    )


def test_a_run_against_itself_is_noise(tool, runs):
    code, printed, _ = tool(runs[0], runs[0], runs[2], "--resamples", "100")
    assert code == 0 and printed.count("is within noise") == 2 and "better" not in printed


def test_compare_pairs_strings_by_image(runs):
    a, b, labels = runs
    images = read_image_set(labels=labels)
    accuracy, mean_ap = compare(images, read_run(a, images), read_run(b, images), 100)
    assert (accuracy.only_a, accuracy.only_b, accuracy.both, accuracy.neither) == (0, 12, 240, 48)
    assert mean_ap.a < mean_ap.b and mean_ap.resamples == 100
    with pytest.raises(InputError, match="resamples is 99"):
        compare(images, read_run(a, images), read_run(b, images), 99)


def accuracy_of(difference: float, low: float, high: float, p: float) -> PairedAccuracy:
    return PairedAccuracy(300, 0.8, 0.8 + difference, 200, 40, 40, 20, difference, low, high, p)


def mean_ap_of(difference: float, low: float, high: float, p: float) -> PairedMeanAP:
    return PairedMeanAP(*(0.4, 0.3, 0.5), *(0.4, 0.3, 0.5), difference, low, high, p, 1000)


@pytest.mark.parametrize(
    ("difference", "beyond"),
    [
        ((0.02, 0.01, 0.03, 0.01), True),
        ((-0.02, -0.03, -0.01, 0.01), True),
        ((0.02, -0.01, 0.03, 0.1), False),
        ((0.02, 0.001, 0.03, 0.06), False),  # the test doesn't see what the interval sees
        ((0.02, -0.001, 0.03, 0.04), False),  # nor the other way round
        ((0.02, 0.0, 0.03, 0.04), False),
    ],
)
def test_a_difference_counts_when_interval_and_test_agree(difference, beyond):
    assert is_beyond_noise(accuracy_of(*difference)) == beyond
    assert is_beyond_noise(mean_ap_of(*difference)) == beyond


def test_the_verdict_names_the_better_run():
    said = verdict(accuracy_of(0.012, 0.003, 0.021, 0.01), mean_ap_of(-0.01, -0.02, -0.004, 0.002))
    assert said == (
        "On these 300 images B is better than A by 1.2 points of string accuracy (95% interval 0.3 "
        "to 2.1), and A is better than B by 1.0 points of mAP (95% interval 0.4 to 2.0)."
    )


def test_the_verdict_calls_noise_noise():
    said = verdict(accuracy_of(0.012, -0.003, 0.027, 0.1), mean_ap_of(-0.01, -0.02, 0.004, 0.2))
    assert said == (
        "On these 300 images a difference of +1.2 points of string accuracy (B - A, 95% interval "
        "-0.3 to +2.7) is within noise, and a difference of -1.0 points of mAP (B - A, 95% "
        "interval -2.0 to +0.4) is within noise."
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda a, b: (b / "pred.json").unlink(), "there is no file"),
        (lambda a, b: (a / "pred.csv").write_text("image_id,pred_label\n1701,5\n"), "no row for"),
        (lambda a, b: (b / "pred.json").write_text("{}"), "holds a dict"),
    ],
    ids=["a missing file", "images without a row", "another file"],
)
def test_bad_input_ends_in_one_line(tool, runs, spoil, message):
    spoil(*runs[:2])
    code, printed, error = tool(*runs)
    assert code == 1 and printed == "" and message in error
    assert error.startswith("compare_runs: ") and error.count("\n") == 1


def test_too_few_draws_and_missing_labels_end_in_one_line(tool, runs):
    code, printed, error = tool(*runs, "--resamples", "0")
    assert code == 1 and printed == "" and "resamples is 0" in error and error.count("\n") == 1
    code, printed, error = tool(*runs[:2], runs[2].with_name("none.json"))
    assert code == 1 and printed == "" and "there is no file" in error and error.count("\n") == 1


def test_the_tool_needs_neither_pytorch_nor_mmdetection(repository, runs):
    code = (
        "import runpy, sys\n"
        "try: runpy.run_path('tools/compare_runs.py', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'torch', 'mmdet', 'mmengine', 'mmcv'} & set(sys.modules)"
    )
    arguments = [*map(str, runs), "--resamples", "100"]
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=repository, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("A: ") and result.stderr == ""
