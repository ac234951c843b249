"""Balances at any date, statements, chains, conservation, the check, ends of reservations, closings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bihuan.books import balances, checking, showing
from bihuan.books.drafting import draft_hold
from bihuan.books.models import AccountRow, EntryRow, HoldRow, ReleaseRow
from bihuan.books.releasing import NotClosable, NotReserved, close_book, expire_holds, void_hold
from tests.books.declared import DAY, book, committed, pay, posted, seats, take

pytestmark = pytest.mark.django_db
LATER = DAY + timedelta(days=30)


@pytest.fixture
def month(desk: None) -> None:
    """Ten in, three out, and one more in a month later."""
    posted(take("in", "10"))
    posted(pay("out", "3.50", "in"))
    posted(take("late", "1", day=LATER))


def test_balances_now_and_then(month: None) -> None:
    now = {(b.account, b.subject): b.balance for b in balances.balances("toy-cash")}
    assert now == {("till", ""): 750, ("income", ""): 1100, ("paid", "p1"): 350}
    then = {(b.account, b.subject): b.balance for b in balances.balances("toy-cash", DAY)}
    assert then == {("till", ""): 650, ("income", ""): 1000, ("paid", "p1"): 350}
    assert {b.balance for b in balances.balances("toy-cash", DAY - timedelta(days=1))} == {0}


def test_a_statement_runs_to_the_balance(month: None) -> None:
    told = balances.statement("toy-cash", "till")
    assert [(line.key, line.amount, line.balance) for line in told] == [
        ("in", 1000, 1000), ("out", -350, 650), ("late", 100, 750),
    ]  # fmt: skip
    assert [line.key for line in balances.statement("toy-cash", "till", until=DAY)] == ["in", "out"]
    assert showing.statement_of(book(), "paid:p1", None).data["statement"][0]["balance"] == "3.50"


def test_an_entry_opens_back_to_its_origin(month: None) -> None:
    told = showing.chain_of(book(), "out").data["chain"]
    assert [(line["entry"], line["account"]) for line in told] == [
        ("out", "paid:p1"), ("out", "till"), ("in", "till"), ("in", "income"),
    ]  # fmt: skip


def test_what_rests_on_nothing_is_named(month: None) -> None:
    assert balances.untraced("toy-cash", ["till"], [("toy-cash", "income")]) == []
    assert balances.untraced("toy-cash", ["till"], [("toy-seats", "hall")]) == ["out"]
    posted(seats("offer", "grant", 1))
    posted(pay("p2", "1", "toy-seats/grant"))
    assert balances.untraced("toy-cash", ["till"], [("toy-seats", "hall")]) == ["out"]


def test_the_check_finds_nothing_in_an_honest_book(month: None) -> None:
    told = showing.check_of(book(), None)
    assert told.ok
    assert told.data["totals"] == [{"unit": "CNY", "debit": "14.50", "credit": "14.50", "entries": 3, "balanced": True}]


@pytest.mark.parametrize(
    ("rewrite", "check"),
    [
        ("UPDATE book_account SET posted = posted + 1 WHERE name = 'till'", "balance"),
        ("UPDATE book_account SET pending_debit = 5 WHERE name = 'till'", "pending"),
        ("UPDATE book_line SET amount = amount + 1 WHERE amount > 0", "entry"),
        ("DELETE FROM book_line WHERE number = 2", "entry"),
        ("UPDATE book_entry SET digest = 'x'", "leaf"),
        ("DELETE FROM ledger_statement", "leaf"),
    ],
)
def test_the_check_finds_what_an_owner_rewrote(month: None, rewrite: str, check: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        for table in ("book_line", "book_entry", "ledger_statement"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(rewrite)
    assert check in {fault.check for fault in checking.check_book("toy-cash").faults}


def hold(key: str, amount: str, **more: object) -> str:
    return posted(draft_hold(book("toy-seats"), key, DAY, "sold:e1", "free:e1", amount), **more)


def test_void_gives_back_a_part_or_all(desk: None) -> None:
    posted(seats("offer", "o", 5))
    hold("h", "4")
    assert void_hold("toy-seats", "h", "user:1", 1) == 1
    with pytest.raises(NotReserved, match="not 4"):
        void_hold("toy-seats", "h", "user:1", 4)
    assert void_hold("toy-seats", "h", "user:1") == 3
    for key in ("h", "other"):
        with pytest.raises(NotReserved):
            void_hold("toy-seats", key, "user:1")
    committed()
    assert not AccountRow.objects.exclude(pending_debit=0, pending_credit=0).exists()
    assert checking.check_book("toy-seats").faults == ()


def test_what_expired_is_released_once_and_seats_are_free_again(desk: None) -> None:
    posted(seats("offer", "o", 5))
    now = timezone.now()
    hold("old", "4", expires=now - timedelta(minutes=2))
    hold("new", "1", expires=now + timedelta(hours=1))
    assert hold("more", "1") == "below_floor"
    assert [expire_holds(now=now), expire_holds(now=now)] == [1, 0]
    assert hold("more", "4") == "posted"
    assert dict(HoldRow.objects.values_list("key", "remaining")) == {"old": 0, "new": 1, "more": 4}
    assert ReleaseRow.objects.get().how == "expired"


def test_a_book_is_closed_forward_only_and_restatements_are_told(month: None) -> None:
    for until, today in ((DAY, DAY), (LATER, DAY)):
        with pytest.raises(NotClosable, match="not over"):
            close_book("toy-cash", until, "user:1", today)
    close_book("toy-cash", DAY, "user:1", DAY + timedelta(days=1))
    with pytest.raises(NotClosable, match="is closed until"):
        close_book("toy-cash", DAY, "user:1", LATER)
    assert posted(take("x", "1")) == "period_closed"
    assert posted(take("x", "1", restates="found")) == "posted"
    assert balances.statement("toy-cash", "till")[-2].restates == "found"


def test_every_entry_can_be_proved(month: None) -> None:
    from bihuan.ledger import proofs, store

    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    store.sequence_leaves()
    for entry in EntryRow.objects.all():
        assert proofs.prove_event(entry.id)["state"] == "included"


def test_days_without_anything(desk: None) -> None:
    assert balances.balances("toy-cash", date(2000, 1, 1)) == []
    assert showing.check_of(book(), None).ok
