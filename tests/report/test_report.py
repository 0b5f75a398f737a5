import base64
import hashlib
import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from report_files import SIZE, Found, made_images, page_part, write_found, write_labels

from mmdigits.analysis.run_log import Curve, RunLog
from mmdigits.errors import InputError
from mmdigits.report.build import Options, write_report
from mmdigits.report.image_columns import MOST_BOXES
from mmdigits.report.output import MARK, check_output, photographs_folder, report_output
from mmdigits.report.page import render_page
from mmdigits.report.photographs import place_photographs
from mmdigits.report.thumbnails import LONGEST_SIDE, thumbnail
from mmdigits.report.training import training_curves

IMAGES = [
    Found(1, "12", [(1, 0, 0.9), (2, 1, 0.8)], [0, 1], 0.99),
    Found(2, "34", [(4, 1, 0.9), (3, 0, 0.5), (7, None, 0.004)], [0], 0.95),
    Found(3, "7", [(1, 0, 0.6)], [0], 0.4),
    Found(4, "8", [], [], 0.25),
]


@pytest.fixture
def inputs(tmp_path):
    """A function that writes the inputs of a report on four images and returns its options."""
    folder = tmp_path / "inputs"
    labels = write_labels(folder / "valid.json", {image.image_id: image.truth for image in IMAGES})
    write_found(folder / "run" / "submission", IMAGES)

    def options(**changes) -> Options:
        return Options(folder / "run" / "submission", labels, resamples=0)._replace(**changes)

    return options


@pytest.fixture
def report(inputs, tmp_path):
    """A function that makes a report, with changed options, and returns its data."""

    def make(**changes) -> dict:
        write_report(tmp_path / "report.html", inputs(**changes))
        return page_part(tmp_path / "report.html", "data")

    return make


def write_log(folder, values=(1.0, 0.5), name="loss"):
    path = folder / "20260101_000000" / "vis_data" / "scalars.json"
    path.parent.mkdir(parents=True)
    lines = [
        {name: value, "lr": 0.1, "iter": i, "step": i} for i, value in enumerate(values, start=1)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def test_columns_say_what_was_read_in_each_image(report):
    images, kinds = report()["images"], report()["kinds"]
    assert images["id"] == [1, 2, 3, 4]
    assert images["truth"] == ["12", "34", "7", "8"]
    assert images["read"] == ["12", "4", "1", ""]
    found = [kinds[kind] for kind in images["kind"]]
    assert found == ["right", "missed digit", "confused digit", "nothing read"]
    assert images["confidence"] == [0.99, 0.95, 0.4, 0.25]
    assert images["height"] == [20, 20, 20, 20]
    assert images["size"] == [list(SIZE)] * 4
    assert images["others"][0] == [["12", 0.25, 0], ["7", None, 1]]


def test_pairs_of_right_images_are_left_out(report):
    # Of image 2, "34", the 3 was missed and the 4 is the first digit read.
    assert report()["images"]["pairs"] == [[], [0, -1, 1, 0], [0, 0], [0, -1]]


def test_boxes_are_tenths_of_pixels_and_scores_thousandths(report):
    images = report()["images"]
    assert images["boxes"][1] == [60, 80, 100, 200, 200, 80, 100, 200]
    # The 7 has hardly any score; it is counted, not shown.
    assert images["found"][1] == [200, 80, 100, 200, 4, 900, 60, 80, 100, 200, 3, 500]
    assert images["count"] == [2, 3, 1, 0]
    assert images["used"] == [[0, 1], [0], [0], []]


def test_boxes_that_spell_the_number_are_kept_among_many(inputs, tmp_path, report):
    weak = [(5, None, round(0.9 - n / 100, 2)) for n in range(30)]
    found = [*weak, (8, 0, 0.001)]
    write_found(tmp_path / "many", [*IMAGES[:3], Found(4, "8", found, [30], 0.5)])
    images = report(submission=tmp_path / "many")["images"]
    assert len(images["found"][3]) == 6 * (MOST_BOXES + 1)
    assert images["found"][3][-2:] == [8, 1]
    assert images["used"][3] == [MOST_BOXES]


def test_tables_hold_the_counts(report):
    data = report()
    assert data["summary"]["right"] == 1 and data["summary"]["accuracy"] == 0.25
    assert data["summary"]["unread"] == 1
    kinds = {row["kind"]: row for row in data["tables"]["kinds"]}
    assert kinds["missed digit"]["images"] == 1
    assert kinds["missed digit"]["accuracy_if_mended"] == 0.5
    assert [row["right"] for row in data["tables"]["lengths"]] == [0, 1]
    counts = data["tables"]["confusion"]["counts"]
    assert counts[7][1] == 1 and counts[3][10] == 1 and counts[8][10] == 1
    assert sum(map(sum, counts)) == 6
    assert data["tables"]["suspects"] == [2]


def test_curve_answers_the_most_confident_first(report):
    # Confidence .99 is right, .95, .4 and .25 are not.
    curve = report()["confidence"]["curve"]
    assert curve == [0.99, 1, 1, 0.95, 2, 1, 0.4, 3, 1, 0.25, 4, 1]


def test_interval_of_map_is_left_out_without_draws(report):
    assert report()["summary"]["meanAPInterval"] is None
    low, high = report(resamples=20)["summary"]["meanAPInterval"]
    assert low <= high


def test_boxes_that_all_are_ignored_have_no_map(inputs, report):
    labels = inputs().labels
    labels.write_text(labels.read_text().replace('"iscrowd": 0', '"iscrowd": 1'))
    data = report(against=inputs().submission, resamples=5)
    assert data["summary"]["meanAP"] is None is data["summary"]["meanAPInterval"]
    assert data["comparison"]["meanAP"] is None
    assert {row["mean_ap"] for row in data["tables"]["heights"]} == {None}


def test_a_submission_without_readings_has_no_confidences(tmp_path, report):
    write_found(tmp_path / "bare", IMAGES, readings=False)
    data = report(submission=tmp_path / "bare")
    assert data["confidence"] is None and data["tables"]["suspects"] is None
    assert data["images"]["confidence"] == [None] * 4
    assert data["images"]["used"] == [[]] * 4
    assert [data["kinds"][k] for k in data["images"]["kind"]][2] == "confused digit"


def test_readings_of_another_export_are_refused(inputs):
    path = inputs().submission / "pred.csv"
    path.write_text(path.read_text().replace("3,1", "3,5"))
    with pytest.raises(InputError, match=r"different numbers for 1 images, such as image 3"):
        write_report(path.parent / "report.html", inputs())


def test_another_run_is_compared(tmp_path, report):
    # It reads image 3 too, and not image 1.
    other = [IMAGES[0]._replace(used=[0]), IMAGES[1], Found(3, "7", [(7, 0, 0.9)], [0], 0.7)]
    write_found(tmp_path / "other", [*other, IMAGES[3]])
    data = report(against=tmp_path / "other", resamples=20)
    accuracy = data["comparison"]["accuracy"]
    assert accuracy["this"] == accuracy["other"] == 0.25
    assert (accuracy["onlyThis"], accuracy["onlyOther"], accuracy["p"]) == (1, 1, 1.0)
    assert accuracy["low"] < 0 < accuracy["high"]
    boxes = data["comparison"]["meanAP"]
    assert boxes["difference"] == boxes["this"] - boxes["other"] < 0
    assert data["images"]["otherRead"] == ["1", "4", "7", ""]
    assert [data["kinds"][k] for k in data["images"]["otherKind"]][2] == "right"
    assert data["images"]["otherConfidence"][2] == 0.7


def test_a_run_beside_the_submission_is_found(inputs, report):
    assert report()["training"] is None
    write_log(inputs().submission.parent)
    training = report()["training"]
    assert training["runs"] == ["run"]
    assert [panel["name"] for panel in training["panels"]] == ["train_loss", "lr"]
    assert training["panels"][0]["curves"][0]["y"] == [1.0, 0.5]


def test_a_log_without_training_is_an_error_only_where_it_is_named(inputs, report):
    work_dir = write_log(inputs().submission.parent, name="seq_acc")
    assert report()["training"] is None
    with pytest.raises(InputError, match="has no training loss"):
        report(runs=[work_dir])


def test_curves_mark_the_best_and_break_where_nothing_is_finite():
    steps = np.arange(1, 4)
    run = RunLog(
        dict(
            train_loss=Curve(steps, np.array([3.0, np.nan, 1.0])),
            seq_acc=Curve(steps, np.array([0.2, 0.6, 0.6])),
        ),
        None,
        0,
    )
    loss, accuracy = training_curves({"a": run})["panels"]
    assert loss["curves"][0]["y"] == [3.0, None, 1.0]
    assert loss["curves"][0]["best"] is None
    assert accuracy["curves"][0]["best"] == 1
    assert accuracy["curves"][0]["smooth"] is None


def test_long_curves_are_thinned_and_keep_their_best():
    values = np.zeros(5000)
    values[1234] = 1
    run = RunLog(dict(train_loss=Curve(np.arange(5000), np.ones(5000))), None, 0)
    run.curves["seq_acc"] = Curve(np.arange(5000), values)
    curve = training_curves({"a": run})["panels"][1]["curves"][0]
    assert len(curve["x"]) < 1600 and curve["x"][-1] == 4999
    assert curve["x"][curve["best"]] == 1234 and curve["y"][curve["best"]] == 1


def test_small_photographs_keep_their_pixels_and_large_ones_shrink(tmp_path):
    Image.new("RGB", (90, 40)).save(tmp_path / "small.png")
    Image.new("RGB", (2000, 1000)).save(tmp_path / "large.png")
    small, large = thumbnail(tmp_path / "small.png"), thumbnail(tmp_path / "large.png")
    assert Image.open(io.BytesIO(small.jpeg)).size == small.size == (90, 40)
    assert large.size == (2000, 1000)
    assert Image.open(io.BytesIO(large.jpeg)).size == (LONGEST_SIDE, LONGEST_SIDE // 2)


def test_photographs_stay_turned_as_they_are_stored(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(tmp_path / "turned.jpg", exif=exif)
    copy = Image.open(io.BytesIO(thumbnail(tmp_path / "turned.jpg").jpeg))
    assert copy.size == (30, 20) and not copy.getexif()


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "I;16", "1"])
def test_photographs_of_any_mode_are_copied(tmp_path, mode):
    Image.new(mode, (5, 4)).save(tmp_path / "image.png")
    assert thumbnail(tmp_path / "image.png").size == (5, 4)


def test_broken_photographs_are_missing(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert thumbnail(tmp_path / "broken.png") is None
    assert thumbnail(tmp_path / "absent.png") is None


def test_photographs_are_inside_the_page(inputs, tmp_path, report):
    (inputs().labels.with_suffix("") / "2.png").unlink()
    data = report()
    assert data["photographs"] == dict(folder=None, missing=[1])
    inside = page_part(tmp_path / "report.html", "photographs")
    assert inside[1] is None
    assert Image.open(io.BytesIO(base64.b64decode(inside[0]))).size == SIZE
    assert not photographs_folder(tmp_path / "report.html").exists()


def test_too_many_photographs_go_beside_the_page(tmp_path, report):
    data = report(embed=3)
    assert data["photographs"]["folder"] == "report_files"
    assert page_part(tmp_path / "report.html", "photographs") == []
    names = {file.name for file in (tmp_path / "report_files").iterdir()}
    assert names == {"1.jpg", "2.jpg", "3.jpg", "4.jpg", MARK}


def test_too_many_bytes_go_beside_the_page(inputs, tmp_path):
    names = {image.image_id: f"{image.image_id}.png" for image in IMAGES}
    source = inputs().labels.with_suffix("")
    size = len(thumbnail(source / "1.png").jpeg)
    placed = place_photographs(source, names, tmp_path / "beside", 99, most_bytes=2 * size)
    assert placed.in_folder and placed.inside == [] and placed.sizes == [SIZE] * 4
    assert len(list((tmp_path / "beside").iterdir())) == 4


def test_a_page_without_photographs_takes_sizes_from_the_labels(inputs, tmp_path, report):
    inputs().labels.with_suffix("").rename(tmp_path / "elsewhere")
    data = report()
    assert data["photographs"]["missing"] == [0, 1, 2, 3]
    assert data["images"]["size"] == [list(SIZE)] * 4


def test_photographs_of_which_none_is_there_are_an_error(tmp_path, report):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="none of the 4 photographs"):
        report(photographs=tmp_path / "empty")
    assert not (tmp_path / "report.html").exists()


def test_a_new_report_replaces_the_folder_of_the_old_one(tmp_path, report):
    report(embed=0)
    (tmp_path / "report_files" / "stale.jpg").touch()
    report(embed=0)
    assert not (tmp_path / "report_files" / "stale.jpg").exists()
    report()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inputs", "report.html"]


def test_a_report_that_fails_leaves_the_old_one(tmp_path, report):
    report(embed=0)
    before = (tmp_path / "report.html").read_bytes()
    with pytest.raises(ZeroDivisionError), report_output(tmp_path / "report.html") as output:
        output.page.write_text("new")
        output.photographs.mkdir()
        raise ZeroDivisionError
    assert (tmp_path / "report.html").read_bytes() == before
    assert (tmp_path / "report_files" / "1.jpg").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "inputs",
        "report.html",
        "report_files",
    ]


def test_a_folder_of_others_is_not_touched(tmp_path, report):
    (tmp_path / "report_files").mkdir()
    (tmp_path / "report_files" / "thesis.tex").touch()
    with pytest.raises(InputError, match="was not made by a report"):
        report(embed=0)
    assert (tmp_path / "report_files" / "thesis.tex").exists()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("report.pdf", "must end in .html"),
        ("absent/report.html", "there is no folder"),
        ("folder.html", "it is a folder"),
    ],
)
def test_a_path_that_can_not_be_written_is_refused(tmp_path, name, problem):
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(InputError, match=problem):
        check_output(tmp_path / name)


def test_the_policy_allows_the_page_its_own_script_and_style_alone(tmp_path, report):
    report()
    text = (tmp_path / "report.html").read_bytes().decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none';")
    for tag in ("style", "script"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    # The one address is the name of SVG.
    assert set(re.findall(r"https?://[^\s\"'`<]*", text)) == {"http://www.w3.org/2000/svg"}


def test_data_can_not_end_the_script_that_holds_them(tmp_path):
    evil = "</script><script>alert(1)</script>{{script}}"
    page = render_page(evil, dict(name=evil), [])
    assert page.count("<script") == page.count("</script>") == 3
    (tmp_path / "page.html").write_text(page)
    assert page_part(tmp_path / "page.html", "data") == dict(name=evil, title=evil)


def test_the_tool_says_what_it_wrote(run_tool, inputs, tmp_path):
    options, page = inputs(), tmp_path / "page.html"
    words = (options.submission, options.labels, "-o", page, "--resamples", "0", "--title", "<A>")
    code, printed, _ = run_tool("report", *words)
    lines = printed.splitlines()
    assert code == 0
    assert lines[0].startswith(f"{page}: 4 images, 1 read right (0.2500); ")
    assert lines[1:] == ["no training curves: --run names the work dir of a training"]
    assert "<title>&lt;A&gt;</title>" in page.read_text()


@pytest.mark.parametrize(
    "change",
    [
        {"submission": "absent"},
        {"labels": "absent.json"},
        {"--images": "absent"},
        {"--run": "absent"},
        {"--against": "absent"},
        {"--resamples": "-1"},
        {"--out": "absent/report.html"},
    ],
    ids=str,
)
def test_wrong_input_is_one_line_and_writes_nothing(
    run_tool, inputs, tmp_path, monkeypatch, change
):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.chdir(out)
    words = [change.pop("submission", inputs().submission), change.pop("labels", inputs().labels)]
    for option, value in change.items():
        words += [option, value]
    code, _, error = run_tool("report", *words)
    assert code == 1
    assert error.startswith("report: ") and error.count("\n") == 1
    assert list(out.iterdir()) == []


def test_a_report_needs_neither_pytorch_nor_mmdetection(inputs, tmp_path):
    options = inputs()
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from mmdigits.report.build import Options, write_report\n"
        f"options = Options(Path({str(options.submission)!r}), Path({str(options.labels)!r}))\n"
        f"write_report(Path({str(tmp_path / 'page.html')!r}), options._replace(resamples=2))\n"
        "assert not {'torch', 'mmdet', 'mmengine', 'mmcv'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_real_photographs_make_a_report(svhn, tmp_path):
    # Only the first images, and nothing read: the real set is for the eyes.
    content = json.loads((svhn / "valid.json").read_text())
    content["images"] = content["images"][:20]
    ids = {image["id"] for image in content["images"]}
    content["annotations"] = [a for a in content["annotations"] if a["image_id"] in ids]
    (tmp_path / "few.json").write_text(json.dumps(content))
    write_found(tmp_path / "submission", [Found(i, "", [], [], 0.5) for i in sorted(ids)])
    options = Options(tmp_path / "submission", tmp_path / "few.json", svhn / "valid", resamples=0)
    lines = write_report(tmp_path / "report.html", options)
    assert "20 images, 0 read right" in lines[0]
    sizes = page_part(tmp_path / "report.html", "data")["images"]["size"]
    assert sizes[0] == [content["images"][0]["width"], content["images"][0]["height"]]


def test_made_images_have_every_kind(tmp_path):
    images = made_images(120, seed=1)
    labels = write_labels(tmp_path / "made.json", {i.image_id: i.truth for i in images})
    write_found(tmp_path / "made_run", images)
    write_report(tmp_path / "made.html", Options(tmp_path / "made_run", labels, resamples=0))
    rows = page_part(tmp_path / "made.html", "data")["tables"]["kinds"]
    # An extra digit here has no other fault, so nothing is "several".
    assert {row["kind"] for row in rows if row["images"]} == {
        row["kind"] for row in rows if row["kind"] != "several"
    }
