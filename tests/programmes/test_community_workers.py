"""Community workers: an objection has its days, an examiner with kin stands aside, every declaration is in use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bihuan.books.catalogue import all_books
from bihuan.documents.letters.catalogue import letters_of
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Case, Command, Refusal
from bihuan.registers.pure.ids import new_id
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import ARBITER, OPERATOR, START, book, community, facts, handler, programme, registers

NAME = "community-workers"


class Workers(LoopFacts):
    """A worker that the register knows, until when an objection may be made, the grade that is kept and its letter."""

    until: str | None = None
    letter: str | None = "2022"

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        known = {"community": community(), "post": "staff", "object_until": self.until, "grade": 7,
                 "letter": self.letter, "worker": "W1"}  # fmt: skip
        _, _, name = kind.partition(".")
        if name and known.get(name) is None:
            return None
        return (known[name] if name else known), {"subject": f"{kind}/{key}"}


@pytest.mark.parametrize(("days", "code"), [(0, None), (3, None), (-1, "objection_lapsed"), (None, None)])
def test_an_objection_is_taken_until_its_last_day(days: int | None, code: str | None) -> None:
    known = Workers(registers(), book(), facts().now, "seed")
    known.until = None if days is None else (START.date() + timedelta(days=days)).isoformat()
    said = {"kind": "objection", "number": "1", "channel": "counter", "subject": "W1", "urgency": "general",
            "fields": {"grade": "7", "told": "2026-01-05"}}  # fmt: skip
    told = decide(programme(NAME), Case(id=new_id()), Command("open", OPERATOR, START, said), known)
    assert (told.code if isinstance(told, Refusal) else None) == code


@pytest.mark.parametrize(("pay", "letter", "code"), [
    ("5450", "2022", None), ("5000", "2022", None), ("5451", "2022", "pay_above_grade"),
    ("5450", None, "no_grade_letter"),
])  # fmt: skip
def test_a_pay_run_is_held_against_the_letter_and_the_table_of_pay(
    pay: str, letter: str | None, code: str | None
) -> None:
    known = Workers(registers(), book(), facts().now, "seed")
    known.letter = letter
    said = {"kind": "payrun", "number": "1", "channel": "counter", "subject": "G1", "urgency": "general",
            "fields": {"month": "2026-01", "pay": pay}}  # fmt: skip
    opened = decide(programme(NAME), Case(id=new_id()), Command("open", handler("U"), START, said), known)
    assert not isinstance(opened, Refusal), opened
    case = fold(opened[0].case, list(opened))
    until = (START + timedelta(days=30)).isoformat()
    told = decide(programme(NAME), case, Command("approve", ARBITER, START, {"until": until}), known)
    assert (told.code if isinstance(told, Refusal) else None) == code


@pytest.mark.parametrize(("kin", "days", "code"), [
    (None, -1, None), ("E9", -1, None), ("E2", -1, "recusal"), (None, 0, "notice_running"), (None, 5, "notice_running"),
])  # fmt: skip
def test_candidates_are_taken_after_the_notice_by_examiners_without_kin(
    kin: str | None, days: int, code: str | None
) -> None:
    known = Workers(registers(), book(), facts().now, "seed")
    fields = {"examiners": "E1;E2", "notice_until": str(START.date() + timedelta(days=days)), "posts": "2",
              "community": community()}  # fmt: skip
    said = {"kind": "recruitment", "number": "1", "channel": "counter", "urgency": "general",
            "fields": fields | ({"kin": kin} if kin else {})}  # fmt: skip
    opened = decide(programme(NAME), Case(id=new_id()), Command("open", handler("U"), START, said), known)
    assert not isinstance(opened, Refusal), opened
    case = fold(opened[0].case, list(opened))
    until = (START + timedelta(days=30)).isoformat()
    told = decide(programme(NAME), case, Command("approve", ARBITER, START, {"until": until}), known)
    assert (told.code if isinstance(told, Refusal) else None) == code


def test_every_declaration_of_the_folder_is_in_use() -> None:
    assert set(views_of(NAME)) == {"mine", "street"}
    assert set(letters_of(NAME)) == {"community-grade-letter"}
    assert "community-pay" in all_books()
    watches = {name for name, watch in current_catalogue().watches.items() if watch.programme == NAME}
    assert watches == {"training_missing", "training_soon", "grade_wrong", "posts_empty"}
