"""A declaration says everything that tells a number from a value, or names line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.series.catalogue import read_catalogue
from tests.series.declaring import HOURLY, declared, hourly

DAILY = """\
name: {zh: 日均, en: Daily mean}
subject: station
quantity: {zh: 细颗粒物, en: PM2.5}
unit: ug/m3
zone: Asia/Shanghai
precision: 0
derive: {from: hourly, window: day, statistic: mean, editions: [{minimum: 20}]}
"""


def test_a_declaration_is_read(tmp_path: Path) -> None:
    series = declared(HOURLY, tmp_path)
    assert (series.seconds, series.ends, series.precision) == (3600, True, 1)
    assert series.sources[0].flags == {"ok": "N", "cal": "C"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"label": ""}, "label: start"),
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"averaging": "7 h"}, "divides a day"),
        ({"averaging": "an hour"}, "averaging"),
        ({"precison": "1"}, "did you mean 'precision'"),
        ({"precision": "12"}, "less than or equal to 9"),
        ({"derive": "{from: other, window: day, statistic: mean}"}, "no `sources`"),
        ({"alarms": "[{name: high, kind: above}]"}, "needs `limit`"),
        ({"alarms": "[{name: high, kind: above, limit: {fixed: 1, field: limit}}]"}, "one of `fixed`"),
        ({"alarms": "[{name: a, kind: stuck, minutes: 5}, {name: a, kind: silence, minutes: 5}]"}, "a name of its own"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        hourly(tmp_path, **changed)
    problem = caught.value.problems[0]
    assert said in str(problem)
    assert problem.file.endswith("toy.yaml")
    assert problem.line >= 1


def _folder(tmp_path: Path, **files: str) -> list[Path]:
    folder = tmp_path / "toy" / "series"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return sorted(folder.glob("*.yaml"))


def test_a_catalogue_knows_what_is_made_from_what(tmp_path: Path) -> None:
    catalogue = read_catalogue(_folder(tmp_path, hourly=HOURLY, daily=DAILY))
    assert catalogue.problems == ()
    assert [series.name for series in catalogue.made_from("hourly")] == ["daily"]
    assert catalogue.get("daily").programme == "toy"


def test_a_broken_file_sets_aside_itself_and_what_stands_on_it(tmp_path: Path) -> None:
    other = HOURLY.replace("subject: station", "subject: outlet")
    broken = HOURLY.replace("precision: 1\n", "")
    monthly = DAILY.replace("from: hourly, window: day", "from: daily, window: month")
    catalogue = read_catalogue(_folder(tmp_path, hourly=broken, daily=DAILY, monthly=monthly, other=other))
    assert set(catalogue.series) == {"other"}
    assert {(problem.file, problem.field) for problem in catalogue.problems} == {
        ("series/hourly.yaml", "precision"),
        ("series/daily.yaml", "derive.from"),
        ("series/monthly.yaml", "derive.from"),
    }


def test_a_circle_and_a_foreign_subject_are_refused(tmp_path: Path) -> None:
    one, two = DAILY.replace("from: hourly", "from: two"), DAILY.replace("from: hourly", "from: one")
    foreign = DAILY.replace("subject: station", "subject: outlet")
    catalogue = read_catalogue(_folder(tmp_path, hourly=HOURLY, one=one, two=two, foreign=foreign))
    assert set(catalogue.series) == {"hourly"}
    assert "worked out from itself" in str(catalogue.problems)
    assert "is about station, this about outlet" in str(catalogue.problems)
