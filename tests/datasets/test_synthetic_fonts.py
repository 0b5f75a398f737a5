import re

import numpy as np
import pytest

from mmdigits.datasets.synthetic import bundled_fonts
from mmdigits.datasets.synthetic.glyphs import FONTS, LETTER_FONTS, glyph, resolve_fonts
from mmdigits.errors import InputError

LICENCES = (FONTS / "LICENSES.txt").read_text(encoding="utf-8")


def test_there_are_dozens_of_fonts_and_they_stay_small():
    assert len(bundled_fonts()) >= 40
    assert sum(path.stat().st_size for path in FONTS.glob("*.ttf")) < 300_000


@pytest.mark.parametrize("name", bundled_fonts())
def test_each_font_draws_ten_distinct_digits_and_states_its_licence(name):
    (path,) = resolve_fonts([name])
    masks = [glyph(path, digit, 64).mask for digit in "0123456789"]
    assert all(mask.max() > 200 for mask in masks)
    assert len({(mask.shape, mask.tobytes()) for mask in masks}) == 10
    entry = re.search(rf"^{re.escape(name)}\.ttf\n((?:    .+\n)+)", LICENCES, re.MULTILINE)
    family, *copyright_lines, licence = entry[1].split("\n")[:-1]
    assert "version" in family
    assert "Copyright" in " ".join(copyright_lines)
    assert "Reserved Font Name" not in entry[1]
    assert licence.strip() in ("OFL-1.1", "Apache-2.0")


def test_every_listed_font_exists():
    assert sorted(re.findall(r"^(\S+)\.ttf$", LICENCES, re.MULTILINE)) == list(bundled_fonts())


@pytest.mark.parametrize("name", LETTER_FONTS)
def test_letter_fonts_have_the_capitals(name):
    (path,) = resolve_fonts([name])
    masks = {glyph(path, chr(code), 64).mask.tobytes() for code in range(65, 91)}
    assert len(masks) == 26


def test_the_hull_spans_the_mask():
    (path,) = resolve_fonts(["roboto-700"])
    shape = glyph(path, "8", 64)
    np.testing.assert_allclose(shape.hull.min(axis=0), [0, 0], atol=1)
    np.testing.assert_allclose(shape.hull.max(axis=0), shape.mask.shape[::-1], atol=1)
    assert shape.unit == pytest.approx(64, abs=1)


def test_a_font_file_of_ones_own_is_taken_by_its_path(tmp_path):
    mine = tmp_path / "mine.ttf"
    mine.write_bytes((FONTS / "anton-400.ttf").read_bytes())
    assert resolve_fonts([str(mine)]) == (str(mine),)


def test_a_file_that_is_no_font_is_refused(tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_text("not a font")
    with pytest.raises(InputError, match=r"broken\.ttf is not a readable font"):
        glyph(str(broken), "1", 32)


@pytest.mark.parametrize("names", [[], ["no-such-font"]])
def test_unknown_fonts_are_refused(names):
    with pytest.raises(InputError, match="font"):
        resolve_fonts(names)
