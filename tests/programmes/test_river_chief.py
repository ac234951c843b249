"""River chiefs: a question is handed in with its answer only; watches, views, signs and letters are in use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bihuan.documents.letters.catalogue import DeclaredLetter
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.documents.letters.pure.loading import load_letter
from bihuan.faces.panels.catalogue import views_of
from bihuan.faces.signs import signs_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.loop.programmes import folder_of
from bihuan.methods.parts.rulebook import method_rules
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, handler, programme, registers

NAME = "river-chief"


class Tracks(LoopFacts):
    """Facts of a track: what the chief above has answered, and whose office is above."""

    said: dict[str, Any]

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        known = {"street": community()} | self.said
        _, _, name = kind.partition(".")
        if name and known.get(name) is None:
            return None
        return (known[name] if name else known), {"subject": f"{kind}/{key}"}


def handed_in(answer: str | None) -> str | None:
    """Why handing in the question about a track is refused; None when it is not."""
    known = Tracks(registers(), book(), facts().now, "seed")
    unit = registers().organisations.at(START.date()).units("department")[0]
    known.said = {"answer": answer, "above": unit.code, "post": "V1", "reach": "R1", "walked": "2026-01-05"}
    declared, roles = programme(NAME), all_roles()
    officer = Actor("user:officer", frozenset({"river_officer"}), local={"river_officer": roles["river_officer"]})
    said = {"kind": "track_question", "number": "1", "channel": "web", "subject": "T1", "category": "river.track"}
    opened = decide(declared, Case(id=new_id()), Command("open", officer, START, said), known)
    assert not isinstance(opened, Refusal), opened
    events = list(opened)
    case = fold(events[0].case, events)
    document = {"type": "document", "sha256": "0" * 64, "media": str(new_id())}
    steps = [("dispatch", officer, {"unit": unit.id}), ("accept", handler(unit.id), {}),
             ("add_evidence", handler(unit.id), document)]  # fmt: skip
    for n, (name, actor, data) in enumerate(steps, 1):
        told = decide(declared, case, Command(name, actor, START + timedelta(hours=n), data), known)
        if isinstance(told, Refusal) and name == "dispatch":
            continue  # sent on by itself
        assert not isinstance(told, Refusal), (name, told)
        events += told
        case = fold(case.id, events)
    told = decide(declared, case, Command("submit", handler(unit.id), START + timedelta(hours=5), {}), known)
    return told.code if isinstance(told, Refusal) else None


@pytest.mark.parametrize(("answer", "refused"), [(None, "answer_missing"), ("counts", None), ("counts_not", None)])
def test_a_question_is_handed_in_with_its_answer_only(answer: str | None, refused: str | None) -> None:
    assert handed_in(answer) == refused


def test_its_watches_pages_and_sign_are_in_use() -> None:
    known = current_catalogue()
    mine = {name for name, watch in known.watches.items() if watch.programme == NAME}
    assert mine == {"duty_missed", "reach_found_again", "sign_unchecked", "track_suspect", "transfer_soon_over"}
    assert set(views_of(NAME)) == {"month", "reaches"}
    assert set(signs_of(NAME)) == {"board"}


def test_counties_differ_by_rows_only() -> None:
    day = START.date()
    brief, long = (
        method_rules().lookup("water.patrol", day, "*", scheme=scheme, level="village") for scheme in ("brief", "long")
    )
    assert (brief["min_minutes"], brief["min_metres"]) == (5, 300)
    assert (long["min_minutes"], long["min_metres"]) == (30, 2000)


def letter(name: str) -> DeclaredLetter:
    """A letter of the programme."""
    file = folder_of(NAME) / "letters" / f"{name}.yaml"
    return DeclaredLetter(load_letter(file), file, NAME)


def test_its_letters_ask_and_say_until_when() -> None:
    said = {
        "missed_patrol": {"post": "V1", "title": "某段河长", "due": "2026-05-01"},
        "track_question": {"track": "T1", "post": "V1", "walked": "2026-04-20", "due": "2026-05-01"},
        "finding_order": {
            "reach": "R1",
            "name": "某河",
            "category": "垃圾",
            "number_of_case": "1",
            "due": "2026-05-01",
        },
    }
    told = letters_of_play(
        (letter(name), {"facts": facts_, "dated": "2026-04-27", "addressee": ["某单位"]})
        for name, facts_ in said.items()
    )
    assert not told["refused"], told["refused"]
    assert len({each["sha256"] for each in told["letters"]}) == 3
    assert all(not each["remedy"] for each in told["letters"]), "they order nothing that could be contested"
