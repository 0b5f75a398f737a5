"""The table of results, its records, and the configs that they are about."""

from pathlib import Path

import pytest
import yaml

from mmdigits.errors import InputError
from mmdigits.evaluation.results_table import read_records, render

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
METAFILE = CONFIGS / "digits" / "metafile.yml"
RUN = dict(
    command="python tools/train.py c.py",
    commit="abc1234",
    seed=3,
    hardware="two cores",
    minutes=12.5,
    data="few",
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
                title="C", claimed=dict(valid=dict(accuracy=0.8, map=0.4)), measured=[dict(RUN)]
            ),
            "reports/d.py": dict(
                title="D", claimed=dict(public=dict(map=0.3), private=dict(map=0.2)), measured=[]
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
    row = "| [c](../reports/c.py): C | 0.8, 0.4 |  | "
    # 150 of 300, Wilson: 0.443810 to 0.556190.
    assert row + "0.500 (0.444 to 0.556), 0.310 (0.280 to 0.340) [1](#run-1) |" in page
    assert "150 of 300 numbers right" in page
    assert "Few photographs. 12.5 minutes on two cores, seed 3, commit abc1234." in page
    assert "\npython tools/train.py c.py\n" in page


def test_what_nobody_measured_or_stated_is_empty(records, tmp_path):
    page = render(read_records(written(records, tmp_path)))
    assert "| [d](../reports/d.py): D |  | public -, 0.3; private -, 0.2 |  |" in page


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda r: r["configs"]["reports/c.py"].pop("title"), "lacks .'title'."),
        (lambda r: r["configs"]["reports/c.py"]["measured"][0].pop("seed"), "lacks .'seed'."),
        (lambda r: r["configs"]["reports/c.py"].update(best=1), "unknown .'best'."),
        (lambda r: r["configs"]["reports/c.py"]["claimed"].update(val={}), "unknown .'val'."),
        (lambda r: r["configs"]["reports/c.py"]["measured"][0].update(data="x"), "'x'; allowed"),
        (lambda r: r.update(configs=[]), "must be a mapping"),
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
