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
from bihuan.loop.kernel.model import Case, Command, Refusal
from bihuan.registers.pure.ids import new_id
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import OPERATOR, START, book, community, facts, programme, registers

NAME = "community-workers"


class Workers(LoopFacts):
    """A worker that the register knows, and until when an objection may be made."""

    until: str | None = None

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        known = {"community": community(), "post": "staff", "object_until": self.until}
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


def test_every_declaration_of_the_folder_is_in_use() -> None:
    assert set(views_of(NAME)) == {"mine", "street"}
    assert set(letters_of(NAME)) == {"community-grade-letter"}
    assert "community-pay" in all_books()
    watches = {name for name, watch in current_catalogue().watches.items() if watch.programme == NAME}
    assert watches == {"training_missing", "training_soon", "grade_wrong", "posts_empty"}
