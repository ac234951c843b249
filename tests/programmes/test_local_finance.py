"""The finance watch: a finding before handing in, a reward for what was confirmed, letters with article and remedy."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, facts, programme, registers
from tests.programmes.test_black_water import Waters, letter_of

NAME = "local-finance"


def rewarded(paid: str | None = "0.00", **said: Any) -> str | None:
    """Why a reward is refused; None when it is not."""
    known = Waters(registers(), book(), facts().now, "seed")
    known.said = {
        "outcome": "transfer",
        "reviewed": "2026-05-01",
        "rewarded": paid,
        "entity": "X",
        "told": "2026-01-01",
    }
    known.said |= {name: said.pop(name) for name in ("outcome", "reviewed") if name in said}
    declared, roles = programme(NAME), all_roles()
    officer, reviewer = (
        Actor(f"user:{name}", frozenset({name}), local={name: roles[name]})
        for name in ("finance_officer", "finance_reviewer")
    )
    form = {"amount": "5000", "check": "91110108XN0004347M", "lead": "LD1"} | said
    opening = {"kind": "reward", "number": "1", "channel": "web", "subject": "LD1", "fields": form}
    opening["unit"] = registers().organisations.at(START.date()).units("department")[0].id
    told = decide(declared, Case(id=new_id()), Command("open", officer, START, opening), known)
    assert not isinstance(told, Refusal), told
    until = START.replace(year=START.year + 1).isoformat()
    told = decide(declared, fold(told[0].case, told), Command("approve", reviewer, START, {"until": until}), known)
    return told.code if isinstance(told, Refusal) else None


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({}, None), ({"outcome": "rectify"}, None), ({"outcome": "unfounded"}, "not_confirmed"),
        ({"outcome": None}, "not_confirmed"), ({"reviewed": None}, "not_confirmed"),
        ({"paid": "5000.00"}, "rewarded_before"), ({"lead": "LD2"}, "another_lead"),
        ({"amount": "99"}, "amount_out_of_bounds"), ({"amount": "100001"}, "amount_out_of_bounds"),
        ({"amount": "100"}, None), ({"amount": "100000"}, None),
    ],
)  # fmt: skip
def test_a_lead_that_proved_true_is_rewarded_once(said: dict[str, Any], refused: str | None) -> None:
    assert rewarded(**said) == refused


def test_its_watches_and_pages_are_in_use() -> None:
    mine = {name for name, watch in current_catalogue().watches.items() if watch.programme == NAME}
    assert mine == {"index_high", "linked_confirmed", "licence_over", "licence_soon"}
    assert set(views_of(NAME)) == {"index", "overview", "record"}


def test_its_letters_say_what_they_rest_on() -> None:
    firm = {"firm": "91110108XN0004347M", "firm_name": "某公司", "check": "2606010000001", "officer": "王某"}
    said = {
        "talk": firm | {"on": "2026-06-08"},
        "rectify": firm | {"what": "许可期满仍经营", "until": "2026-07-01"},
        "transfer": firm,
        "lead_answered": {"number_of_case": "2606010000002", "received": "2026-05-20"},
        "reward_granted": {"lead": "LD1", "amount": "5000", "officer": "王某"},
    }
    told = letters_of_play(
        (letter_of(NAME, name), {"facts": each, "dated": "2026-06-01", "addressee": ["某单位"]})
        for name, each in said.items()
    )
    assert not told["refused"], told["refused"]
    assert [len(each["remedy"]) for each in told["letters"]] == [1, 2, 0, 0, 0]
