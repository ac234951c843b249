"""Venues: a closing needs a substitute, a culture room is handed over and large enough, a closed venue has a case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
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


def test_its_watch_is_in_use() -> None:
    assert not [problem for problem in current_catalogue().problems if "closed_without_substitute" in problem.file]
    assert "closed_without_substitute" in current_catalogue().watches
