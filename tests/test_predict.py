"""tools/predict.py: photographs in, numbers out."""

import csv
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from PIL import Image

BOXES = {1: [(1, 5, 5, 12, 30)], 2: []}


@pytest.fixture
def predict(run_tool):
    """A function that runs the tool: exit status, stdout, stderr."""
    return partial(run_tool, "predict")


@pytest.mark.slow
def test_a_folder_is_read_printed_written_and_drawn(predict, model, homework, tmp_path):
    folder, out, pictures = homework(BOXES) / "test", tmp_path / "out", tmp_path / "pictures"
    # Random weights score everything low: read what there is.
    code, printed, _ = predict(
        *(*model, folder, "--out", out, "--show-dir", pictures),
        *("--reader", "score_thr=.0", "max_digits=3", "candidate_thr=0.01"),
    )
    assert code == 0
    lines = [line.split("\t") for line in printed.splitlines()]
    assert [line[0] for line in lines] == ["1.png", "2.png"]
    with (out / "pred.csv").open(newline="") as file:
        labels = {row["image_id"]: row["pred_label"] for row in csv.DictReader(file)}
    assert labels == {"1": lines[0][1], "2": lines[1][1]} and lines[0][1] != "-1"
    readings = json.loads((out / "readings.json").read_text())
    assert [f"{row['confidence']:.3f}" for row in readings] == [line[2] for line in lines]
    rows = [row for row in json.loads((out / "pred.json").read_text()) if row["image_id"] == 1]
    spelt = [str(rows[index]["category_id"] - 1) for index in readings[0]["digits"]]
    assert "".join(spelt) == readings[0]["string"] == lines[0][1]
    assert sorted(path.name for path in pictures.iterdir()) == ["1.png", "2.png"]


@pytest.mark.slow
def test_lines_go_to_stdout_also_beside_a_bar(predict, model, homework, monkeypatch):
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    code, printed, error = predict(*model, homework(BOXES) / "test")
    assert code == 0
    assert [line.split("\t")[0] for line in printed.splitlines()] == ["1.png", "2.png"]
    assert "2/2" in error and "images/s" in error and "1.png" not in error


@pytest.mark.slow
def test_numbers_do_not_depend_on_the_batch(predict, model, homework):
    folder = homework({number: [] for number in range(1, 41)}) / "test"
    for number in range(1, 41, 3):
        path = folder / f"{number}.png"
        Image.open(path).crop((0, 0, 30 + number, 40)).save(path)
    words = (*model, folder, "--reader", "score_thr=.0", "max_digits=3", "candidate_thr=0.01")
    printed = [predict(*words, "--batch-size", size)[1].splitlines() for size in (1, 8)]
    assert [line.split("\t")[0] for line in printed[0]] == sorted(f"{n}.png" for n in range(1, 41))
    assert printed[0] == printed[1]


@pytest.mark.slow
def test_an_exported_model_reads_the_same(predict, model, homework, run_tool, tmp_path):
    folder, exported = homework(BOXES) / "test", tmp_path / "new" / "model.onnx"
    words = ("--reader", "score_thr=.0", "max_digits=3", "candidate_thr=0.01")
    code, printed, _ = run_tool("export_onnx", *model, exported, "--check", folder)
    assert code == 0
    lines = printed.splitlines()
    assert lines[0].startswith(f"{exported}: ") and lines[0].endswith(" MiB")
    assert lines[1].startswith("2 of 2 numbers the same; ")
    ours, theirs = (
        [
            line.split("\t")[:2]
            for line in predict(model[0], weights, folder, *words)[1].splitlines()
        ]
        for weights in (exported, model[1])
    )
    assert ours == theirs and len(ours) == 2


@pytest.mark.parametrize("loader", ["LoadImageFromFile", "LoadCachedImage"])
def test_an_image_is_loaded_once(model, tmp_path, loader):
    from mmdigits.evaluation.prediction import load_model

    child = tmp_path / "child.py"
    child.write_text(
        f"_base_ = {str(model[0])!r}\n"
        "pack = dict(type='PackDetInputs', meta_keys=('img_id', 'sample_idx', 'truth'))\n"
        f"pipeline = [dict(type={loader!r}), pack]\n"
        "test_dataloader = dict(dataset=dict(pipeline=pipeline))\n"
    )
    steps = load_model(child, model[1], "cpu", []).pipeline.transforms
    assert [type(step).__name__ for step in steps] == [loader, "PackDetInputs"]


@pytest.mark.slow
def test_an_exported_model_in_int8_reads(predict, model, homework, run_tool, tmp_path):
    folder = homework({number: [] for number in range(1, 6)}) / "test"
    sizes = []
    for name, words in (("float", ()), ("int8", ("--int8", folder))):
        exported = tmp_path / f"{name}.onnx"
        code, printed, _ = run_tool("export_onnx", *model, exported, "--check", folder, *words)
        assert code == 0 and " of 5 numbers the same; " in printed
        sizes.append(exported.stat().st_size)
    assert sizes[1] < 0.4 * sizes[0]
    code, printed, _ = predict(model[0], exported, folder)
    assert code == 0 and len(printed.splitlines()) == 5


def test_a_missing_folder_for_int8_is_one_line(run_tool, model, tmp_path):
    code, _, error = run_tool(
        "export_onnx", *model, tmp_path / "model.onnx", "--int8", tmp_path / "none"
    )
    assert code == 1 and "none" in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_file_to_export_to_ends_in_onnx(run_tool, model, tmp_path):
    code, _, error = run_tool("export_onnx", *model, tmp_path / "model.pth")
    assert code == 1 and "doesn't end in .onnx" in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_one_image_is_read_without_writing_anything(predict, model, homework):
    picture = homework(BOXES) / "test" / "1.png"
    before = sorted(picture.parent.parent.rglob("*"))
    code, printed, _ = predict(*model, picture)
    assert code == 0 and printed.startswith("1.png\t") and printed.count("\n") == 1
    assert sorted(picture.parent.parent.rglob("*")) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(images="nowhere"), "nowhere does not exist"),
        (dict(config="nowhere.py"), "there is no file nowhere.py"),
        (dict(checkpoint="nowhere.pth"), "there is no file nowhere.pth"),
        (dict(checkpoint="train.json"), "damaged or not a torch.save file"),
        (dict(config="train.json"), "has no model"),
        (dict(images="empty"), "holds no image"),
        (dict(images="train.json"), "can't be read as an image"),
        (dict(reader="scores=1"), "names the option 'scores'"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_wrong_input_is_one_line(predict, model, homework, monkeypatch, change, message):
    folder = homework(BOXES)
    (folder / "empty").mkdir()
    monkeypatch.chdir(folder)
    given = dict(config=model[0], checkpoint=model[1], images="test", reader="order=x") | change
    reader = given.pop("reader")
    code, printed, error = predict(*given.values(), "--reader", reader, "--out", "out")
    assert code == 1 and printed == "" and not (folder / "out").exists()
    assert error.startswith("predict: ") and message in error and error.count("\n") == 1


def test_a_checkpoint_of_another_network_is_refused(predict, model, homework, tmp_path):
    weights = torch.load(model[1])["state_dict"]
    weights.pop(next(iter(weights)))
    torch.save(dict(state_dict=weights), tmp_path / "other.pth")
    code, _, error = predict(model[0], tmp_path / "other.pth", homework(BOXES) / "test")
    assert code == 1 and "not of this config's network: 1 weights" in error


@pytest.mark.parametrize("wrap", ["model", "model_state_dict", "_orig_mod.", "module.module.", ""])
def test_weights_are_loaded_however_they_are_wrapped(model, tmp_path, wrap):
    from mmdigits.evaluation.prediction import load_model

    weights = torch.load(model[1])["state_dict"]
    prefixed = {f"{wrap}{name}" if wrap.endswith(".") else name: weights[name] for name in weights}
    path = tmp_path / "wrapped.pth"
    torch.save({wrap: prefixed} if wrap.startswith("model") else prefixed, path)
    loaded = load_model(model[0], path, "cpu", []).detector.state_dict()
    assert all(torch.equal(loaded[name], weights[name]) for name in weights)


class Command:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_what_a_checkpoint_holds_is_not_run(predict, model, homework, tmp_path):
    weights = torch.load(model[1])["state_dict"]
    made = tmp_path / "made"
    torch.save(dict(state_dict=weights, command=Command(made)), tmp_path / "other.pth")
    code, _, error = predict(model[0], tmp_path / "other.pth", homework(BOXES) / "test")
    assert code == 1 and "could run code" in error and error.count("\n") == 1
    assert not made.exists()


def test_a_checkpoint_trained_with_other_options_is_refused(predict, model, homework, tmp_path):
    checkpoint = torch.load(model[1])
    told = "model = dict(data_preprocessor=dict(mean=[0, 0, 0]))"
    torch.save(checkpoint | dict(meta=dict(cfg=told)), tmp_path / "other.pth")
    code, _, error = predict(model[0], tmp_path / "other.pth", homework(BOXES) / "test")
    assert code == 1 and "model.data_preprocessor.mean is [" in error and error.count("\n") == 1


def test_a_picture_never_replaces_an_image_or_another_picture(predict, model, homework):
    folder = homework(BOXES) / "test"
    before = {path: path.read_bytes() for path in folder.iterdir()}
    code, _, error = predict(*model, folder, "--show-dir", folder)
    assert code == 1 and "1.png would replace an image" in error and error.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    Image.open(folder / "1.png").save(folder / "1.bmp")
    (folder / "2.png").rename(folder / "b.png")  # ids are ranks then
    code, _, error = predict(*model, folder, "--show-dir", folder.parent / "pictures")
    assert code == 1 and "or another picture" in error
    assert not (folder.parent / "pictures").exists()


@pytest.mark.parametrize("device", ["banana", "cuda:99"])
def test_a_device_that_cannot_be_used_is_one_line(predict, model, homework, device):
    code, _, error = predict(*model, homework(BOXES) / "test", "--device", device)
    assert code == 1 and f"device: '{device}' can't be used" in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--batch-size", 0), "--batch-size is 0; give 1 or more"),
        (("--part-size", 0), "--part-size is 0; give 1 or more"),
        (("--shard", "3/2"), "--shard is '3/2'; give I/N with I from 1 to N, such as 2/8"),
        (("--shard", "1"), "--shard is '1'; give I/N with I from 1 to N, such as 2/8"),
        (("--shard", "1/2"), "--shard needs --parts, the folder that the shards share"),
    ],
)
def test_numbers_out_of_range_are_one_line(predict, model, homework, words, said):
    code, _, error = predict(*model, homework(BOXES) / "test", *words)
    assert code == 1 and error == f"predict: {said}\n"


@pytest.mark.slow
def test_shards_read_what_one_process_reads_and_go_on_where_they_stopped(
    predict, model, homework, tmp_path
):
    folder = homework({number: [] for number in range(1, 8)}) / "test"
    (folder / "7.png").rename(folder / "last.png")  # ids are ranks of all names then
    words = (*model, folder, "--reader", "score_thr=.0", "max_digits=3", "candidate_thr=0.01")
    words += ("--batch-size", 1)  # a batch of another size rounds otherwise
    whole = predict(*words, "--out", tmp_path / "whole")[1].splitlines()
    parts = ("--parts", tmp_path / "parts", "--part-size", 2, "--out", tmp_path / "out", "--shard")
    code, first, error = predict(*words, *parts, "1/2")
    assert code == 0 and error.endswith("has 2 of 4 parts\n") and not (tmp_path / "out").exists()
    assert first.splitlines() == whole[0:2] + whole[4:6]
    (tmp_path / "parts" / "part-0000002.jsonl").unlink()  # as if it had been stopped there
    assert predict(*words, *parts, "2/2")[1].splitlines() == whole[2:4] + whole[6:]
    code, rest, error = predict(*words, *parts, "1/2")
    assert code == 0 and not error and rest.splitlines() == whole[4:6]
    for name in ("pred.json", "pred.csv", "readings.json", "image_ids.csv"):
        ours, theirs = (tmp_path / run / name for run in ("out", "whole"))
        assert ours.read_text() == theirs.read_text()
    code, _, error = predict(*words, "--reader", "max_digits=2", *parts, "1/1")
    assert code == 1 and "was begun for another reading" in error and "other reader;" in error
    # What is read stays, also without the images; a broken one stops its own part alone.
    for number in (1, 2):
        (folder / f"{number}.png").write_bytes(b"")
    assert predict(*words, *parts, "1/1")[:2] == (0, "")
    (tmp_path / "parts" / "part-0000000.jsonl").unlink()
    code, _, error = predict(*words, *parts, "1/1")
    assert code == 1 and "1.png" in error and error.count("\n") == 1


@pytest.mark.parametrize("wrong", ["images", "checkpoint"])
def test_a_slip_leaves_no_parts_behind(predict, model, homework, tmp_path, wrong):
    given = dict(config=model[0], checkpoint=model[1], images=homework(BOXES) / "test")
    torch.save(dict(state_dict=dict(weight=torch.zeros(1))), tmp_path / "other.pth")
    slip = dict(images=tmp_path / "nowhere", checkpoint=tmp_path / "other.pth")[wrong]
    parts = tmp_path / "parts"
    code, _, error = predict(*(given | {wrong: slip}).values(), "--parts", parts)
    assert code == 1 and error.count("\n") == 1 and not parts.exists()


@pytest.mark.slow
def test_names_that_are_no_text_are_printed(model, homework, tmp_path):
    folder = homework(BOXES) / "test"
    try:
        (folder / "1.png").rename(folder / "n\udcff\u9580.png")
    except (OSError, UnicodeError):
        pytest.skip("this file system has no such names")
    words = [sys.executable, "tools/predict.py", *map(str, model), str(folder)]
    words += ["--out", str(tmp_path / "out"), "--parts", str(tmp_path / "parts")]
    run = subprocess.run(
        words,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[1].startswith("n\\udcff\\u9580.png\t")
    assert len(json.loads((tmp_path / "out" / "readings.json").read_text())) == 2
    assert b"n\xff\xe9\x96\x80.png" in (tmp_path / "out" / "image_ids.csv").read_bytes()


def test_a_file_cannot_be_the_output_folder(predict, model, homework):
    folder = homework(BOXES)
    code, printed, error = predict(*model, folder / "test", "--out", folder / "train.json")
    assert code == 1 and printed == "" and "is a file; name a folder" in error


def views_config(folder, parent, sizes):
    """A child of a config, in the folder, that fuses views of these sizes."""
    path = folder / f"views{len(sizes)}.py"
    path.write_text(f"""
_base_ = "{parent}"
tta_model = dict(_delete_=True, type="FusedTTAModel")
pack = dict(type="PackDetInputs", meta_keys=(*_base_.image_meta, "homography_matrix"))
sizes = [dict(type="Resize", scale=size, keep_ratio=True) for size in {sizes}]
tta_pipeline = [dict(type="TestTimeAug", transforms=[sizes, [pack]])]
""")
    return path


@pytest.mark.slow
def test_several_views_are_merged_when_asked_for(predict, model, homework):
    folder = homework(BOXES)

    def detections(*flags, sizes):
        config = views_config(folder, model[0], sizes)
        code, _, error = predict(config, model[1], folder / "test", "--out", folder / "out", *flags)
        assert code == 0, error
        rows = json.loads((folder / "out" / "pred.json").read_text())
        return [(row["image_id"], row["category_id"], row["score"]) for row in rows]

    plain = detections(sizes=[(192, 96)])
    one = detections("--tta", sizes=[(192, 96)])
    two = detections("--tta", sizes=[(192, 96), (128, 64)])
    assert [row[:2] for row in one] == [row[:2] for row in plain]
    assert [row[2] for row in one] == pytest.approx([row[2] for row in plain], abs=1e-4)
    # What one of two views finds alone has half its score.
    assert min(row[2] for row in two) == pytest.approx(min(row[2] for row in one) / 2, rel=0.2)


def test_a_config_that_does_not_say_how_views_are_merged_is_one_line(predict, model, homework):
    folder = homework(BOXES)
    config = Config.fromfile(model[0])
    config.pop("tta_model")
    config.dump(folder / "single.py")
    code, _, error = predict(folder / "single.py", model[1], folder / "test", "--tta")
    assert code == 1 and "single.py has no tta_model, so" in error and error.count("\n") == 1


def test_an_ensemble_reads_too(predict, model, homework, tmp_path):
    folder = homework(BOXES)
    weights = torch.load(model[1], weights_only=True)["state_dict"]
    twice = {f"detectors.{i}.{name}": value for i in range(2) for name, value in weights.items()}
    torch.save(dict(state_dict=twice), tmp_path / "two.pth")
    config = tmp_path / "two.py"
    config.write_text(f"""
_base_ = "{model[0]}"
model = dict(
    _delete_=True,
    type="DetectorEnsemble",
    detectors=[{{{{_base_.model}}}}, {{{{_base_.model}}}}],
    test_cfg=dict(nms=dict(type="nms", iou_threshold=0.5), max_per_img=100),
)
""")
    code, out, error = predict(config, tmp_path / "two.pth", folder / "test")
    assert code == 0, error
    assert len(out.splitlines()) == len(BOXES)
