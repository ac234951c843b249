"""Loading by the command line: what is reported, and a reform entered as one file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bihuan.registers import live
from bihuan.registers.loading import load_reform, load_register
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.files import TableLine
from tests.registers.test_loading import DAY, HERE, ORGANISATIONS, write

pytestmark = pytest.mark.django_db


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, Any]:
    from bihuan.cli import load as command

    monkeypatch.setattr(command, "start_django", lambda: None)  # the test has its own database
    result = CliRunner().invoke(command.app, [*arguments, "--json"])
    lines = result.stdout.strip().splitlines()
    return result.exit_code, json.loads(lines[-1]) if lines else result.exception


def test_the_command_line_reports_and_fails_on_rejects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, answer = run(monkeypatch, "district", "haidian", "--without-users")
    assert (code, answer["ok"], answer["district"]) == (0, True, HERE)
    assert {each["register"] for each in answer["registers"]} == {
        "district",
        "areas",
        "organisations",
        "duties",
        "deputies",
    }
    path = write(tmp_path, "units.csv", ORGANISATIONS)
    code, answer = run(monkeypatch, "organisations", str(path))
    assert (code, answer["ok"], answer["read"], answer["created"], answer["rejected"]) == (1, False, 8, 1, 7)
    assert Path(answer["rejects_file"]).is_file()
    code, error = run(monkeypatch, "duties", str(tmp_path / "none.csv"))
    assert (code, str(error), error.remedy) == (1, f"{tmp_path / 'none.csv'}: there is no such file", "check the path")


def test_row_cells_say_what_is_wrong() -> None:
    row = TableLine("f.csv:2", {"day": "31.1.2026", "flag": "perhaps", "lon": "x", "lat": "91", "list": "a；b; c;"})
    assert row.list("list") == ("a", "b", "c")
    for read, complaint in (
        (lambda: row.day("day"), "not a date"),
        (lambda: row.flag("flag"), "neither yes nor no"),
        (lambda: row.decimal("lon", -180, 180), "not a number"),
        (lambda: row.decimal("lat", -90, 90), "out of range"),
    ):
        with pytest.raises(RegisterError, match=complaint) as caught:
            read()
        assert caught.value.where.startswith("f.csv:2 ")


REFORM = """\
day: 2026-07-01
citation: decision 7
ending: [sports]
founded:
  - {code: culture-sports, name_zh: 文化体育局, name_en: Culture and Sports, kind: department, parent: district}
"""


@pytest.mark.usefixtures("haidian")
def test_a_reform_is_entered_once_and_leaves_no_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "reform.yaml", REFORM)
    before = live.read_snapshot(HERE)
    assert run(monkeypatch, "reform", str(path), "--dry-run")[1]["applied"] is False
    assert live.read_snapshot(HERE).version == before.version
    code, answer = run(monkeypatch, "reform", str(path))
    assert (code, answer["gaps"]) == (0, 0)
    counts = {each["register"]: (each["created"], each["changed"]) for each in answer["registers"]}
    assert counts == {"organisations": (1, 1), "duties": (1, 1)}
    after = live.read_snapshot(HERE)
    for day, expected in ((date(2026, 6, 30), "sports"), (date(2026, 7, 1), "culture-sports")):
        unit = after.unit(after.duty("culture.sport.gym", "110108011", day).lead, day)
        assert unit
        assert unit.code == expected
    sports = before.unit("sports", DAY)
    assert sports
    assert after.heir(sports.id, None, date(2026, 7, 1)) == after.organisations.id_of("culture-sports")
    with pytest.raises(RegisterError, match="'sports' does not exist on 2026-07-01"):
        load_reform(path, HERE)


@pytest.mark.usefixtures("haidian")
def test_a_hole_in_the_matrix_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "check")[1] == {"ok": True, "gaps": 0, "list": []}
    text = "category,area,lead,valid_to\nhealth,*,health,2026-07-01\n"
    load_register("duties", write(tmp_path, "d.csv", text), HERE)
    code, answer = run(monkeypatch, "check")
    health_leaves = 14
    assert (code, answer["gaps"]) == (1, 29 * (health_leaves - 1))  # one leaf has a row of its own
    assert answer["list"][0]["since"] == "2026-07-01"


@pytest.mark.usefixtures("haidian")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("day: 2026-07-01\n", "fields do not match"),
        ("day: soon\nending: [sports]\n", "not a date"),
        ("day: 2026-07-01\nending: [sports]\n", "nobody takes over"),
        ("day: 2026-07-01\nending: [sports]\nfounded: [{code: x}]\n", "name_zh is empty"),
    ],
)
def test_a_wrong_reform_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        load_reform(write(tmp_path, "reform.yaml", text), HERE)
