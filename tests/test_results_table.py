"""The table of results, its records, and the configs that they are about."""

import runpy
import sys
from pathlib import Path

import pytest
import yaml

from mmdigits.analysis.results_table import read_records, render
from mmdigits.errors import InputError

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
METAFILE = CONFIGS / "digits" / "metafile.yml"
RUN = dict(
    command="python tools/train.py c.py",
    commit="abc1234",
    seed=3,
    hardware="two cores",
    minutes=12.5,
    data="few",
    cut="96 px, 1 epoch",
    images=300,
    right=150,
    map=0.31,
    map_interval=[0.28, 0.34],
)


@pytest.fixture
def records() -> dict:
    return dict(
        about="What it is.",
        data=dict(few="Few photographs."),
        configs={
            "reports/c.py": dict(
                title="C", claimed=dict(valid=dict(accuracy=".80", map=".4")), measured=[dict(RUN)]
            ),
            "reports/d.py": dict(
                title="D",
                claimed=dict(public=dict(map=".3"), private=dict(map=".2"), note="and so on"),
                measured=[],
            ),
        },
    )


def written(records: dict, folder: Path) -> Path:
    (folder / "metafile.yml").write_text(yaml.safe_dump(records))
    return folder / "metafile.yml"


def test_every_config_has_a_record():
    experiments = {
        str(path.relative_to(CONFIGS))
        for folder in ("digits", "reports")
        for path in (CONFIGS / folder).glob("*.py")
    }
    assert set(read_records(METAFILE)["configs"]) == experiments


def test_the_readme_is_the_metafiles():
    page = METAFILE.with_name("README.md").read_text(encoding="utf-8")
    assert page == render(read_records(METAFILE)), "run tools/make_results_table.py"


def test_a_run_shows_scores_with_intervals_and_how_to_measure_again(records, tmp_path):
    page = render(read_records(written(records, tmp_path)))
    # 150 of 300, Wilson: 0.443810 to 0.556190.
    scores = "0.500 (0.444 to 0.556), 0.310 (0.280 to 0.340)"
    row = f"| [c](../reports/c.py): C | .80, .4 |  | {scores}; cut: 96 px, 1 epoch"
    assert f"{row} ([run 1](#run-1)) |" in page
    assert "150 of 300 numbers right" in page
    assert "Few photographs. Cut: 96 px, 1 epoch. 12.5 minutes on two cores, seed 3," in page
    assert "commit abc1234." in page
    assert "\npython tools/train.py c.py\n" in page


def test_what_nobody_measured_or_stated_is_empty(records, tmp_path):
    page = render(read_records(written(records, tmp_path)))
    assert "| [d](../reports/d.py): D |  | public -, .3; private -, .2; and so on |  |" in page


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda r: r["configs"]["reports/c.py"].pop("title"), "lacks .'title'."),
        (lambda r: r["configs"]["reports/c.py"]["measured"][0].pop("seed"), "lacks .'seed'."),
        (lambda r: r["configs"]["reports/c.py"].update(best=1), "unknown .'best'."),
        (lambda r: r["configs"]["reports/c.py"]["claimed"].update(val={}), "unknown .'val'."),
        (lambda r: r["configs"]["reports/c.py"]["measured"][0].update(data="x"), "'x'; allowed"),
        (lambda r: r.update(configs=[]), "configs: .., which is no"),
        (lambda r: r["configs"].update(c=None), "None; it must be a mapping"),
        (lambda r: r["configs"]["reports/c.py"].update(measured=None), "measured: None, which"),
        (lambda r: r["configs"]["reports/c.py"]["measured"][0].update(commit=1234567), "commit"),
        (lambda r: r["configs"]["reports/c.py"]["measured"][0].update(images=0), "150 of 0"),
        (lambda r: r["configs"]["reports/c.py"]["measured"][0].update(right=301), "301 of 300"),
        (lambda r: r["configs"]["reports/c.py"]["measured"][0].update(map=0.9), "map 0.9 in"),
        (
            lambda r: r["configs"]["reports/c.py"]["claimed"]["valid"].update(map="40"),
            "a score is quoted",
        ),
    ],
)
def test_a_wrong_record_is_an_error(records, tmp_path, spoil, message):
    spoil(records)
    with pytest.raises(InputError, match=message):
        render(read_records(written(records, tmp_path)))


def test_a_file_that_is_no_yaml_is_an_error(tmp_path):
    (tmp_path / "metafile.yml").write_text("a: [")
    with pytest.raises(InputError, match="can't read"):
        read_records(tmp_path / "metafile.yml")


def run_tool(repository, monkeypatch, metafile) -> int:
    path = str(repository / "tools" / "make_results_table.py")
    monkeypatch.setattr(sys, "argv", [path, str(metafile)])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(path, run_name="__main__")
    return caught.value.code


def test_the_tool_writes_the_page_beside_the_records(records, repository, tmp_path, monkeypatch):
    metafile = written(records, tmp_path)
    assert run_tool(repository, monkeypatch, metafile) == 0
    assert (tmp_path / "README.md").read_text() == render(read_records(metafile))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "metafile.yml"]


def test_the_tool_leaves_the_page_when_a_record_is_wrong(
    records, repository, tmp_path, monkeypatch, capsys
):
    (tmp_path / "README.md").write_text("as before")
    records["configs"]["reports/c.py"].pop("title")
    assert run_tool(repository, monkeypatch, written(records, tmp_path)) == 1
    assert capsys.readouterr().err.startswith("make_results_table: results: reports/c.py lacks")
    assert (tmp_path / "README.md").read_text() == "as before"
