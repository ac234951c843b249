"""The list of admissions: certificates that a community must not issue, and every declaration of the folder in use."""

from __future__ import annotations

import pytest

from bihuan.books.catalogue import all_books
from bihuan.documents.letters.catalogue import letters_of
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.model import Case, Command, Refusal
from bihuan.registers.pure.ids import new_id
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import OPERATOR, START, community, facts, programme

NAME = "community-access"


@pytest.mark.parametrize(("kind", "code"), [
    ("live_here", None), ("hardship_visit", None), ("kinship", "not_for_communities"),
    ("no_crime", "not_for_communities"),
])  # fmt: skip
def test_a_community_certifies_only_what_the_table_allows(kind: str, code: str | None) -> None:
    said = {"kind": "stamp", "number": "1", "channel": "counter", "area": community(), "urgency": "general",
            "fields": {"kind": kind, "asked_by": "bank"}}  # fmt: skip
    told = decide(programme(NAME), Case(id=new_id()), Command("open", OPERATOR, START, said), facts())
    assert (told.code if isinstance(told, Refusal) else None) == code


def test_every_declaration_of_the_folder_is_in_use() -> None:
    assert set(views_of(NAME)) == {"overview", "list"}
    assert set(letters_of(NAME)) == {"access-beyond-notice"}
    assert "community-task-money" in all_books()
    watches = {name for name, watch in current_catalogue().watches.items() if watch.programme == NAME}
    expired = {"plaque_expired", "access_account_expired", "stamp_request_expired"}
    assert watches >= {"task_beyond_list", "money_in_arrears"} | expired
