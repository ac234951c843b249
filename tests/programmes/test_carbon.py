"""Carbon: a statement speaks of its own meter, letters ask, the form leads to the gate, quota is not oversold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bihuan.books.catalogue import book_named
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

NAME = "carbon"
STATED = {"covers_to": "2026-05-31", "year": "2026", "quantity": "12", "uom": "MWh", "factor_year": "2023"}


class Meters(LoopFacts):
    """Facts that know a meter of power, M1, of the unit U1."""

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        base, _, name = kind.partition(".")
        known = {"street": community(), "name": key, "kind": "firm"}
        if base == "energy-meter":
            known = {"unit": "U1", "source": "grid"} if key == "M1" else {}
        if name and name not in known:
            return None
        return (known[name] if name else known), {"subject": f"{kind}/{key}"}


@pytest.mark.parametrize(
    ("unit", "meter", "source", "refused"),
    [
        ("U1", "M1", "grid", None), ("U2", "M1", "grid", "meter_of_another"), ("U1", "M9", "grid", "meter_of_another"),
        ("U1", "M1", "heat", "source_of_another_meter"),
    ],
)  # fmt: skip
def test_a_statement_speaks_of_its_own_meter_and_source(
    unit: str, meter: str, source: str, refused: str | None
) -> None:
    known = Meters(registers(), book(), facts().now, "seed")
    declared, by = programme(NAME), registers().organisations.at(START.date()).units("department")[0].id
    role = {"carbon_officer": all_roles()["carbon_officer"]}
    officer = Actor("user:officer", frozenset(role), local=role)
    fields = STATED | {"meter": meter, "source": source}
    said = {"kind": "statement", "number": "1", "channel": "web", "subject": unit, "unit": by, "fields": fields}
    opened = decide(declared, Case(id=new_id()), Command("open", handler(by), START, said), known)
    assert not isinstance(opened, Refusal), opened
    case = fold(opened[0].case, opened)
    until = (START + timedelta(days=100)).isoformat()
    told = decide(declared, case, Command("approve", officer, START + timedelta(days=1), {"until": until}), known)
    assert (told.code if isinstance(told, Refusal) else None) == refused


def test_its_watches_page_and_books_are_in_use() -> None:
    known = current_catalogue()
    assert {name for name, watch in known.watches.items() if watch.programme == NAME} == {
        "books_certificates", "books_quota", "statement_double", "statement_due", "statement_factor_year",
        "statement_jump", "statement_missing", "statement_scale",
    }  # fmt: skip
    assert set(views_of(NAME)) == {"overview", "streets", "units", "what_if"}
    for name in ("carbon-quota", "energy-certificates"):
        held = book_named(name).book.accounts["held"]
        assert held.floor == 0
        assert held.traced


def letter(name: str) -> DeclaredLetter:
    """A letter of the programme."""
    file = folder_of(NAME) / "letters" / f"{name}.yaml"
    return DeclaredLetter(load_letter(file), file, NAME)


def test_its_letters_ask_and_decide_nothing() -> None:
    query = {
        "statement": "S1",
        "quantity": "12",
        "uom": "MWh",
        "until": "2026-05-31",
        "doubt": "重复计算",
        "officer": "某街道",
    }
    unit = {"unit_code": "U1", "title": "某机关", "officer": "某街道"}
    accepted = unit | {"until": "2026-05-31", "quantity": "12", "uom": "MWh"}
    asked = [
        ("statement_due", unit), ("explain_statement", query), ("statement_missing", unit),
        ("statement_accepted", accepted),
    ]  # fmt: skip
    told = letters_of_play(
        (letter(name), {"facts": said, "dated": "2026-06-20", "addressee": ["某街道"]}) for name, said in asked
    )
    assert not told["refused"], told["refused"]
    assert len({each["sha256"] for each in told["letters"]}) == 4
