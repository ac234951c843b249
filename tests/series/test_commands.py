"""A file of observations is taken row by row: wrong rows are told, the rest is there, twice is once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner

from bihuan.faults import Fault
from bihuan.series import catalogue as catalogues
from bihuan.series.command import app
from tests.series.declaring import HOURLY

pytestmark = pytest.mark.django_db

FILE = """\
time,station,value,unit,remark
2026-03-01 01:00,s1,35.26,ug/m3,rounded
2026-03-01 02:00,s1,0.0361,mg/m3,
2026-03-01 02:00,s2,0.3L,ug/m3,below detection
2026-03-01 03:00,s1,-999,ug/m3,missing
2026-03-01 03:30,s1,10,ug/m3,not on the hour
2026-03-01 04:00,s1,10,,no unit
2026-03-01 04:00,s1,ten,ug/m3,no number
2026-03-01 05:00,,10,ug/m3,no subject
2026-02-30 05:00,s1,10,ug/m3,no day
2126-03-01 05:00,s1,10,ug/m3,in the future
2026-03-01 06:00,s1,10,ug/m3,one of two
2026-03-01 06:00,s1,11,ug/m3,the other
2026-03-01 07:00,s1,10,kg,another quantity
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "toy" / "series"
    folder.mkdir(parents=True)
    (folder / "toy-hourly.yaml").write_text(HOURLY, encoding="utf-8")
    found = catalogues.read_catalogue(sorted(folder.glob("*.yaml")))
    monkeypatch.setattr(catalogues, "current_catalogue", lambda: found)
    monkeypatch.setattr("bihuan.registers.live.default_district", lambda: "110108")
    monkeypatch.setattr("bihuan.series.command._start", lambda: None)
    return tmp_path


def told(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*words, "--json"])
    if isinstance(done.exception, Fault):
        return {"error": done.exception.message, "remedy": done.exception.remedy}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**answer, "exit": done.exit_code}


def load(world: Path, text: str, *words: str) -> dict[str, Any]:
    file = world / "hours.csv"
    file.write_text(text, encoding="utf-8")
    return told("load", "toy-hourly", str(file), *words)


def test_wrong_rows_are_rejected_and_the_rest_is_taken(world: Path) -> None:
    rejects = world / "rejects.csv"
    done = load(world, FILE, "--column", "subject=station", "--rejects", str(rejects))
    assert (done["exit"], done["rows"], done["stored"], done["rejected"], done["rounded"]) == (1, 13, 4, 9, 1)
    assert {(row["row"], row["field"]) for row in done["rejects"]} == {
        (6, "time"), (7, "unit"), (8, "value"), (9, "station"), (10, "time"), (11, "time"), (12, "value"),
        (13, "value"), (14, "unit"),
    }  # fmt: skip
    assert all(row["file"] == "hours.csv" and row["rule"] and row["remedy"] for row in done["rejects"])
    assert len(rejects.read_text(encoding="utf-8").splitlines()) == 10
    shown = told("show", "toy-hourly", "--subject", "s1")
    assert [(row["time"], row["value"], row["flag"]) for row in shown["values"]] == [
        ("2026-03-01T01:00:00+08:00", "35.3", "N"),
        ("2026-03-01T02:00:00+08:00", "36.1", "N"),
        ("2026-03-01T03:00:00+08:00", "", "X"),
    ]
    assert [row["value"] for row in told("show", "toy-hourly")["values"]] == ["", "0.3"]


def test_twice_is_once_in_any_order_and_a_correction_is_a_vintage(world: Path) -> None:
    text = "subject,time,value\ns1,2026-03-01 01:00,1\ns1,2026-03-01 02:00,2\ns2,2026-03-01 01:00,3\n"
    first = load(world, text, "--unit", "ug/m3")
    assert (first["exit"], first["stored"], len(first["vintages"])) == (0, 3, 1)
    head, *rows = text.splitlines()
    again = load(world, "\n".join([head, *reversed(rows)]), "--unit", "ug/m3")
    assert (again["stored"], again["known"], again["vintages"]) == (0, 3, [])
    load(world, text.replace("02:00,2", "02:00,9"), "--unit", "ug/m3")
    now = told("show", "toy-hourly", "--subject", "s1", "--from", "2026-03-01 01:00")
    then = told("show", "toy-hourly", "--subject", "s1", "--vintage", str(first["vintages"][0]))
    assert [row["value"] for row in now["values"]] == ["9.0"]
    assert [row["value"] for row in then["values"]] == ["1.0", "2.0"]
    proven = told("check", "toy-hourly")
    assert (proven["ok"], proven["batches"], proven["rows"]) == (True, 2, 4)


def test_a_row_past_the_program_is_found(world: Path) -> None:
    load(world, "subject,time,value\ns1,2026-03-01 01:00,1\n", "--unit", "ug/m3")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO series_observation (at, arrived, value, line, batch, flag) "
            "SELECT at + interval '0 h', arrived, 7, line, batch, 'N' FROM series_observation"
        )
    proven = told("check", "toy-hourly")
    assert (proven["exit"], len(proven["wrong"])) == (1, 1)
    assert "1 rows were logged, 2 are there" in proven["wrong"][0]["why"]


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("subject,time,value\ns,2026-03-01 01:00,1\n", (), "no unit is said"),
        ("subject,time,value\ns,2026-03-01 01:00,1\n", ("--unit", "kg"), "measure different things"),
        ("subject,when,value\ns,2026-03-01 01:00,1\n", ("--unit", "ug/m3"), "time"),
        ("subject,time,value\n", ("--source", "other"), "no source"),
        ("subject,time,value\n", ("--zone", "Mars"), "no time zone"),
    ],
)
def test_a_file_that_says_too_little_is_refused(world: Path, text: str, words: tuple[str, ...], said: str) -> None:
    answer = load(world, text, *words)
    assert said in answer["error"]
    assert answer["remedy"]


def test_a_source_brings_its_unit_and_flags(world: Path) -> None:
    text = "subject,time,value,flag\ns1,2026-03-01 01:00,0.05,ok\ns1,2026-03-01 02:00,0.05,cal\n"
    assert load(world, text, "--source", "logger")["stored"] == 2
    shown = told("show", "toy-hourly", "--subject", "s1")["values"]
    assert [(row["value"], row["flag"]) for row in shown] == [("50.0", "N"), ("50.0", "C")]


def test_declarations_are_checked(world: Path) -> None:
    answer = told("check")
    assert [series["name"] for series in answer["series"]] == ["toy-hourly"]
    assert answer["problems"] == []
    assert "no series 'other'" in told("show", "other")["error"]
