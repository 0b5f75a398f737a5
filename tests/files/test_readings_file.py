import json

import numpy as np
import pytest
from detection_rows import detections

from mmdigits.errors import InputError
from mmdigits.files.image_set import read_image_set
from mmdigits.files.readings_file import read_readings, reading_row, write_readings
from mmdigits.reading import Alternative, DigitReader, Reading

SEVEN = Reading(
    "73",
    np.array([2, 0]),
    0.75,
    (Alternative("13", 0.125, False), Alternative("", 0.0625, False), Alternative("9", None, True)),
)
NOTHING = Reading("", np.zeros(0, dtype=np.int64), 0.5)
ROW = dict(image_id=1, string="7", confidence=0.5, digits=[0], alternatives=[])


@pytest.fixture
def images(tmp_path):
    (tmp_path / "ids.csv").write_text("image_id\n2\n1\n")
    return read_image_set(ids=tmp_path / "ids.csv")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "readings.json"


def same(found: Reading, expected: Reading) -> bool:
    return (
        found._replace(digits=None) == expected._replace(digits=None)
        and found.digits.tolist() == expected.digits.tolist()
        and found.digits.dtype == np.int64
    )


def test_a_row_is_plain_json():
    assert reading_row(5, SEVEN) == dict(
        image_id=5,
        string="73",
        confidence=0.75,
        digits=[2, 0],
        alternatives=[
            dict(string="13", probability=0.125, second_number=False),
            dict(string="", probability=0.0625, second_number=False),
            dict(string="9", probability=None, second_number=True),
        ],
    )
    assert json.loads(json.dumps(reading_row(5, SEVEN))) == reading_row(5, SEVEN)


def test_what_is_written_is_what_is_read(path, images):
    write_readings(path, {2: SEVEN, 1: NOTHING})
    found = read_readings(path, images)
    assert list(found) == [1, 2]
    assert same(found[1], NOTHING) and same(found[2], SEVEN)


def test_probabilities_are_written_to_six_decimals():
    third = Reading("1", np.array([0]), 1 / 3, (Alternative("", 2 / 3, False),))
    row = reading_row(1, third)
    assert row["confidence"] == 0.333333 and row["alternatives"][0]["probability"] == 0.666667


def test_what_a_reader_says_is_what_is_read(path, images):
    found = detections((1, 0, 0, 10, 20, 0.9), (2, 12, 0, 10, 20, 0.8), (7, 0, 0, 9, 19, 0.2))
    readings = {1: DigitReader().read(found), 2: DigitReader().read(detections())}
    write_readings(path, readings)
    again = read_readings(path, images)
    assert len(again[1].alternatives) > 1
    assert same(again[2], readings[2])
    assert again[1].string == readings[1].string
    assert again[1].digits.tolist() == readings[1].digits.tolist()
    assert again[1].confidence == pytest.approx(readings[1].confidence, abs=1e-6)
    for other, told in zip(again[1].alternatives, readings[1].alternatives, strict=True):
        assert other.string == told.string
        assert other.probability == pytest.approx(told.probability, abs=1e-6)


BROKEN = {
    "no JSON": "[{",
    "not UTF-8": b"\xff\xfe[]",
    "a mapping": '{"readings": []}',
    "a number": "3",
    "null": "null",
    "a list of numbers": "[1, 2]",
    "a pred.json": [dict(image_id=1, bbox=[0, 0, 1, 1], score=0.5, category_id=2)],
    **{f"no {part}": [{k: v for k, v in ROW.items() if k != part}] for part in ROW},
    "image id is a list": [{**ROW, "image_id": [1]}],
    "string is a number": [{**ROW, "string": 7}],
    "string is null": [{**ROW, "string": None}],
    "string has a letter": [{**ROW, "string": "7a"}],
    "string has a letter inside": [{**ROW, "string": "7a7"}],
    "string is -1": [{**ROW, "string": "-1"}],
    "confidence above 1": [{**ROW, "confidence": 1.5}],
    "confidence below 0": [{**ROW, "confidence": -0.5}],
    "confidence is NaN": [{**ROW, "confidence": float("nan")}],
    "confidence is null": [{**ROW, "confidence": None}],
    "confidence is huge": [{**ROW, "confidence": 10**400}],
    "digits are a number": [{**ROW, "digits": 0}],
    "digits are text": [{**ROW, "digits": ["a"]}],
    "digits are fractions": [{**ROW, "digits": [0.5]}],
    "digits are below 0": [{**ROW, "digits": [-1]}],
    "digits are huge": [{**ROW, "digits": [10**30]}],
    "other digits than the string has": [{**ROW, "digits": [0, 1]}],
    "alternatives are null": [{**ROW, "alternatives": None}],
    "an alternative is text": [{**ROW, "alternatives": ["7"]}],
    "an alternative has no probability": [
        {**ROW, "alternatives": [dict(string="7", second_number=False)]}
    ],
    "a probability is text": [
        {**ROW, "alternatives": [dict(string="7", probability="high", second_number=False)]}
    ],
    "a probability above 1": [
        {**ROW, "alternatives": [dict(string="7", probability=1.5, second_number=False)]}
    ],
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_an_error_of_one_line(path, tmp_path, content):
    (tmp_path / "one.csv").write_text("image_id\n1\n")
    if isinstance(content, list):
        content = json.dumps(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    images = read_image_set(ids=tmp_path / "one.csv")
    with pytest.raises(InputError, match=r"readings\.json is not a readings\.json") as caught:
        read_readings(path, images)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_errors(path, tmp_path, images):
    with pytest.raises(InputError, match=r"there is no file .*readings\.json; tools/test\.py"):
        read_readings(path, images)
    with pytest.raises(InputError, match=r"is not a readings\.json"):
        read_readings(tmp_path, images)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([1], "1 of .* are missing, 0 are unknown there, 0 come twice"),
        ([1, 2, 3], "0 of .* are missing, 1 are unknown there, 0 come twice"),
        ([1, 2, 2], "0 of .* are missing, 0 are unknown there, 1 come twice"),
        (["1", 2], "1 of .* are missing, 1 are unknown there"),
        ([], "lists 0 images: 2 of"),
    ],
)
def test_readings_of_other_images_are_an_error(path, images, ids, message):
    path.write_text(json.dumps([{**ROW, "image_id": image_id} for image_id in ids]))
    with pytest.raises(InputError, match=message) as caught:
        read_readings(path, images)
    assert "\n" not in str(caught.value)
