"""What a case decides becomes a fact of a register: by declaration, once, with the case as its source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError

from bihuan.effects.background import write_effects
from bihuan.effects.following import _unit_code
from bihuan.effects.models import EffectPosition
from bihuan.effects.rules import EffectEvent, EffectFault, PlannedVersion, day_of, planned_of
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.ledger import store as ledger
from bihuan.loop import programmes, stuck
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.models import CaseRow, StuckRow
from bihuan.loop.programme_checks import findings
from bihuan.loop.programmes import folder_of
from bihuan.loop.store import Order, append, current_facts
from bihuan.registers.isolation import in_district
from bihuan.server.home import current_home
from bihuan.subjects import asking, catalogue, several
from bihuan.subjects.models import Change
from tests.loop.district import programme, registers
from tests.subjects.makers import ANYBODY, HERE, TOY, row, write

ZONE = ZoneInfo("Asia/Shanghai")
PROGRAMME = """
id: toy-closing
name: {zh: 停用, en: Closing}
clause: toys.closing
edition: 2026-11
cases:
  closing:
    name: {zh: 停用申请, en: Closing}
    shape: gate
    opened_by: [handler]
    desk: arbiter
    about: {subject: toy, keep: [colour]}
    urgencies: [general]
    clocks:
      - {name: decision, from: [opened, expired], to: [approved, refused, withdrawn], within: 5 working days}
    gate:
      reviewer: arbiter
      requires: {first: {zh: 首日, en: First day}, back: {zh: 恢复日, en: Day of return}}
    fields:
      first: {name: {zh: 首日, en: First day}, type: date, required: true}
      back: {name: {zh: 恢复日, en: Day of return}, type: date, required: true}
    effects:
      - {on: approved, set: {colour: =grey, mother: case.subject}, from: opened.fields.first, until: opened.fields.back}
      - {on: revoked, ends: true}
    outcomes: [withdrawn, refused, revoked]
"""
EVENT = EffectEvent(
    UUID(int=1), "approved", datetime(2026, 3, 1, 17, tzinfo=UTC), "toy-closing", "closing", "N1",
    {"until": "2026-05-01T16:30:00Z", "why": {"row": 3}}, {"fields": {"first": "2026-04-01"}}, {"subject": "t1"},
)  # fmt: skip


def declared(**effect: Any) -> Programme:
    """The hotline with one effect upon enterprises."""
    shipped = programme()
    raw = shipped.model_dump(mode="json", by_alias=True)
    raw["cases"]["request"]["effects"] = [{"on": "approved", "subject": "enterprise", **effect}]
    return Programme.model_validate(raw)


def planned(**effect: Any) -> Any:
    found = list(planned_of(EVENT._replace(programme="hotline", case_kind="request"), declared(**effect), ZONE))
    return found[0] if found else None


def test_values_come_from_the_event_the_opening_the_case_the_day_or_the_declaration() -> None:
    found = planned(set={"name": "=x", "size": "why.row", "founded": "opened.fields.first", "street": "case.subject"})
    assert found.values == {"name": "x", "size": 3, "founded": "2026-04-01", "street": "t1"}
    assert (found.key, found.since, found.until) == ("t1", date(2026, 3, 2), None), "the day in the district's zone"
    assert planned(key="event.id", set={"name": "event.id"}).key == str(UUID(int=1)), "a record of this one event"
    found = planned(set={"name": "day"}, **{"from": "opened.fields.first"}, until="until")
    assert (found.since, found.until, found.values) == (date(2026, 4, 1), date(2026, 5, 2), {"name": "2026-03-02"})


def test_a_value_may_be_what_a_demand_was_answered_with() -> None:
    asked = [{"id": "known", "facts": {"class": ["direct", {"edition": "2017"}], "name": [None, {"sealed": True}]}}]
    opened = EVENT._replace(programme="hotline", case_kind="request", opened={**EVENT.opened, "demands": asked})
    meant = declared(
        set={"size": "demanded.known.class", "name": "demanded.known.name", "street": "demanded.other.class"}
    )
    (found,) = planned_of(opened, meant, ZONE)
    assert found.values == {"size": "direct", "name": None, "street": None}
    later = [{"id": "known", "facts": {"class": ["key", {}]}}]
    (found,) = planned_of(opened._replace(data={**EVENT.data, "demands": later}), meant, ZONE)
    assert found.values["size"] == "key", "this event's own answer goes before that of the opening"
    told = {each.what for each in findings(meant, folder_of("hotline"))}
    assert "no demand of this case asks 'demanded.known.class'" in told


def test_an_effect_waits_for_its_event_and_its_conditions() -> None:
    assert planned(when={"why.row": 4}, set={"name": "=x"}) is None
    assert planned(when={"why.row": 3}, set={"name": "=x"}) is not None
    assert planned(on="refused", set={"name": "=x"}) is None


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-05-01T16:30:00Z", "2026-05-02"), ("2026-05-01T15:59:59+00:00", "2026-05-01"),
        ("2026-05-01", "2026-05-01"),
        ("2026-05-01T16:30:00", "2026-05-01T16:30:00"), ("noT", "noT"), ("", ""), (None, None), (7, 7),
    ],
)  # fmt: skip
def test_a_field_of_days_is_told_the_day_of_an_instant(said: Any, day: Any) -> None:
    assert day_of(said, ZONE) == day


@pytest.mark.parametrize("effect", [{"key": "nothing.here"}, {"from": "nothing"}, {"from": "case.subject"}])
def test_what_cannot_be_read_is_said(effect: dict[str, Any]) -> None:
    with pytest.raises(EffectFault):
        planned(set={"name": "=x"}, **effect)


def test_a_unit_of_a_case_is_told_by_its_code_of_that_day() -> None:
    key = registers().organisations.id_of("urban-management")
    assert key != "urban-management"
    planned = PlannedVersion("toy", "t1", date(2026, 5, 6), None, {}, False, {})
    assert _unit_code(key, planned, registers()) == "urban-management"
    assert _unit_code("urban-management", planned, registers()) == "urban-management"
    assert _unit_code(None, planned, registers()) is None


def test_an_effect_may_mean_every_subject_whose_fields_say_so() -> None:
    found = planned(where={"street": "case.subject"}, set={"size": "="})
    assert (found.key, found.where, found.values) == ("", {"street": "t1"}, {"size": ""})
    with pytest.raises(EffectFault):
        planned(where={"street": "case.nothing"}, set={"size": "="})
    told = {f.what for f in findings(declared(where={"colour": "day"}, set={"name": "=x"}), folder_of("hotline"))}
    assert "enterprise has no open field 'colour'" in told


def test_a_wrong_declaration_is_named() -> None:
    told = {f.what for f in findings(declared(on="aproved", set={"colour": "=x"}, ends=True), folder_of("hotline"))}
    assert told >= {"unknown event 'aproved'", "enterprise has no open field 'colour'"}
    assert "an effect sets fields or ends the subject" in told


@pytest.fixture
def toys(db: None) -> Iterator[Any]:
    """The model district with a toy register and a programme about it."""
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    load_shipped()
    folder = current_home().path / "programmes" / "toy-closing"
    (folder / "subjects").mkdir(parents=True)
    (folder / "subjects" / "toy.yaml").write_text(TOY, encoding="utf-8")
    (folder / "programme.yaml").write_text(PROGRAMME, encoding="utf-8")
    catalogue.forget()
    programmes.forget_folders()
    yield catalogue.subject_type("toy")
    for file in (folder / "subjects" / "toy.yaml", folder / "programme.yaml"):
        file.unlink()
    (folder / "subjects").rmdir()
    folder.rmdir()
    catalogue.forget()
    programmes.forget_folders()
    live.forget_snapshots()


def opened(key: str, subject: str, **fields: str) -> str:
    facts = current_facts()
    unit = facts.district()
    made = NewReport(
        key=key, programme="toy-closing", kind="closing", channel="web", at=datetime.now(UTC), title="x", text="x",
        subject=subject, fields=fields, unit=unit,
    )  # fmt: skip
    (receipt,) = receive([made], actor=Actor("user:a", frozenset({"handler"}), unit), facts=facts)
    assert receipt.refusal is None, receipt.refusal
    return receipt.number


def decided(number: str, command: str, **data: Any) -> None:
    case = CaseRow.objects.get(number=number)
    order = Order(
        Command(command, Actor("user:b", frozenset({"arbiter"})), datetime.now(UTC), data, {"reason": "x"}), case.id
    )
    (result,) = append([order], facts=current_facts())
    assert result.refusal is None, result.refusal


def follow() -> None:
    while ledger.sequence_leaves():
        pass
    while write_effects():
        pass


def page(role: str, address: str) -> str:
    from tests.subjects.test_faces import browser

    return browser(role).get(address).content.decode()


def colour(kind: Any, key: str, day: date) -> str | None:
    held = asking.get(HERE, kind, key, day, ANYBODY)
    return None if held is None else held.values.get("colour")


def test_a_decision_holds_for_its_days_and_comes_from_its_case(toys: Any) -> None:
    today = datetime.now(ZONE).date()
    first, back = today + timedelta(days=40), today + timedelta(days=60)
    write(toys, [row("t1", date(2026, 1, 1), colour="red", size="3")])
    number = opened("1", "t1", first=first.isoformat(), back=back.isoformat())
    assert CaseRow.objects.get(number=number).about == "toy/t1"
    decided(number, "approve", until=(datetime.now(UTC) + timedelta(days=90)).isoformat())
    follow()
    days = [first - timedelta(days=1), first, back - timedelta(days=1), back]
    assert [colour(toys, "t1", day) for day in days] == ["red", "grey", "grey", "red"]
    held = asking.get(HERE, toys, "t1", first, ANYBODY)
    assert held is not None
    assert (held.source_of("colour"), held.source_of("size")) == (f"case {number}", "a test")
    versions = len(asking.history(HERE, toys, "t1", ANYBODY))
    EffectPosition.objects.update(index=-1)  # as after a crash before the position was kept
    follow()
    assert len(asking.history(HERE, toys, "t1", ANYBODY)) == versions
    assert number in page("operator", "/subjects/toy/t1/"), "the case about it, for who may see it"
    decided(number, "revoke", until=None)
    follow()
    assert asking.get(HERE, toys, "t1", today + timedelta(days=2), ANYBODY) is None


def test_what_cannot_be_written_is_set_aside_and_taken_up_again(toys: Any) -> None:
    day = datetime.now(ZONE).date() + timedelta(days=3)
    write(toys, [row("t2", date(2026, 1, 1), colour="red")])
    number = opened("2", "t2", first=day.isoformat(), back=day.isoformat())  # ends before it begins
    decided(number, "approve", until=(datetime.now(UTC) + timedelta(days=9)).isoformat())
    follow()
    with in_district(HERE):
        (aside,) = stuck.all_stuck()
        assert (aside.loop, aside.number) == ("effects", number)
        StuckRow.objects.update(retry_at=datetime.now(UTC) - timedelta(seconds=1))
    assert colour(toys, "t2", day) == "red"


def approved(key: str, subject: str, first: date, back: date) -> str:
    number = opened(key, subject, first=first.isoformat(), back=back.isoformat())
    decided(number, "approve", until=(datetime.now(UTC) + timedelta(days=90)).isoformat())
    return number


def test_one_that_is_wrong_costs_no_other_of_its_trip(toys: Any) -> None:
    first = datetime.now(ZONE).date() + timedelta(days=3)
    write(toys, [row(f"t{n}", date(2026, 1, 1), colour="red") for n in (3, 4, 5)])
    numbers = [
        approved(f"{n}", f"t{n}", first, first if n == 4 else first + timedelta(days=9)) for n in (3, 4, 5)
    ]  # the second ends before it begins
    follow()
    assert [colour(toys, f"t{n}", first) for n in (3, 4, 5)] == ["grey", "red", "grey"]
    with in_district(HERE):
        assert [aside.number for aside in stuck.all_stuck()] == [numbers[1]]


def test_a_writer_that_dies_half_way_leaves_nothing_and_then_writes_each_once(
    toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = datetime.now(ZONE).date() + timedelta(days=3)
    write(toys, [row(f"t{n}", date(2026, 1, 1), colour="red") for n in (6, 7)])
    for n in (6, 7):
        approved(f"{n}", f"t{n}", first, first + timedelta(days=9))
    before = [len(asking.history(HERE, toys, f"t{n}", ANYBODY)) for n in (6, 7)]

    def gone(*_: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(several, "promise_statements", gone)  # versions are written, their leaves not yet
        with pytest.raises(OperationalError):
            follow()
    assert [len(asking.history(HERE, toys, f"t{n}", ANYBODY)) for n in (6, 7)] == before
    with in_district(HERE):
        assert not stuck.all_stuck(), "a lost connection is nobody's fault"
    follow()
    follow()
    assert [colour(toys, f"t{n}", first) for n in (6, 7)] == ["grey", "grey"]
    changes = Change.objects.filter(type="toy", kind="effect")
    assert changes.count() == 2
