import json
from dataclasses import fields, replace

import pytest
from mmdet.registry import TASK_UTILS
from mmengine.config import Config

from mmdigits.errors import InputError
from mmdigits.models.postprocessors import DigitStringPostprocessor
from mmdigits.reading import DigitReader, make_reader, read_reader_file, write_reader_file
from mmdigits.reading.chain_model import ChainModel
from mmdigits.reading.confidence_model import ConfidenceModel, StringFeatures
from mmdigits.reading.reader_file import changed_options, check_reader_path, reader_options

# Every option differs from its default.
OTHER = DigitReader(
    score_thr=0.35,
    fallback_thrs=(0.2, 0.1),
    iou_thr=0.55,
    containment_thr=0.8,
    height_range=(0.4, 2.5),
    width_range=(0.2, 5),
    max_digits=5,
    order="x",
    method="best_set",
    candidate_thr=0.03,
    chain=ChainModel(
        (1.25, -0.1, -1 / 3, 0.0), (-4.5, -3.0, 0.1, -2.0, 0.7), tuple(map(float, range(10)))
    ),
    confidence=ConfidenceModel((0.1,) * len(StringFeatures._fields), -2.0, 0.25),
)
OPTIONS = [field.name for field in fields(DigitReader)]


@pytest.fixture
def path(tmp_path):
    """A reader's file with every option changed."""
    path = tmp_path / "readers" / "reader.json"
    write_reader_file(path, OTHER, dict(images=3))
    return path


def test_every_option_differs_in_these_tests():
    assert list(changed_options(OTHER)) == OPTIONS


@pytest.mark.parametrize("reader", [DigitReader(), OTHER], ids=["plain", "every option"])
def test_what_is_written_makes_the_same_reader(tmp_path, reader):
    write_reader_file(tmp_path / "reader.json", reader, {})
    assert DigitReader(**read_reader_file(tmp_path / "reader.json")) == reader
    assert make_reader([str(tmp_path / "reader.json")]) == reader


def test_the_file_has_all_options_and_what_it_was_tuned_on(path):
    content = json.loads(path.read_text())
    assert list(content) == ["reader", "about"] and content["about"] == dict(images=3)
    assert list(content["reader"]) == OPTIONS
    assert content["reader"]["chain"]["unary"] == [1.25, -0.1, -1 / 3, 0.0]


def test_nothing_but_the_file_is_left_in_its_folder(path):
    assert [entry.name for entry in path.parent.iterdir()] == ["reader.json"]


def test_a_file_that_cannot_be_written_leaves_the_one_before(path):
    before = path.read_text()
    with pytest.raises(TypeError):
        write_reader_file(path, DigitReader(), dict(images={1, 2}))
    assert path.read_text() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["reader.json"]


def test_options_that_are_not_in_the_file_keep_their_defaults(tmp_path):
    (tmp_path / "reader.json").write_text('{"reader": {"score_thr": 0.6}}')
    assert make_reader([str(tmp_path / "reader.json")]) == DigitReader(score_thr=0.6)


def test_options_make_the_same_reader_again():
    assert DigitReader(**reader_options(OTHER)) == OTHER


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_that_is_changed_is_named_alone(name):
    changed = replace(DigitReader(), **{name: getattr(OTHER, name)})
    assert changed_options(changed) == {name: reader_options(OTHER)[name]}


def test_a_plain_reader_has_no_changed_options():
    assert changed_options(DigitReader()) == {}


BROKEN = {
    "no JSON": "{",
    "not UTF-8": b"\xff\xfe{}",
    "a list": "[]",
    "a number": "3",
    "null": "null",
    "no reader": '{"score_thr": 0.5}',
    "reader is a number": '{"reader": 3}',
    "reader is null": '{"reader": null}',
    "reader is text": '{"reader": ""}',
    "reader is a list": '{"reader": []}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_readers_is_an_error_of_one_line(tmp_path, content):
    path = tmp_path / "reader.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=r"reader\.json is not a reader's file") as caught:
        read_reader_file(path)
    assert "\n" not in str(caught.value)


def test_an_unknown_option_is_named_with_those_there_are(tmp_path):
    (tmp_path / "reader.json").write_text('{"reader": {"score": 0.5}}')
    with pytest.raises(InputError, match=r"reader\.json names the option 'score'; .* score_thr, "):
        read_reader_file(tmp_path / "reader.json")


def test_a_missing_file_and_a_folder_are_errors(tmp_path):
    with pytest.raises(InputError, match=r"there is no file .*reader\.json; tools/tune_reader\.py"):
        read_reader_file(tmp_path / "reader.json")
    with pytest.raises(InputError, match="is not a reader's file"):
        read_reader_file(tmp_path)


# Words of a command line.


@pytest.mark.parametrize(
    ("word", "options"),
    [
        ("score_thr=0.3", dict(score_thr=0.3)),
        ("score_thr=.3", dict(score_thr=0.3)),
        ("iou_thr=1", dict(iou_thr=1.0)),
        ("order=x", dict(order="x")),
        ('order="x"', dict(order="x")),
        ("method=best_set", dict(method="best_set")),
        ("max_digits=5", dict(max_digits=5)),
        ("max_digits=None", {}),
        ("fallback_thrs=[0.3,0.1]", dict(fallback_thrs=(0.3, 0.1))),
        ("fallback_thrs=[]", {}),
        ("height_range=[0.5,2]", dict(height_range=(0.5, 2.0))),
        ("height_range=None", {}),
        (
            f"chain={OTHER.chain._asdict()}",
            dict(chain=OTHER.chain),
        ),
    ],
)
def test_a_word_gives_an_option(word, options):
    assert make_reader([word]) == DigitReader(**options)


def test_without_words_the_reader_is_the_plain_one():
    assert make_reader([]) == DigitReader()


def test_words_after_a_file_change_its_options(path):
    assert make_reader([str(path), "score_thr=0.7", "order=layout"]) == replace(
        OTHER, score_thr=0.7, order="layout"
    )


def test_a_file_after_words_replaces_them(path):
    assert make_reader(["score_thr=0.7", str(path)]) == OTHER


def test_the_last_of_two_words_counts():
    assert make_reader(["score_thr=0.7", "score_thr=0.6"]) == DigitReader(score_thr=0.6)


def test_a_file_whose_path_has_an_equals_sign_is_read(path):
    moved = path.parent / "lr=0.1.json"
    path.rename(moved)
    assert make_reader([str(moved)]) == OTHER


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("score_thr=2", "score_thr is 2; allowed is 0 to 1"),
        ("score_thr=", "score_thr is ''; allowed is 0 to 1"),
        ("score_thr=high", "score_thr is 'high'; allowed is 0 to 1"),
        ("score=0.5", "the command line names the option 'score'; allowed are score_thr"),
        ("=0.5", "the command line names the option ''"),
        ("nowhere.json", "there is no file nowhere.json"),
        ("fallback_thrs=0.3", "fallback_thrs is 0.3; allowed is a list"),
    ],
)
def test_a_wrong_word_is_an_error_of_one_line(word, message):
    with pytest.raises(InputError, match=message) as caught:
        make_reader(["order=x", word])
    assert "\n" not in str(caught.value)


# Where a reader's file may be written.


def test_a_new_file_and_a_readers_file_may_be_written(tmp_path, path):
    check_reader_path(tmp_path / "new" / "reader.json")
    check_reader_path(path)
    assert DigitReader(**read_reader_file(path)) == OTHER
    assert not (tmp_path / "new").exists()


def test_a_name_that_does_not_end_in_json_or_a_folder_is_refused(tmp_path):
    (tmp_path / "folder.json").mkdir()
    for name in ("reader.txt", "reader", "folder.json", "."):
        with pytest.raises(InputError, match=r"name one that ends in \.json"):
            check_reader_path(tmp_path / name)


@pytest.mark.parametrize("content", ["[]", '{"images": []}', "", '{"reader": {"score": 1}}'])
def test_a_file_that_is_no_readers_is_not_replaced(tmp_path, content):
    (tmp_path / "train.json").write_text(content)
    with pytest.raises(InputError, match="is no reader's file; nothing was changed"):
        check_reader_path(tmp_path / "train.json")
    assert (tmp_path / "train.json").read_text() == content


def test_a_path_below_a_file_is_refused_before_work_is_done(tmp_path):
    (tmp_path / "notes").write_text("")
    with pytest.raises(InputError):
        check_reader_path(tmp_path / "notes" / "reader.json")


# As configs name it.


def build(**config) -> DigitStringPostprocessor:
    return TASK_UTILS.build(dict(type="DigitStringPostprocessor", **config))


def test_a_config_builds_a_reader_from_a_file(path):
    built = build(file=str(path))
    assert built == DigitStringPostprocessor(**reader_options(OTHER))
    assert reader_options(built) == reader_options(OTHER)
    assert hash(built) == hash(DigitStringPostprocessor(**reader_options(OTHER)))


def test_a_config_builds_a_reader_from_options():
    assert build(**reader_options(OTHER)) == DigitStringPostprocessor(**reader_options(OTHER))
    assert build() == DigitStringPostprocessor()


def test_a_changed_copy_of_a_reader_from_a_file_keeps_its_kind(path):
    changed = replace(build(file=str(path)), score_thr=0.8)
    assert changed == DigitStringPostprocessor(**reader_options(replace(OTHER, score_thr=0.8)))


def test_a_file_and_options_together_are_an_error(path):
    with pytest.raises(InputError, match=r"gives the file .*reader\.json and score_thr, order too"):
        build(file=str(path), score_thr=0.6, order="x")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (dict(score=0.5), "the config names the option 'score'"),
        (dict(score_thr=2), "score_thr is 2"),
        (dict(file="nowhere.json"), "there is no file nowhere.json"),
    ],
)
def test_a_wrong_config_is_an_error(config, message):
    with pytest.raises(InputError, match=message):
        build(**config)


def test_a_config_file_names_a_readers_file(tmp_path, repository, path):
    base = repository / "configs" / "_base_" / "default_runtime.py"
    (tmp_path / "child.py").write_text(f'_base_ = ["{base}"]\nreader = dict(file="{path}")\n')
    cfg = Config.fromfile(tmp_path / "child.py")
    assert reader_options(TASK_UTILS.build(cfg.reader)) == reader_options(OTHER)


def test_the_way_out_that_the_error_names_is_one(tmp_path, path):
    (tmp_path / "base.py").write_text(
        'reader = dict(type="DigitStringPostprocessor", score_thr=0.7)\n'
    )
    (tmp_path / "child.py").write_text(f'_base_ = ["base.py"]\nreader = dict(file="{path}")\n')
    with pytest.raises(InputError, match="_delete_=True") as caught:
        TASK_UTILS.build(Config.fromfile(tmp_path / "child.py").reader)
    # Without its type the reader can't be built.
    assert 'type="DigitStringPostprocessor"' in str(caught.value)
    (tmp_path / "child.py").write_text(
        '_base_ = ["base.py"]\n'
        f'reader = dict(_delete_=True, type="DigitStringPostprocessor", file="{path}")\n'
    )
    built = TASK_UTILS.build(Config.fromfile(tmp_path / "child.py").reader)
    assert reader_options(built) == reader_options(OTHER)
