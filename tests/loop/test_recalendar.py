"""A year is published: provisional deadlines of open cases are counted again by event, after a difference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

import bihuan.loop.store
from bihuan.cli.load import app
from bihuan.console import bootstrap
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.clocks import extend, recounted
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import CLOCK, Case, Clock, Command
from bihuan.loop.kernel.why import why
from bihuan.loop.store import Order, append, current_facts, get_case, history
from bihuan.registers import live
from bihuan.registers.pure.calendar_files import parse_year
from bihuan.registers.pure.calendars import Calendar
from bihuan.registers.pure.files import read_yaml
from tests.loop.district import OPERATOR, book, community, facts, registers
from tests.shipped import load_shipped

DATA = Path(live.__file__).parent / "data" / "calendars" / "CN"
BEGUN = datetime(2026, 12, 20, 2, 0, tzinfo=UTC)


def published(tmp_path: Path, edition: str = "CN-2027.1") -> Path:
    """A schedule of 2027 with the days of 2026's holidays, so with other days off than weekends."""
    text = (DATA / "2026.yaml").read_text(encoding="utf-8").replace("2026", "2027").replace("CN-2027.1", edition)
    path = tmp_path / "2027.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def after_publication(now: datetime, tmp_path: Path) -> LoopFacts:
    known = registers()
    year = parse_year(read_yaml(published(tmp_path)), "2027.yaml")
    old = known.calendar
    calendar = Calendar(old.jurisdiction, old.zone.key, [*old.schedules, year], old.statutory)
    return LoopFacts(replace(known, calendar=calendar), book(), now, "seed")


def provisional(within: str) -> Clock:
    due, citation = facts().due(BEGUN, within)
    return Clock("feedback", BEGUN, due, why={"within": within, **citation, "table": "t", "row": 3})


def test_a_provisional_clock_is_counted_again_by_the_published_year(tmp_path: Path) -> None:
    clock = provisional("45 working days")
    assert clock.why["provisional"]
    known = after_publication(BEGUN, tmp_path)
    (op,) = recounted(None, clock, BEGUN, known)
    due, citation = known.due(BEGUN, "45 working days")
    assert "provisional" not in citation
    assert due != clock.due
    assert op["why"] == {"within": "45 working days", "table": "t", "row": 3, **citation}
    assert (op["op"], datetime.fromisoformat(op["due"])) == ("replace", due)
    assert recounted(None, clock, BEGUN, facts()) == [], "the same calendar moves nothing"
    assert recounted(None, msgspec.structs.replace(clock, stopped=BEGUN), BEGUN, known) == []


def test_a_miss_is_judged_again_and_granted_time_kept(tmp_path: Path) -> None:
    granted = ({"within": "5 working days"},)
    clock = msgspec.structs.replace(provisional("45 working days"), missed=True, granted=granted, extended=1)
    clock = msgspec.structs.replace(clock, due=facts().due(clock.due, "5 working days")[0])
    late = clock.due + timedelta(hours=1)
    known = after_publication(late, tmp_path)
    base = known.due(BEGUN, "45 working days")[0]
    due = known.due(base, "5 working days")[0]
    ops = recounted(None, clock, late, known)
    assert datetime.fromisoformat(ops[0]["due"]) == due
    assert [op["op"] for op in ops] == (["replace", "miss"] if due <= late else ["replace"])
    much_later = due + timedelta(seconds=1)
    assert [op["op"] for op in recounted(None, clock, much_later, known)] == ["replace", "miss"]


def test_an_extension_into_an_unpublished_year_makes_the_clock_provisional(tmp_path: Path) -> None:
    due, citation = facts().due(BEGUN, "5 working days")
    clock = Clock("feedback", BEGUN, due, why={"within": "5 working days", **citation})
    assert "provisional" not in clock.why
    op = extend(None, clock, "40 working days", facts())
    assert op["rule"]["provisional"]
    assert op["rule"]["within"] == "5 working days"
    assert "rule" not in extend(None, clock, "1 days", facts())


@pytest.fixture
def _here(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands work on this test's database, with the model district loaded."""
    monkeypatch.setenv("BIHUAN_DB_ROLE", "owner")
    monkeypatch.setattr(bootstrap, "ensure_database", lambda: False)
    load_shipped()
    yield
    live.forget_snapshots()


def call(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, (done.output, done.exception)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def topic() -> Case:
    """An open case whose clock counts working days into the unpublished year."""
    data = {"channel": "other", "area": community()}
    order = Order(Command("open", OPERATOR, AT, data, {"title": "x"}), programme="monthly-topic", kind="problem")
    result = append([order], facts=facts(AT))[0]
    assert result.case is not None, result.refusal
    return result.case


AT = datetime(2026, 12, 30, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)


@pytest.mark.usefixtures("_here")
def test_publishing_a_year_shows_what_moves_and_moves_it_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bihuan.loop.store, "current_facts", lambda: current_facts(LATER))
    case = topic()
    ahead = {name: clock for name, clock in case.clocks.items() if clock.why.get("provisional")}
    assert ahead
    shown = call("calendars", str(published(tmp_path)))
    assert {(m["number"], m["clock"]) for m in shown["moves"]} == {(case.number, name) for name in ahead}
    assert (shown["cases"], shown["recounted"], get_case(case.id)) == (1, 0, case)
    done = call("calendars", str(published(tmp_path)), "--apply")
    assert done["recounted"] == 1
    after = get_case(case.id)
    assert after is not None
    assert after == fold(case.id, history(case.id))
    assert history(case.id)[-1].kind == "recalendared"
    known = current_facts(LATER)
    for name, old in ahead.items():
        clock = after.clocks[name]
        due, citation = known.due(old.started, old.why["within"])
        assert (clock.due, clock.why["calendar"], clock.extended) == (due, citation["calendar"], old.extended)
        assert clock.why["calendar"] != old.why["calendar"]
        assert "provisional" not in clock.why
    assert why(after, history(case.id)).rule["calendar"] == known.registers.calendar.edition
    again = call("calendars", str(published(tmp_path)), "--apply")
    assert (again["moves"], again["recounted"]) == ([], 0)
    refusal = append([Order(Command("recalendar", CLOCK, LATER), case.id)], facts=known)[0].refusal
    assert refusal is not None
    assert refusal.code == "nothing_provisional"
