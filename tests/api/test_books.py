"""Books for programs: post, reserve, release, balances, and a refusal with reason and remedy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from bihuan.books.catalogue import forget_books
from bihuan.server.home import current_home
from tests.api.callers import caller
from tests.books.declared import write_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(district: str) -> Iterator[None]:
    """Two declared books in a district."""
    write_books(current_home().path)
    yield
    shutil.rmtree(current_home().path / "programmes" / "toy", ignore_errors=True)
    forget_books()


def test_seats_are_offered_reserved_sold_and_given_back(books: None) -> None:
    who = caller("operator")

    def post(kind: str, key: str, amount: int, **more: str) -> int:
        values = {"amount": str(amount), "event": "e1"}
        return who.post("/books/toy-seats/entries", {"key": key, "kind": kind, "values": values, **more}).status_code

    assert [post("offer", "o", 3), post("offer", "o", 3), post("offer", "o", 4)] == [201, 200, 409]
    asked = {"key": "h", "debit": "sold:e1", "credit": "free:e1", "amount": "2"}
    assert [who.post("/books/toy-seats/holds", asked).status_code for _ in range(2)] == [201, 200]
    over = who.post("/books/toy-seats/holds", {**asked, "key": "h2"})
    assert (over.status_code, over.json()["code"]) == (409, "below_floor")
    assert set(over.json()["remedy"]) == {"zh", "en"}
    assert post("sell", "s", 1, hold="h") == 201
    assert who.post("/books/toy-seats/holds/h/void", {}).json()["released"] == 1
    assert who.post("/books/toy-seats/holds/h/void", {}).status_code == 409
    told = who.get("/books/toy-seats").json()
    assert {(b["account"], b["balance"]) for b in told["balances"]} == {("free", "2"), ("sold", "1"), ("hall", "3")}
    assert told["totals"][0]["balanced"]
    assert {b["balance"] for b in who.get("/books/toy-seats?at=2000-01-01").json()["balances"]} == {"0"}


def test_an_entry_tells_what_it_rests_on(books: None) -> None:
    who = caller("operator")
    who.post("/books/toy-cash/entries", {"key": "in", "kind": "take", "values": {"amount": "5"}})
    pay = {"key": "p", "kind": "pay", "values": {"amount": "2.50", "payee": "x"}}
    assert who.post("/books/toy-cash/entries", pay).status_code == 422
    assert who.post("/books/toy-cash/entries", {**pay, "ref": "in"}).status_code == 201
    chain = who.get("/books/toy-cash/entries/p").json()["chain"]
    assert [(line["entry"], line["side"], line["amount"]) for line in chain] == [
        ("p", "debit", "2.50"), ("p", "credit", "2.50"), ("in", "debit", "5.00"), ("in", "credit", "5.00"),
    ]  # fmt: skip


def test_what_is_not_there_and_who_may_not(books: None) -> None:
    who = caller("operator")
    assert who.get("/books/none").status_code == 404
    assert who.get("/books/toy-cash/entries/none").status_code == 404
    wrong = who.post("/books/toy-cash/entries", {"key": "a/b", "kind": "take", "values": {"amount": "5"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_draft")
    assert caller("leader").post("/books/toy-cash/entries", {"key": "1", "kind": "take"}).status_code == 403
