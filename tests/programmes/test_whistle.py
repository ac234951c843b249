"""Whistles: what should have been an ordinary case names why; every declaration of the folder is in use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bihuan.documents.letters.catalogue import letters_of
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.model import Case, Command, Refusal
from bihuan.registers.pure.ids import new_id
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import OPERATOR, START, book, community, facts, programme, registers

NAME = "whistle"


class Spot(LoopFacts):
    """A whistle that the register knows."""

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        known = {"street": community(), "kind": "daily", "matter": "M1"}
        _, _, name = kind.partition(".")
        return (known[name] if name else known), {"subject": f"{kind}/{key}"}


def reviewed(ordinary: str, reason: str) -> str | None:
    """Why a review is refused; None: it is taken."""
    known = Spot(registers(), book(), facts().now, "seed")
    fields = {"ordinary": ordinary, "reason": reason, "cause": "pipe"}
    said = {
        "kind": "review",
        "number": "1",
        "channel": "inspector",
        "subject": "W1",
        "urgency": "general",
        "fields": fields,
    }
    told = decide(programme(NAME), Case(id=new_id()), Command("open", OPERATOR, START, said), known)
    return told.code if isinstance(told, Refusal) else None


@pytest.mark.parametrize(("ordinary", "reason", "code"), [
    ("no", "needed", None), ("yes", "duty_clear", None), ("yes", "own_power", None), ("yes", "needed", "reason_fits"),
])  # fmt: skip
def test_what_should_have_been_ordinary_names_why(ordinary: str, reason: str, code: str | None) -> None:
    assert reviewed(ordinary, reason) == code


def test_every_declaration_of_the_folder_is_in_use() -> None:
    assert set(views_of(NAME)) == {"overview", "residents"}
    assert set(letters_of(NAME)) == {"whistle-leaders-list"}
    watches = {name for name, watch in current_catalogue().watches.items() if watch.programme == NAME}
    assert watches == {
        "whistle_band",
        "arrival_doubt",
        "hard_unanswered",
        "one_matter_twice",
        "cause_again",
        "review_missing",
    }
