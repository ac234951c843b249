"""Talking it over: who must be there, what an issue rests on, and that every declaration of the folder is in use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bihuan.boxes.catalogue import all_boxes, boxes_aside
from bihuan.documents.letters.catalogue import letters_of
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, handler, programme, registers

NAME = "deliberation"
ALL = "owners;ground_floor;manager;street"


class Talked(LoopFacts):
    """Facts of an issue, as a register tells them."""

    said: dict[str, Any]

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        known = {"street": community(), "kind": "lift", "parties": ALL, "own_body": "no", "open_commitments": 0,
                 "minutes_until": "2020-01-01"} | self.said  # fmt: skip
        _, _, name = kind.partition(".")
        if name and known.get(name) is None:
            return None
        return (known[name] if name else known), {"subject": f"{kind}/{key}"}


def refused(step: str, **said: Any) -> str | None:
    """By which demand an issue is not called together (`dispatch`) or not handed in (`submit`); None: it is."""
    known = Talked(registers(), book(), facts().now, "seed")
    known.said = said
    declared, roles = programme(NAME), all_roles()
    who = Actor(
        "user:s", frozenset({"community_secretary"}), local={"community_secretary": roles["community_secretary"]}
    )
    opened = {"kind": "issue", "number": "1", "channel": "counter", "subject": "I1", "urgency": "general"}
    told = decide(declared, Case(id=new_id()), Command("open", who, START, opened), known)
    assert not isinstance(told, Refusal), told
    events = list(told)
    case = fold(events[0].case, events)
    for n, name in enumerate(("dispatch", "accept", "submit"), 1):
        actor = who if name == "dispatch" else handler(str(case.lead))
        data = {"text": "办结"} if name == "submit" else None
        command = Command(name, actor, START + timedelta(hours=n), {}, data)
        told = decide(declared, case, command, known)
        if isinstance(told, Refusal):
            assert name == step, told
            return told.code
        events += list(told)
        case = fold(events[0].case, events)
    return None


@pytest.mark.parametrize(("parties", "code"), [
    (ALL, None), ("street;owners;manager;ground_floor;guest", None), ("owners;manager;street", "stakeholder_missing"),
    ("", "stakeholder_missing"), (None, "stakeholder_missing"),
])  # fmt: skip
def test_a_meeting_is_called_when_everybody_of_the_table_is_named(parties: str | None, code: str | None) -> None:
    assert refused("dispatch", parties=parties) == code


@pytest.mark.parametrize(("said", "code"), [
    ({}, None), ({"open_commitments": 1}, "commitments_open"), ({"minutes_until": None}, "minutes_not_published"),
    ({"minutes_until": "2999-01-01"}, "minutes_not_published"),
    ({"vote": "V", "result": "rejected"}, "vote_not_passed"),
    ({"vote": "V"}, "vote_not_passed"), ({"vote": "V", "result": "passed"}, None),
    ({"own_body": "yes", "confirmed_by": 2}, "three_households"), ({"own_body": "yes", "confirmed_by": 3}, None),
])  # fmt: skip
def test_an_issue_is_handed_in_when_nothing_stands_against_it(said: dict[str, Any], code: str | None) -> None:
    assert refused("submit", **said) == code


def test_every_declaration_of_the_folder_is_in_use() -> None:
    assert set(views_of(NAME)) == {"overview", "issue", "opinions", "panel", "residents", "talk"}
    assert set(letters_of(NAME)) == {
        "deliberation-invitation", "deliberation-minutes", "owners-vote-result", "commitment-reminder"}  # fmt: skip
    assert "owners-vote" in all_boxes()
    assert boxes_aside() == ()
    watches = {name for name, watch in current_catalogue().watches.items() if watch.programme == NAME}
    assert watches == {"commitment_near", "commitment_broken", "issue_review_due", "minutes_missing", "vote_closing",
                       "double_vote", "dead_owner_vote"}  # fmt: skip
