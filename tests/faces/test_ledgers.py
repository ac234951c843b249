"""The room of books: a programme's own role opens the books of its folder and no others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from bihuan.books.catalogue import book_named
from bihuan.books.drafting import draft_kind
from bihuan.books.posting import Act, post_acts
from bihuan.faces.parts.ledgers import seen_books
from bihuan.loop.kernel.model import Actor
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.roles import Role
from bihuan.registers.roles import all_roles
from tests.faces.test_views import visitor
from tests.subjects.makers import HERE


def somebody(role: str, *limits: str, **rows: Role) -> Actor:
    """Who has one role, in some scopes."""
    local = {key: row for key, row in (rows or {role: all_roles()[role]}).items() if row.programme}
    return Actor("user:1", frozenset({role}), limits={role: limits} if limits else {}, local=local)


def test_a_role_sees_the_books_of_its_own_programmes() -> None:
    mine = set(seen_books(somebody("fiscal_supervisor", "programme:treasury")))
    assert {"authority", "cash"} <= mine
    assert not mine & {"seats", "waste-mass"}
    assert set(seen_books(somebody("season_manager"))) == {"seats"}, "without a limit: of its programme"
    assert not seen_books(somebody("door_keeper", "programme:performances"))
    assert {"authority", "cash", "seats", "waste-mass"} <= set(seen_books(somebody("leader")))


@pytest.mark.slow
@pytest.mark.django_db
def test_pages_of_other_books_are_not_there(as_: Callable[[str | None], Client]) -> None:
    del as_  # the district and its people
    with in_district(HERE):
        draft = draft_kind(book_named("seats").book, "allot", "a", date(2026, 3, 1), {"amount": "5.00", "season": "S"})
        post_acts([Act((draft,), "test")])
    client, other = visitor("fiscal_supervisor", "treasury"), visitor("season_manager", "performances")
    for page in ("/books/cash/", "/books/cash/reconciliations/", "/books/authority/?at=2026-03-31"):
        assert client.get(page).status_code == 200, page
        assert other.get(page).status_code == 404, page
    assert other.get("/books/seats/entries/a/").status_code == 200
    assert client.get("/books/seats/entries/a/").status_code == 404
    listed = client.get("/books/").content.decode()
    assert "/books/cash/" in listed
    assert "/books/seats/" not in listed
    assert client.post("/books/cash/reconciliations/").status_code == 403, "whoever looks posts nothing"
    assert visitor("door_keeper", "performances").get("/books/").status_code == 403
