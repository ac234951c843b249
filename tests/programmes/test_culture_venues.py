"""Venues: a closing needs a substitute, a culture room is handed over and large enough, a closed venue has a case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

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
from bihuan.series.catalogue import current_catalogue as current_series
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, handler, programme, registers

NAME = "culture-venues"


class Venues(LoopFacts):
    """Facts that know every venue, and an estate that owes 300 square metres."""

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        known = {"promised_m2": "300", "community": community(), "name": key}
        _, _, name = kind.partition(".")
        return (known.get(name) if name else known), {"subject": f"{kind}/{key}"}


def answered(kind: str, **fields: str) -> Any:
    """What becomes of the approval of a gate whose form says this."""
    known = Venues(registers(), book(), facts().now, "seed")
    declared, unit = programme(NAME), registers().organisations.at(START.date()).units("department")[0].id
    role = {"culture_officer": all_roles()["culture_officer"]}
    officer = Actor("user:officer", frozenset(role), local=role)
    said = {"kind": kind, "number": "1", "channel": "web", "subject": "V1", "unit": unit, "fields": fields}
    opened = decide(declared, Case(id=new_id()), Command("open", handler(unit), START, said), known)
    assert not isinstance(opened, Refusal), opened
    case = fold(opened[0].case, opened)
    until = (START + timedelta(days=100)).isoformat()
    return decide(declared, case, Command("approve", officer, START + timedelta(days=1), {"until": until}), known)


CLOSING = {"first_day": "2026-06-10", "reopens_on": "2026-08-01"}


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"reason": "renovation"}, "no_substitute"), ({"reason": "renovation", "substitute": "mobile_library"}, None),
        ({"reason": "safety"}, None), ({"reason": "event"}, "no_substitute"),
    ],
)  # fmt: skip
def test_a_closing_needs_a_substitute_unless_it_is_for_safety(fields: dict[str, str], refused: str | None) -> None:
    told = answered("closing", **CLOSING, **fields)
    assert (told.code if isinstance(told, Refusal) else None) == refused


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"room_m2": "300"}, "not_handed_over"), ({"room_m2": "299", "handed_on": "2026-05-01"}, "room_too_small"),
        ({"room_m2": "300", "handed_on": "2026-05-01"}, None),
    ],
)  # fmt: skip
def test_a_culture_room_is_handed_over_and_large_enough(fields: dict[str, str], refused: str | None) -> None:
    told = answered("acceptance", **fields)
    assert (told.code if isinstance(told, Refusal) else None) == refused


def test_its_watches_are_in_use() -> None:
    known = current_catalogue()
    assert not [problem for problem in known.problems if "culture" in problem.file]
    mine = {name for name, watch in known.watches.items() if watch.programme == NAME}
    assert mine == {
        "closed_without_substitute",
        "reopening_overdue",
        "loan_overdue",
        "loan_exceptions",
        "item_damaged",
        "walk_in_missing",
    }


def letter(name: str) -> DeclaredLetter:
    """A letter of the programme."""
    file = folder_of(NAME) / "letters" / f"{name}.yaml"
    return DeclaredLetter(load_letter(file), file, NAME)


def test_letters_name_what_stands_in_for_a_closed_venue_and_the_remedy() -> None:
    closing = {"venue": "V1", "title": "北馆", "first": "2026-06-10", "back": "2026-08-01", "reason": "renovation",
               "substitute": "mobile_library", "officer": "王某"}  # fmt: skip
    safety = {**closing, "reason": "safety"}
    del safety["substitute"]
    room = {
        "estate": "E-1",
        "title": "新居",
        "promised": 300,
        "room": 300,
        "handed": "2026-05-01",
        "officer": "王某",
    }
    answer = {"number_of_case": "1", "venue": "V1", "title": "北馆", "unit": "某局", "officer": "王某"}
    loan = {"dispatch": "D-1", "item": "C-1", "loan": "LOAN-1", "place": "GUEST-1", "exception": "carrier",
            "sent": "2026-05-30T09:00:00+08:00", "due": "2026-06-04", "officer": "王某"}  # fmt: skip
    asked = [("closing_admitted", closing), ("closing_admitted", safety), ("room_accepted", room),
             ("complaint_answered", answer), ("loan_explain", loan)]  # fmt: skip
    told = letters_of_play(
        (letter(name), {"facts": said, "dated": "2026-06-01", "addressee": ["某局"]}) for name, said in asked
    )
    assert not told["refused"], told["refused"]
    assert [len(each["remedy"]) for each in told["letters"]] == [1, 1, 1, 0, 0]
    assert len({each["sha256"] for each in told["letters"]}) == 5


def test_its_map_is_of_any_instant_and_reckons_what_is_reached_on_foot() -> None:
    views = views_of(NAME)
    assert set(views) == {"loans", "map", "overview", "statistics"}
    assert views["map"].declared.dated
    assert [panel.kind for _, panel in views["map"].panels] == ["subjects", "method", "subjects"]
    assert feeds_of(NAME)["openings"].declared.openings is not None


def test_its_statistics_list_every_heading_and_each_venue_and_leave_the_year_to_the_figures() -> None:
    view = views_of(NAME)["statistics"].declared
    assert (view.dated, view.report) == (True, True)
    headings, by_venue = view.panels
    assert (headings["told"], headings["options"]["kind"]) == ("headings", "library")
    assert {"year", "visits", "days", "hours", "floor_m2"} <= set(by_venue["columns"])
    assert by_venue["options"]["at"] == "=today"
    made = current_series().series["door-day"].declared.derive
    assert made is not None
    assert (made.given, made.window, made.statistic) == ("door-count", "day", "sum")
