"""What is posted, repeated and refused; the application's role throughout."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bihuan.books.drafting import DraftError, draft_hold, draft_kind, draft_lines, written_line
from bihuan.books.models import AccountRow, ClosingRow, EntryRow, HoldRow, LineRow, ReleaseRow
from bihuan.books.posting import Act, post_acts
from tests.books.declared import DAY, DISTRICT, balance, book, pay, posted, seats, take

pytestmark = pytest.mark.django_db


def test_an_entry_moves_both_accounts_and_has_a_leaf(desk: None) -> None:
    assert posted(take("1", "12.34")) == "posted"
    assert balance("till") == balance("income") == 1234
    entry = EntryRow.objects.get()
    assert sorted(LineRow.objects.values_list("amount", flat=True)) == [-1234, 1234]
    with connection.cursor() as cursor:
        cursor.execute("SELECT s.body->>'digest', q.event_hash = s.hash FROM ledger_statement s "
                       "JOIN ledger_queue q ON q.event_id = s.id WHERE s.id = %s", [entry.id])  # fmt: skip
        assert cursor.fetchall() == [(bytes(entry.digest).hex(), True)]


def test_the_same_number_twice_has_one_effect_and_another_content_is_refused(desk: None) -> None:
    assert [posted(take("1", "5")), posted(take("1", "5")), posted(take("1", "6"))] == [
        "posted", "repeated", "number_used",
    ]  # fmt: skip
    assert balance("till") == 500
    verdicts = post_acts([Act((take(key, "1"),), "user:1") for key in ("2", "2", "3")])
    assert [found[0].state for found in verdicts] == ["posted", "repeated", "posted"]
    assert balance("till") == 700


def test_no_floor_and_no_ceiling_is_passed_and_a_refused_number_may_come_again(desk: None) -> None:
    posted(take("in", "10"))
    assert posted(pay("out", "10.01", "in")) == "below_floor"
    assert posted(pay("out", "10.00", "in")) == "posted"
    line = written_line
    over = [line(book(), "capped", "100.01", ""), line(book(), "income", "", "100.01")]
    assert posted(draft_lines(book(), "c1", DAY, over)) == "above_ceiling"
    just = [line(book(), "capped", "100", ""), line(book(), "income", "", "100")]
    assert posted(draft_lines(book(), "c1", DAY, just)) == "posted"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([("till", "1", "", ""), ("nowhere", "", "1", "CNY")], "unknown_account"),
        ([("till", "1", "", ""), ("paid", "", "1", "")], "unknown_account"),
        ([("till", "1", "1", ""), ("income", "", "1", "")], "one_side_only"),
        ([("till", "", "", ""), ("income", "", "1", "")], "one_side_only"),
        ([("till", "-1", "", ""), ("income", "", "-1", "")], "not_positive"),
        ([("till", "0.001", "", ""), ("income", "", "0.001", "")], "not_positive"),
        ([("till", "1", "", "kg"), ("income", "", "1", "kg")], "unit"),
        ([("till", "1", "", ""), ("income", "", "2", "")], "unbalanced"),
    ],
)
def test_lines_that_cannot_be_posted(desk: None, lines: list[tuple[str, str, str, str]], reason: str) -> None:
    drafted = [written_line(book(), account, debit, credit, unit) for account, debit, credit, unit in lines]
    assert posted(draft_lines(book(), "1", DAY, drafted)) == reason
    assert not EntryRow.objects.exists()


def test_a_reversal_mirrors_once(desk: None) -> None:
    posted(take("1", "3"))
    mirror = [written_line(book(), "till", "", "3"), written_line(book(), "income", "3", "")]
    wrong = [written_line(book(), "till", "", "2"), written_line(book(), "income", "2", "")]
    assert posted(draft_lines(book(), "r", DAY, mirror, reverses="9")) == "reverses_nothing"
    assert posted(draft_lines(book(), "r", DAY, wrong, reverses="1")) == "not_a_mirror"
    assert posted(draft_lines(book(), "r", DAY, mirror, reverses="1")) == "posted"
    assert posted(draft_lines(book(), "r2", DAY, mirror, reverses="1")) == "reversed_before"
    assert balance("till") == 0


def test_two_books_in_one_act_or_not_at_all(desk: None) -> None:
    assert posted(take("1", "1"), seats("offer", "1", 3)) == "posted"
    assert posted(take("2", "1"), seats("sell", "2", 4)) == "below_floor"
    assert not EntryRow.objects.filter(key="2").exists()
    assert (balance("till"), balance("free", "e1")) == (100, 3)


def test_an_entry_rests_on_one_that_is_there_also_of_another_book(desk: None) -> None:
    with pytest.raises(DraftError, match="rests on"):
        draft_kind(book(), "pay", "p", DAY, {"amount": "1", "payee": "x"})
    posted(take("1", "1"), seats("offer", "grant", 1))
    assert posted(pay("p", "1", "9")) == "unknown_ref"
    assert posted(pay("p", "1", "toy-seats/grant")) == "posted"
    assert EntryRow.objects.get(key="p").ref == EntryRow.objects.get(key="grant").id


def test_a_closed_period_takes_restatements_only(desk: None) -> None:
    posted(take("1", "1"))
    ClosingRow.objects.create(district_id=DISTRICT, book="toy-cash", until=DAY, at=timezone.now(), actor="user:1")
    assert posted(take("2", "1")) == "period_closed"
    assert posted(take("2", "1", restates="bank slip found")) == "posted"
    assert posted(take("3", "1", day=DAY + timedelta(days=1))) == "posted"


def reserved(key: str, amount: str, **more: object) -> str:
    return posted(draft_hold(book("toy-seats"), key, DAY, "sold:e1", "free:e1", amount), **more)


def test_a_reservation_is_posted_in_parts_and_never_over(desk: None) -> None:
    posted(seats("offer", "o", 5))
    assert [reserved("h", "4"), reserved("h", "4"), reserved("h2", "2")] == ["posted", "repeated", "below_floor"]
    assert posted(seats("sell", "s0", 2)) == "below_floor"
    assert posted(seats("sell", "s1", 3, hold="h")) == "posted"
    assert posted(seats("sell", "s2", 2, hold="h")) == "not_held"
    assert posted(seats("sell", "s2", 1, hold="h")) == "posted"
    assert posted(seats("sell", "s3", 1, hold="h")) == "not_held"
    assert posted(seats("sell", "s3", 1)) == "posted"
    assert balance("free", "e1") == 0
    assert HoldRow.objects.get().remaining == 0
    assert not AccountRow.objects.exclude(pending_debit=0, pending_credit=0).exists()


def test_an_expired_reservation_can_no_longer_be_posted(desk: None) -> None:
    posted(seats("offer", "o", 5))
    reserved("h", "4", expires=timezone.now() - timedelta(seconds=1))
    assert posted(seats("sell", "s", 1, hold="h")) == "not_held"
    assert not ReleaseRow.objects.exists()
