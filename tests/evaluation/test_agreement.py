import pytest

from mmdigits.evaluation.agreement import compare_results
from mmdigits.files.submission import ImageResult


def result(string: str, *rows: tuple[int, float, list[float]]) -> ImageResult:
    named = [dict(image_id=1, category_id=c, score=s, bbox=b) for c, s, b in rows]
    return ImageResult(1, "1.png", string, named)


def test_numbers_detections_and_differences_are_counted():
    one = result("12", (2, 0.9, [1, 2, 3, 4]), (3, 0.8, [5, 2, 3, 4]))
    near = result("12", (2, 0.85, [1, 2, 3, 4]), (3, 0.8, [5, 2.25, 3, 4]))
    other = result("1", (2, 0.9, [1, 2, 3, 4]))
    found = compare_results([(one, one), (one, near), (one, other), (result(""), result(""))])
    assert found == (4, 3, 3, pytest.approx(0.05), 0.25)


def test_nothing_is_nothing():
    assert compare_results([]) == (0, 0, 0, 0.0, 0.0)
