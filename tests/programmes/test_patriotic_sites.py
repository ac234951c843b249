"""Sites of patriotic education: who accredits, what can be booked, that places are sold once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
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
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.subjects.catalogue import subject_type
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, handler, programme, registers
from tests.programmes.test_black_water import Waters

NAME = "patriotic-sites"
SLOT_DAY = START.date() + timedelta(days=10)


class Bases(LoopFacts):
    """Facts that know a slot and its base."""

    until: date | None = None
    off: date | None = None
    lapsed: date | None = None

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        base, _, name = kind.partition(".")
        known: dict[str, Any] = {"base": "B1", "day": SLOT_DAY.isoformat(), "capacity": 100}
        if base == "patriotic-base":
            known = {}
            known |= {"accredited_to": self.until.isoformat()} if self.until else {}
            known |= {"delisted": self.off.isoformat()} if self.off else {}
            known |= {"lapsed": self.lapsed.isoformat()} if self.lapsed else {}
        if name and name not in known:
            return None
        return (known[name] if name else known), {"subject": f"{kind}/{key}"}


@pytest.mark.parametrize(
    ("until", "off", "lapsed", "refused"),
    [
        (SLOT_DAY, None, None, None), (SLOT_DAY - timedelta(days=1), None, None, "base_not_accredited"),
        (None, None, None, "base_not_accredited"), (SLOT_DAY, START.date(), None, "base_delisted"),
        (SLOT_DAY, None, START.date(), "base_lapsed"),
    ],
)  # fmt: skip
def test_a_base_is_booked_only_while_it_is_accredited(
    until: date | None, off: date | None, lapsed: date | None, refused: str | None
) -> None:
    known = Bases(registers(), book(), facts().now, "seed")
    known.until = SLOT_DAY
    unit = registers().organisations.at(START.date()).units("department")[0].id
    said = {
        "kind": "booking", "number": "1", "channel": "web", "subject": "S1", "unit": unit,
        "fields": {"school": "SC1", "students": "30", "slot": "S1"},
    }  # fmt: skip
    opened = decide(programme(NAME), Case(id=new_id()), Command("open", handler(unit), START, said), known)
    assert not isinstance(opened, Refusal), opened
    case = fold(opened[0].case, opened)
    known.until, known.off, known.lapsed = until, off, lapsed
    role = {"site_officer": all_roles()["site_officer"]}
    officer = Actor("user:officer", frozenset(role), local=role)
    ends = (START + timedelta(days=40)).isoformat()
    told = decide(
        programme(NAME), case, Command("approve", officer, START + timedelta(minutes=1), {"until": ends}), known
    )
    assert (told.code if isinstance(told, Refusal) else None) == refused


def test_places_are_taken_with_the_confirmation_and_never_below_nought() -> None:
    places = book_named("base-places").book
    assert places.accounts["free"].floor == 0
    rule = next(each for each in places.rules if each.on == "approved")
    assert rule.at_once


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({}, None), ({"lapsed": "2026-03-01"}, "review_missing"),
        ({"lapsed": "2026-03-01", "reviewed": "2025-02-01", "conclusion": "keep"}, "review_missing"),
        ({"lapsed": "2026-03-01", "reviewed": "2026-03-02", "conclusion": "end"}, "review_missing"),
        ({"lapsed": "2026-03-01", "reviewed": "2026-03-02", "conclusion": "improve"}, None),
        ({"keeper": "culture-tourism"}, "own_base"), ({"holds": "100"}, "more_than_it_holds"),
    ],
)  # fmt: skip
def test_a_renewal_rests_on_the_review_of_its_year(said: dict[str, str], refused: str | None) -> None:
    known = Waters(registers(), book(), facts().now, "seed")
    units = {each.code: each.id for each in registers().organisations.at(START.date()).units("department")}
    base = {"keeper": "education", "name": "某基地", "capacity": "120", "holds": "300", "accredited_from": "2025-03-01"}
    known.said = {"street": community(), **base, **said}
    declared, own = programme(NAME), all_roles()
    asks = handler(units["education"])
    opening = {"kind": "accreditation", "number": "1", "channel": "web", "subject": "B1",
               "fields": {"capacity": "150", "languages": "中文"}}  # fmt: skip
    opened = decide(declared, Case(id=new_id()), Command("open", asks, START, opening), known)
    assert not isinstance(opened, Refusal), opened
    unit = units["culture-tourism"]
    role = {"site_reviewer": own["site_reviewer"]}
    reviewer = Actor("user:reviewer", frozenset(role), unit, frozenset({unit}), local=role)
    ends = (START + timedelta(days=300)).isoformat()
    told = decide(
        declared, fold(opened[0].case, opened), Command("approve", reviewer, START, {"until": ends}), known
    )  # fmt: skip
    assert (told.code if isinstance(told, Refusal) else None) == refused


def test_an_accreditation_ends_within_a_year() -> None:
    gate = all_programmes()[NAME].cases["accreditation"].gate
    assert gate is not None
    assert (gate.reviewer, gate.valid_max) == ("site_reviewer", "366 days")


def test_nothing_of_a_person_is_kept() -> None:
    for kind in ("base-visit", "patriotic-school", "civics-course", "patriotic-base", "base-term", "base-review"):
        assert not any(each.personal or each.secret for each in subject_type(kind).fields.values())


def test_its_watches_and_its_page_stand() -> None:
    watches = {name for name, each in current_catalogue().watches.items() if each.programme == NAME}
    assert watches == {"school_unserved", "visit_lapsed", "visit_repeated", "base_review_due"}
    assert set(views_of(NAME)) == {"overview", "feedback"}
    assert set(feeds_of(NAME)) == {"slots", "bases", "courses"}


def test_its_letters_say_what_they_rest_on_and_what_one_may_do() -> None:
    folder = folder_of(NAME) / "letters"
    base = {"base": "B1", "title": "某基地", "officer": "张三"}
    asked = [
        ("base_delisted", base | {"reason": "长期停止开放"}), ("base_accredited", base | {"capacity": "120"}),
        ("school_unserved", {"school": "S1", "title": "某学校", "officer": "李四"}),
    ]  # fmt: skip
    told = letters_of_play(
        (
            DeclaredLetter(load_letter(folder / f"{name}.yaml"), folder / f"{name}.yaml", NAME),
            {"facts": said, "dated": "2026-06-20", "addressee": ["某单位"]},
        )
        for name, said in asked
    )
    assert not told["refused"], told["refused"]
    assert told["letters"][0]["remedy_until"]
