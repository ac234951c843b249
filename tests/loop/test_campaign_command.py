"""`bihuan campaign`: a file becomes a dated population, each member is opened once, a faulty file starts nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bihuan.cli.campaigns import app
from bihuan.console import bootstrap, output
from bihuan.declare.problems import DeclarationError
from bihuan.loop.campaign_files import load_campaign
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import CampaignRow, CaseRow
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import Order, append, current_facts
from bihuan.registers import live
from tests.loop.district import community
from tests.shipped import load_shipped

TODAY = datetime.now(UTC).date()
SPAN = {"start": TODAY - timedelta(days=2), "end": TODAY + timedelta(days=2)}


def written(folder: Path, members: int = 3, **changed: object) -> Path:
    """A campaign file with some of its fields changed."""
    fields = {"id": "winter", "programme": "hotline", "kind": "request", **SPAN, **changed}
    lines = [f"{key}: {value}" for key, value in fields.items()] + ["members:"]
    lines += [
        f'  site-{i}: {{area: "{community()}", category: housing.property.service, place: [116300000, 39950000]}}'
        for i in range(members)
    ]
    path = folder / "winter.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def district(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The model district; the server runs already."""
    monkeypatch.setenv("BIHUAN_DB_ROLE", "owner")
    monkeypatch.setattr(bootstrap, "ensure_database", lambda: False)
    load_shipped()
    yield
    live.forget_snapshots()


def call(*words: object) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    if isinstance(done.exception, output.Failure):
        return {"ok": False, "error": done.exception.message, "remedy": done.exception.remedy}
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.usefixtures("district")
def test_each_member_is_opened_once(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert call("start", file)["members"] == 3
    assert "exists already" in call("start", file)["error"]
    assert call("show", "winter")["covered"] == {"unopened": 3}
    assert call("open", "winter", "--limit", 2)["opened"] == 2
    again = call("open", "winter")
    assert (again["opened"], again["covered"]) == (1, {"open": 3})
    assert call("open", "winter")["opened"] == 0
    row = CaseRow.objects.get(fold__subject="site-1")
    assert (row.area, row.category, row.lon_e6) == (community(), "housing.property.service", 116_300_000)


@pytest.mark.usefixtures("district")
def test_outside_its_dates_nothing_is_opened(tmp_path: Path) -> None:
    call("start", written(tmp_path, start=TODAY + timedelta(days=3), end=TODAY + timedelta(days=9)))
    assert "runs from" in call("open", "winter")["error"]
    assert not CaseRow.objects.exists()


@pytest.mark.usefixtures("district")
def test_a_faulty_file_starts_nothing(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text().replace(community(), "110108999999", 1))
    answer = call("start", file)
    assert f"{tmp_path.name}/winter.yaml:7: members.site-0.area: no area '110108999999'" in answer["error"]
    assert not CampaignRow.objects.exists()
    assert "none started" in call("show", "winter")["remedy"]


@pytest.mark.parametrize(
    ("was", "now", "where"),
    [
        ("programme: hotline", "programme: hotlin", ":2: programme: no programme 'hotlin'"),
        ("kind: request", "kind: requests", ":3: kind: no case type 'requests'"),
        ("id: winter\n", "", ":1: id: 'id' is missing"),
        ("id: winter", "id: Winter 1", ":1: id: 'Winter 1'"),
        (f"start: {SPAN['start']}", "start: tomorrow", ":4: start: 'tomorrow'"),
        ("  site-1: {area", "  site-1: {aera", ":8: members.site-1.aera: 'aera' is not a known field"),
        ("place: [116300000, 39950000]", "place: [116.3, 39.95]", ":7: members.site-0.place.0: 116.3"),
        ("category: housing", "urgency: never, category: housing", ":7: members.site-0.urgency: no urgency 'never'"),
        ("category: housing", "fields: {colour: red}, category: housing", "members.site-0.fields.colour: no field"),
        ("  site-2:", "  site-1:", ":9: (file):"),
    ],
)
def test_a_fault_names_file_line_and_field(tmp_path: Path, was: str, now: str, where: str) -> None:
    file = written(tmp_path)
    assert was in file.read_text()
    file.write_text(file.read_text().replace(was, now, 1))
    with pytest.raises(DeclarationError) as caught:
        load_campaign(file, all_programmes())
    assert f"{tmp_path.name}/winter.yaml" in str(caught.value)
    assert where in str(caught.value)


def test_an_end_before_the_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="is before start"):
        load_campaign(written(tmp_path, end=TODAY - timedelta(days=9)), all_programmes())


@pytest.mark.usefixtures("district")
def test_a_declared_lead_is_whom_its_cases_go_to_and_an_unknown_one_is_named(tmp_path: Path) -> None:
    refused = call("start", written(tmp_path, lead="urban-managment"))
    assert "no unit 'urban-managment'" in refused["error"]
    assert call("start", written(tmp_path, lead="urban-management"))["ok"]
    assert call("open", "winter")["opened"] == 3
    facts, operator = current_facts(), Actor("user:op", frozenset({"operator"}))
    for row in CaseRow.objects.all():
        (done,) = append([Order(Command("dispatch", operator, datetime.now(UTC)), row.id)], facts=facts)
        assert done.case is not None, done.refusal
        assert done.case.lead == facts.unit("urban-management", datetime.now(UTC))
