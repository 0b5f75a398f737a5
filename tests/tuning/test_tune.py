import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from labelled_sets import case_of, write_labels
from made_detections import write_made

from mmdigits.errors import InputError
from mmdigits.files.image_set import read_image_set
from mmdigits.reading import DigitReader, make_reader
from mmdigits.reading.chain_model import ChainModel, fit_chain_model
from mmdigits.reading.reader_file import reader_options
from mmdigits.tuning import steps
from mmdigits.tuning import tune as tuning_module
from mmdigits.tuning.cases import Case, read_cases, right
from mmdigits.tuning.steps import STEPS, search
from mmdigits.tuning.summary import about, step_line, summary_lines
from mmdigits.tuning.tune import BEST_SET, Step, Tuning, tune

pytestmark = pytest.mark.filterwarnings("error")

START = DigitReader(score_thr=0.9)  # misses most digits of the made detections


@pytest.fixture(autouse=True, scope="module")
def few_options():
    """Fewer thresholds and offsets, to save time; test_steps.py has the search itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "THRESHOLDS", (0.1, 0.3, 0.5, 0.7, 0.9))
        patch.setattr(tuning_module, "OFFSETS", (-0.5, 0.0, 0.5))
        yield


def made_cases(folder, images: int, seed: int = 0) -> list[Case]:
    labels = write_labels(folder / "labels.json", images, seed)
    pred = write_made(folder / "pred.json", labels, seed)
    return read_cases([pred], read_image_set(labels=labels))


def strings(reader: DigitReader, cases: list[Case]) -> list[str]:
    return [reader(*case.detections) for case in cases]


def same(tuning: Tuning, other: Tuning) -> bool:
    return (
        tuning[:3] == other[:3]
        and tuning.confidence.tolist() == other.confidence.tolist()
        and tuning.right.tolist() == other.right.tolist()
    )


def random_numbers(seed: int, images: int, score: float, found: tuple[float, float]) -> list[Case]:
    """Rows of 2 or 3 digits whose scores lie within ``found``, and noise below ``score``."""
    rng = np.random.default_rng(seed)
    cases = []
    for _ in range(images):
        truth = [(int(rng.integers(10)), 12 * x, 0, 10, 20) for x in range(rng.integers(2, 4))]
        noise = [(1, 12 * x + 4, 3, 7, 15, rng.uniform(0, score)) for x in range(4)]
        cases.append(case_of(truth, [(*d, rng.uniform(*found)) for d in truth] + noise))
    return cases


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> list[Case]:
    return made_cases(tmp_path_factory.mktemp("made"), 60)


@pytest.fixture(scope="module")
def tuned(cases) -> tuple[Tuning, list[Step]]:
    """A tuning and the steps that it told as it went."""
    told: list[Step] = []
    return tune(cases, START, folds=2, progress=told.append), told


def test_the_tuned_reader_is_better_than_the_one_before(cases, tuned):
    tuning, _ = tuned
    before, after = right(START, cases).sum(), right(tuning.reader, cases).sum()
    assert after > before + 5  # on the images that it was tuned on
    assert tuning.gain.a == before / len(cases)
    assert tuning.gain.b == tuning.right.mean() >= tuning.gain.a


def test_every_step_is_judged_and_told_in_order(tuned):
    tuning, told = tuned
    assert [step.name for step in tuning.steps] == [*STEPS, BEST_SET]
    assert told == tuning.steps
    assert [step.kept for step in tuning.steps] == [step.gain.low > 0 for step in tuning.steps]


def test_a_step_is_judged_against_the_kept_ones_before_it(tuned):
    tuning, _ = tuned
    now = tuning.gain.a
    for step in tuning.steps:
        assert step.gain.a == now
        now = step.gain.b if step.kept else now
    assert tuning.gain.b == now
    assert any(step.kept for step in tuning.steps)


def test_the_confidence_is_between_zero_and_one_and_tells_right_from_wrong(cases, tuned):
    tuning, _ = tuned
    assert tuning.confidence.shape == tuning.right.shape == (len(cases),)
    assert ((tuning.confidence >= 0) & (tuning.confidence <= 1)).all()
    assert tuning.confidence.mean() == pytest.approx(tuning.right.mean(), abs=0.1)
    told_right = tuning.confidence[tuning.right].mean()
    assert told_right > tuning.confidence[~tuning.right].mean() + 0.1


def test_the_tuned_reader_says_how_sure_it_is(cases, tuned):
    reader = tuned[0].reader
    assert reader.confidence is not None
    readings = [reader.read(case.detections) for case in cases]
    is_right = [reading.string == case.truth for reading, case in zip(readings, cases, strict=True)]
    assert np.mean([r.confidence for r in readings]) == pytest.approx(np.mean(is_right), abs=0.1)


def test_the_summary_says_what_was_found(tuned):
    tuning, _ = tuned
    first, second, *coverage = summary_lines(tuning)
    count = int(tuning.right.sum())
    assert first.startswith(f"held out: {count} of 60 right, {count / 60:.4f} (")
    assert "expected calibration error" in second
    assert [line.split(" accuracy")[0] for line in coverage] == ["at 90%", "at 95%", "at 98%"]
    for step in tuning.steps:
        line = step_line(step)
        assert line.startswith(step.name) and line.endswith(", kept") == step.kept


def test_what_goes_into_the_file_is_json(tuned):
    tuning, _ = tuned
    facts = about(tuning, ["a.json", "b.json"], "labels.json", 2, 0)
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert facts["predictions"] == ["a.json", "b.json"] and facts["images"] == 60
    assert [step["name"] for step in facts["steps"]] == [*STEPS, BEST_SET]
    assert facts["held_out"]["right"] == tuning.right.sum()


def test_the_same_seed_gives_the_same_tuning_and_another_splits_anew(cases):
    first = tune(cases[:20], DigitReader(), folds=2, seed=1)
    assert same(first, tune(cases[:20], DigitReader(), folds=2, seed=1))
    assert not same(first, tune(cases[:20], DigitReader(), folds=2, seed=2))


def test_a_threshold_that_helps_is_found_and_kept():
    cases = random_numbers(0, 24, score=0.14, found=(0.31, 0.45))
    tuning = tune(cases, DigitReader(), folds=2)
    assert not right(DigitReader(), cases).any()
    assert [step.name for step in tuning.steps if step.kept] == ["score threshold"]
    assert tuning.right.all()
    plain = replace(tuning.reader, chain=None, confidence=None)
    assert plain == DigitReader(score_thr=0.3)


def test_a_suppression_that_helps_is_found_and_kept():
    seven = (7, 0, 0, 20, 30)
    case = case_of([seven], [(*seven, 0.9), (1, 12, 2, 4, 26, 0.85)])
    plain = case_of([seven], [(*seven, 0.8)])
    tuning = tune([case, plain] * 12, DigitReader(), folds=2)
    kept = [step.name for step in tuning.steps if step.kept]
    assert "suppression" in kept and tuning.right.all()
    assert tuning.reader(*case.detections) == "7"


def test_a_best_set_that_helps_is_fitted_and_kept():
    # The middle digit is as weak as what stands below the row, so no threshold tells them apart.
    rng = np.random.default_rng(0)
    cases = []
    for _ in range(24):
        truth = [(int(rng.integers(10)), 12 * place, 0, 10, 20) for place in range(3)]
        below = (int(rng.integers(10)), rng.uniform(0, 24), 30, 10, 20)
        scores = [0.95, rng.uniform(0.1, 0.2), 0.95, rng.uniform(0.1, 0.2)]
        found = [(*box, score) for box, score in zip([*truth, below], scores, strict=True)]
        cases.append(case_of(truth, found))
    by_hand = ChainModel((1.0, 0.0, -1.0, -1.0), (-4.0, -4.0, -0.5, -1.0, -1.0))
    start = DigitReader(order="x", chain=by_hand)
    assert not right(replace(start, method="best_set"), cases).any()  # with unfitted weights
    tuning = tune(cases, start, folds=2)
    assert [step.name for step in tuning.steps if step.kept] == [BEST_SET]
    assert tuning.reader.method == "best_set" and tuning.right.all()
    assert right(tuning.reader, cases).all()


def test_the_confidence_rests_on_a_chain_model_of_the_matched_digits(cases):
    start, some = DigitReader(), cases[:20]
    tuning = tune(some, start, folds=2)
    assert tuning.reader.method == "threshold"
    found = [start.candidates(case.detections, start.numbers(case.detections)) for case in some]
    chosen = [
        case.is_digit[candidates.indices] for case, candidates in zip(some, found, strict=True)
    ]
    assert tuning.reader.chain == fit_chain_model(found, chosen)


def test_options_that_only_fit_noise_are_left_out():
    # Whether the second digit is true has nothing to do with its score, size or place.
    tried, kept, gains = 0, 0, []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        cases = []
        for _ in range(30):
            one, two = (1, 0, 0, 10, 20), (2, 9, 0, *rng.uniform([5, 10], [20, 40]))
            found = [(*one, 0.95), (*two, rng.uniform(0.05, 0.95))]
            cases.append(case_of([one, two][: rng.integers(1, 3)], found))
        judged = tune(cases, DigitReader(), folds=2, seed=seed).steps
        gains += [step.gain.difference for step in judged if step.name in STEPS]
        kept += any(step.kept for step in judged)
        every = np.ones(30, dtype=bool)
        found = search("suppression", DigitReader(), lambda r, c=cases: right(r, c), every)
        tried += right(found, cases).sum() - right(DigitReader(), cases).sum()
    assert tried > 5  # on the images that they were searched on they help, on others not always
    assert min(gains) < 0
    assert kept <= 1  # each step may pass for good by luck, once in forty times


@pytest.mark.parametrize("method", ["threshold", "best_set"])
def test_steps_that_add_nothing_leave_the_options_as_they_were(method):
    cases = random_numbers(0, 20, score=0.04, found=(0.9, 0.99))
    start = DigitReader(method=method, score_thr=0.37, fallback_thrs=(0.2,), order="x")
    tuning = tune(cases, start, folds=2)
    assert tuning.right.all() and not any(step.kept for step in tuning.steps)
    told = {**reader_options(tuning.reader), "chain": None, "confidence": None}
    assert told == {**reader_options(start), "chain": None, "confidence": None}
    assert len(summary_lines(tuning)) == 5


@pytest.mark.parametrize("method", ["threshold", "best_set"])
def test_a_tuning_that_keeps_no_step_reads_as_before(cases, method):
    # 20 images are too few for a gain beyond noise.
    start = DigitReader(method=method)
    some = cases[:20]
    tuning = tune(some, start, folds=2)
    assert not any(step.kept for step in tuning.steps)
    assert tuning.right.tolist() == right(start, some).tolist()
    assert strings(tuning.reader, some) == strings(start, some)


def test_images_without_detections_or_digits_can_be_tuned_on():
    seven = (7, 0, 0, 10, 20)
    kinds = [case_of([seven], []), case_of([], []), case_of([], [(*seven, 0.1)])]
    tuning = tune(kinds * 8, DigitReader(), folds=2)
    assert tuning.right.tolist() == [False, True, True] * 8
    assert tuning.reader.confidence.empty == pytest.approx(17 / 26)
    assert len(summary_lines(tuning)) == 5


def test_nothing_right_can_be_told():
    seven = (7, 0, 0, 10, 20)
    tuning = tune([case_of([seven], [(1, *seven[1:], 0.9)])] * 20, DigitReader(), folds=2)
    assert not tuning.right.any() and not any(step.kept for step in tuning.steps)
    assert summary_lines(tuning)[0].startswith("held out: 0 of 20 right")
    assert (tuning.confidence < 0.2).all()


@pytest.mark.parametrize(
    ("images", "folds"), [(19, 2), (49, 5), (0, 2), (30, 1), (30, 0), (30, -2)]
)
def test_too_few_images_or_parts_are_an_error_of_one_line(cases, images, folds):
    with pytest.raises(InputError, match=f"^tuning: {images} images in {folds} parts; allowed"):
        tune(cases[:images], DigitReader(), folds=folds)


# The tool.


@pytest.fixture
def tool(run_tool):
    """A function that runs tools/tune_reader.py: exit status, stdout, stderr."""
    return partial(run_tool, "tune_reader")


@pytest.fixture
def files(tmp_path):
    """A labels file and detections for it."""
    labels = write_labels(tmp_path / "labels.json", 24)
    return labels, write_made(tmp_path / "pred.json", labels, seed=0)


def test_the_tool_prints_what_it_finds_and_writes_the_reader(tool, files, tmp_path):
    labels, pred = files
    out = tmp_path / "readers" / "mine.json"
    code, printed, errors = tool(
        pred, f"--labels={labels}", f"--out={out}", "--folds=2", "--seed=3", "--reader", "order=x"
    )
    assert (code, errors) == (0, "")
    cases = read_cases([pred], read_image_set(labels=labels))
    tuning = tune(cases, DigitReader(order="x"), folds=2, seed=3)
    assert printed.splitlines() == [
        *map(step_line, tuning.steps),
        *summary_lines(tuning),
        f"{out}; for tools: --reader {out}",
        f'for the config: reader = dict(file="{out}")',
    ]
    assert make_reader([str(out)]) == tuning.reader
    content = json.loads(out.read_text())
    assert content["about"] == about(tuning, [str(pred)], str(labels), 2, 3)
    assert [path.name for path in out.parent.iterdir()] == ["mine.json"]


def test_the_tool_starts_from_a_readers_file_and_replaces_it(tool, files, tmp_path):
    labels, pred = files
    out = tmp_path / "reader.json"
    out.write_text('{"reader": {"max_digits": 1}}')
    code, _, errors = tool(
        pred, f"--labels={labels}", f"--out={out}", "--folds=2", "--reader", out, "order=x"
    )
    assert (code, errors) == (0, "")
    assert make_reader([str(out)]).order == "x"
    assert list(json.loads(out.read_text())) == ["reader", "about"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["--folds=3"], "24 images in 3 parts", id="too many parts"),
        pytest.param(["--folds=1"], "24 images in 1 parts", id="one part"),
        pytest.param(["--seed=-1"], "-1", id="a negative seed"),
        pytest.param([f"--seed={2**40}"], f"{2**40}", id="a seed too large"),
        pytest.param(["--reader", "score=1"], "names the option 'score'", id="unknown option"),
        pytest.param(["--reader", "score_thr=2"], "score_thr is 2", id="option out of range"),
        pytest.param(["--reader", "nowhere.json"], "there is no file nowhere.json", id="no reader"),
        pytest.param(["--labels", "nowhere.json"], "nowhere.json", id="no labels"),
        pytest.param(["--out", "reader.txt"], "name one that ends in .json", id="no JSON name"),
    ],
)
def test_wrong_input_is_one_line_and_nothing_is_written(
    tool, files, tmp_path, monkeypatch, words, message
):
    labels, pred = files
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    code, printed, errors = tool(pred, "--labels", labels, "--folds=2", *words)
    assert code == 1 and printed == ""
    assert errors.startswith("tune_reader: ") and errors.count("\n") == 1 and message in errors
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("content", ["[{", "{}", '[{"image_id": 99}]', "[3]"])
def test_broken_detections_are_one_line(tool, files, tmp_path, monkeypatch, content):
    labels, pred = files
    pred.write_text(content)
    monkeypatch.chdir(tmp_path)
    code, printed, errors = tool(pred, "--labels", labels)
    assert code == 1 and printed == ""
    assert errors.startswith("tune_reader: predictions: ") and errors.count("\n") == 1
    assert not (tmp_path / "reader.json").exists()


def test_detections_of_the_same_images_in_two_files_are_one_line(tool, files, tmp_path):
    labels, pred = files
    other = tmp_path / "other.json"
    other.write_text(pred.read_text())
    code, printed, errors = tool(pred, other, "--labels", labels, "--out", tmp_path / "reader.json")
    assert code == 1 and printed == "" and errors.count("\n") == 1
    assert "both have detections on image 1" in errors


def test_a_file_that_is_no_readers_is_refused_before_the_work(tool, files):
    labels, pred = files
    before = labels.read_text()
    code, printed, errors = tool(pred, "--labels", labels, "--out", labels, "--folds=2")
    assert code == 1 and printed == "" and errors.count("\n") == 1
    assert "is no reader's file; nothing was changed" in errors
    assert labels.read_text() == before


def test_a_folder_that_cannot_be_made_is_refused_before_the_work(tool, files):
    labels, pred = files
    code, printed, errors = tool(pred, "--labels", labels, "--out", labels / "reader.json")
    assert code == 1 and printed == "" and errors.count("\n") == 1
