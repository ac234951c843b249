"""Black waters: off the list with six clean months and content residents only; a building with a dye test only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bihuan.documents.letters.catalogue import DeclaredLetter
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.documents.letters.pure.loading import load_letter
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.loop.programmes import folder_of
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, handler, programme, registers

NAME = "black-water"


class Waters(LoopFacts):
    """Facts of a water: months and survey."""

    said: dict[str, Any]

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        known = {"street": community()} | self.said
        name = kind.partition(".")[2].partition(" ")[0]
        if name and known.get(name) is None:
            return None
        return (known[name] if name else known), {"subject": f"{kind}/{key}"}


def judged(result: str = "passed", **said: Any) -> str | None:
    """Why taking a water off the list is refused; None when it is not."""
    known = Waters(registers(), book(), facts().now, "seed")
    units = registers().organisations.at(START.date()).units("department")
    known.said = {
        "unit": units[0].code,
        "name": "某水体",
        "count": 6,
        "mean": "0.00",
        "survey_asked": 40,
        "survey_unhappy": 4,
    } | said
    declared, roles = programme(NAME), all_roles()
    officer = Actor("user:officer", frozenset({"drain_officer"}), local={"drain_officer": roles["drain_officer"]})
    said_ = {"kind": "odour", "number": "1", "channel": "web", "subject": "BW1", "category": "black.grade"}
    events = list(_done(decide(declared, Case(id=new_id()), Command("open", officer, START, said_), known)))
    steps = [("dispatch", officer, {"unit": units[0].id}), ("accept", handler(units[0].id), {}),
             ("add_evidence", handler(units[0].id), {"type": "document", "sha256": "0" * 64, "media": str(new_id())}),
             ("submit", handler(units[0].id), {})]  # fmt: skip
    for n, (name, actor, data) in enumerate(steps, 1):
        told = decide(
            declared, fold(events[0].case, events), Command(name, actor, START + timedelta(hours=n), data), known
        )
        if name != "dispatch" or not isinstance(told, Refusal):
            events += _done(told)
    inspector = Actor("user:inspector", frozenset({"inspector"}), units[3].id, frozenset({units[3].id}))
    command = Command("verify", inspector, START + timedelta(days=200), {"result": result})
    told = decide(declared, fold(events[0].case, events), command, known)
    return told.code if isinstance(told, Refusal) else None


def _done(told: Any) -> Any:
    assert not isinstance(told, Refusal), told
    return told


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({}, None), ({"count": 5}, "months_missing"), ({"mean": "0.17"}, "months_missing"),
        ({"mean": None}, "months_missing"), ({"survey_unhappy": 5}, "survey_not_enough"),
        ({"survey_asked": 29, "survey_unhappy": 0}, "survey_not_enough"),
        ({"survey_asked": 30, "survey_unhappy": 3}, None),
        ({"survey_asked": 39, "survey_unhappy": 4}, "survey_not_enough"),
        ({"survey_asked": None, "survey_unhappy": None}, "survey_not_enough"),
        ({"survey_asked": 0, "survey_unhappy": 0}, "survey_not_enough"),
    ],
)  # fmt: skip
def test_off_the_list_with_six_clean_months_and_nine_of_ten_content_only(
    said: dict[str, Any], refused: str | None
) -> None:
    assert judged(**said) == refused


def test_what_is_not_solved_needs_no_survey() -> None:
    assert judged("failed", count=1, survey_asked=None) is None


def test_its_watches_and_pages_are_in_use() -> None:
    known = current_catalogue()
    mine = {name for name, watch in known.watches.items() if watch.programme == NAME}
    linked = {"outlet_traced", "black_reported", "sewer_inflow", "building_unaccepted"}
    assert mine == {"black_month", "building_late", "building_unproven", "mixed_connection", *linked}
    assert set(views_of(NAME)) == {"campaigns", "drains", "overview"}
    keep = programme(NAME).cases["odour"].keep
    assert keep is not None
    assert (keep.months, keep.series) == (6, "black-grade")


def letter_of(programme: str, name: str) -> DeclaredLetter:
    """A letter of a programme."""
    file = folder_of(programme) / "letters" / f"{name}.yaml"
    return DeclaredLetter(load_letter(file), file, programme)


def test_its_letters_say_what_they_rest_on() -> None:
    said = {
        "black_notice": {"water": "BW1", "title": "某水体", "due": "2026-09-01"},
        "delisted": {"water": "BW1", "title": "某水体", "asked": "40", "satisfied": "36"},
        "acceptance_refused": {"building": "SB1", "title": "1号楼", "officer": "王某"},
    }
    told = letters_of_play(
        (letter_of(NAME, name), {"facts": each, "dated": "2026-06-01", "addressee": ["某单位"]})
        for name, each in said.items()
    )
    assert not told["refused"], told["refused"]
    assert [len(each["remedy"]) for each in told["letters"]] == [0, 0, 1]
