"""Performances: no ticket before the licence, the right authority, letters to whom they concern, a calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bihuan.books.catalogue import book_named
from bihuan.documents.letters.catalogue import DeclaredLetter
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.documents.letters.pure.loading import load_letter
from bihuan.faces.feeds import feeds_of
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.loop.programmes import folder_of
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.subjects.catalogue import subject_types
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, facts, handler, programme, registers

NAME = "performances"


class Season(LoopFacts):
    """Facts that know one performance, which says what a test gives it."""

    said: dict[str, Any]

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        base, _, name = kind.partition(".")
        known = {"name": key, "venue": "V1", "starts_on": "2026-08-01", **self.said}
        if base == "seats":
            return known.get(name, "0"), {"book": base}
        return (known.get(name) if name else known), {"subject": f"{base}/{key}"}


def season(**said: Any) -> Season:
    """Facts of a season."""
    found = Season(registers(), book(), facts().now, "seed")
    object.__setattr__(found, "said", said)
    return found


def somebody(role: str) -> Actor:
    """A person of a role of the programme."""
    return Actor(f"user:{role}", frozenset({role}), local={role: all_roles()[role]})


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"expected": "999"}, None), ({"expected": "1000"}, "no_licence"), ({"expected": "1000", "licence": "7"}, None),
        ({"expected": "1000", "licence": "revoked"}, "no_licence"),
    ],
)  # fmt: skip
def test_no_ticket_is_sold_before_the_licence(said: dict[str, Any], refused: str | None) -> None:
    unit = registers().organisations.at(START.date()).units("department")[0].id
    opening = {"kind": "performance", "number": "1", "channel": "web", "subject": "P1", "unit": unit, "fields": {}}
    told = decide(
        programme(NAME), Case(id=new_id()), Command("open", somebody("season_manager"), START, opening), season(**said)
    )
    assert (told.code if isinstance(told, Refusal) else None) == refused


@pytest.mark.parametrize(("expected", "refused"), [("4999", None), ("5000", "not_this_authority")])
def test_five_thousand_belong_to_the_city(expected: str, refused: str | None) -> None:
    known, unit = season(expected=expected), registers().organisations.at(START.date()).units("department")[0].id
    fields = {"starts_on": "2026-08-01", "plan": "AQ-1", "manager": "culture-tourism"}
    opening = {"kind": "licence", "number": "1", "channel": "web", "subject": "P1", "unit": unit, "fields": fields}
    opened = decide(programme(NAME), Case(id=new_id()), Command("open", handler(unit), START, opening), known)
    assert not isinstance(opened, Refusal), opened
    until = {"until": (START + timedelta(days=60)).isoformat()}
    command = Command("approve", somebody("licence_officer"), START + timedelta(days=1), until)
    told = decide(programme(NAME), fold(opened[0].case, opened), command, known)
    assert (told.code if isinstance(told, Refusal) else None) == refused


def letter(name: str) -> DeclaredLetter:
    """A letter of the programme."""
    file = folder_of(NAME) / "letters" / f"{name}.yaml"
    return DeclaredLetter(load_letter(file), file, NAME)


def test_letters_say_what_comes_back_until_when_and_what_can_be_done() -> None:
    told = letters_of_play([
        (letter("cancelled_evening"), {"facts": {
            "performance": "P1", "title": "民乐之夜", "day": "2026-05-09", "why": "weather", "due": "2026-05-08",
            "officer": "王某"}, "dated": "2026-05-01", "addressee": ["某人"]}),
        (letter("licence_decided"), {"facts": {
            "performance": "P1", "title": "民乐之夜", "day": "2026-05-09", "expected": 1200, "plan": "AQ-1",
            "officer": "王某"}, "dated": "2026-04-15", "addressee": ["某局"]}),
        (letter("licence_refused"), {"facts": {
            "performance": "P1", "title": "民乐之夜", "day": "2026-05-09", "reason": "疏散通道不足", "officer": "王某"},
            "dated": "2026-04-15", "addressee": ["某局"]}),
    ])  # fmt: skip
    assert not told["refused"], told["refused"]
    assert [[each["kind"] for each in one["remedy"]] for one in told["letters"]] == [
        ["complaint"], ["review"], ["review", "court"],
    ]  # fmt: skip
    assert "2026-07-07" in str(told["letters"][0]["remedy_until"]), "sixty days after the refund was due"
    addressee = letter("cancelled_evening").letter.addressee
    assert (addressee.to, addressee.book) == ("passes", "seats")


def test_a_ticket_is_a_pass_of_the_book_and_the_season_a_calendar() -> None:
    kind = book_named("seats").book.passes["ticket"]
    fields = subject_types()[kind.about].open_fields
    assert {kind.title, kind.starts, str(kind.ends), str(kind.place), str(kind.ended)} <= set(fields)
    entry = feeds_of(NAME)["season"].declared.entry
    assert entry is not None
    assert set(entry.model_dump(exclude_none=True).values()) <= set(fields)


def test_its_watches_are_in_use_and_its_page_is_whole() -> None:
    known = current_catalogue()
    assert not [problem for problem in known.problems if f"/{NAME}/" in problem.file]
    mine = {name for name, watch in known.watches.items() if watch.programme == NAME}
    assert mine == {"licence_not_asked", "permit_over", "seats_unbalanced", "refund_exceptions", "refund_twice"}
    assert [panel.kind for _, panel in views_of(NAME)["overview"].panels] == [
        "subjects", "subjects", "book", "cases", "cases", "handover", "survey", "watches",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "asked", "refused"),
    [
        ("cancellation", {}, None), ("cancellation", {"taken": "1"}, "seats_not_returned"),
        ("cancellation", {"open": "1", "open_acts": "RF-1"}, "refunds_open"),
        ("cancellation", {"en_route": "1"}, "refunds_open"),
        ("cancellation", {"refund_due": "90.00", "received_percent": "99.99"}, "refunds_missing"),
        ("cancellation", {"refund_due": "90.00", "received_percent": "100"}, None),
        ("performance", {"survey_days": "1"}, "survey_open"), ("performance", {"survey_days": "0"}, None),
    ],
)  # fmt: skip
def test_nothing_is_settled_while_money_is_on_its_way_or_the_audience_answers(
    case: str, asked: dict[str, str], refused: str | None
) -> None:
    said = {"expected": "10", "survey_days": "0", "open": "0", "en_route": "0", **asked}
    known, unit = season(**said), registers().organisations.at(START.date()).units("department")[0].id
    fields = {"why": "weather"} if case == "cancellation" else {}
    opening = {"kind": case, "number": "1", "channel": "web", "subject": "P1", "unit": unit, "fields": fields}
    opened = decide(
        programme(NAME), Case(id=new_id()), Command("open", somebody("season_manager"), START, opening), known
    )
    assert not isinstance(opened, Refusal), opened
    events, told = list(opened), None
    for hour, command in enumerate(("accept", "submit"), 1):
        act = Command(command, handler(unit), START + timedelta(hours=hour), {}, {"text": "已办结"})
        told = decide(programme(NAME), fold(opened[0].case, events), act, known)
        if isinstance(told, Refusal):
            break
        events += told
    assert (told.code if isinstance(told, Refusal) else None) == refused


def test_whoever_paid_a_refund_that_did_not_arrive_is_told() -> None:
    said = {"refund": "RF-1", "performance": "P1", "amount": "40.00", "exception": "missing", "due": "2026-05-08",
            "officer": "王某"}  # fmt: skip
    told = letters_of_play([(letter("refund_explain"), {"facts": said, "dated": "2026-05-01", "addressee": ["某局"]})])
    assert not told["refused"], told["refused"]
    wrong = {"facts": said | {"exception": "lost"}, "dated": "2026-05-01", "addressee": ["某局"]}
    lost = letters_of_play([(letter("refund_explain"), wrong)])
    assert [gap["field"] for gap in lost["refused"][0]["gaps"]] == ["exception"]
