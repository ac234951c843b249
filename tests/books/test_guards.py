"""Past the program, by SQL with the application's role: what the database itself refuses."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from bihuan.books.models import AccountRow, EntryRow, HoldRow
from bihuan.registers.isolation import SETTING
from tests.books.declared import DAY, DISTRICT, book, committed, pay, posted, seats, take

pytestmark = pytest.mark.django_db

ENTRY = (
    "INSERT INTO book_entry (id, district_id, book, key, kind, day, posted_at, actor, lines, ref, reverses, hold, "
    "restates, salt, digest) VALUES (%s, %s, %s, %s, '', %s, now(), 'x', %s, NULL, %s, %s, %s, '', '')"
)
LINE = (
    "INSERT INTO book_line (entry_id, number, district_id, account_id, day, amount) "
    "SELECT %s, number, %s, account, %s, amount FROM unnest(%s::int[], %s::bigint[], %s::bigint[]) "
    "AS l(number, account, amount)"
)


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def account(name: str, subject: str = "") -> int:
    return int(AccountRow.objects.get(name=name, subject=subject).id)


def entry(
    lines: list[tuple[int, int, int]], *, key: str = "", count: int | None = None, district: str = DISTRICT,
    in_book: str = "toy-cash", day: Any = DAY, line_day: Any = None, reverses: Any = None, hold: Any = None,
    restates: str = "",
) -> Any:  # fmt: skip
    """Write an entry and its lines (number, account, amount) as a program of somebody else would; then commit."""
    row = uuid4()
    declared = len(lines) if count is None else count
    sql(ENTRY, row, district, in_book, key or str(row), day, declared, reverses, hold, restates)
    if lines:
        numbers, accounts, amounts = (list(column) for column in zip(*lines, strict=True))
        sql(LINE, row, district, line_day or day, numbers, accounts, amounts)
    committed()
    return row


@pytest.fixture
def till(desk: None) -> tuple[int, int]:
    """A till with ten yuan, and the account of income."""
    posted(take("in", "10"))
    return account("till"), account("income")


def refused(match: str, *arguments: Any, **more: Any) -> None:
    with pytest.raises((IntegrityError, DatabaseError), match=match), transaction.atomic():
        entry(*arguments, **more)


def test_an_entry_that_is_right_is_taken_and_moves_the_balances(till: tuple[int, int]) -> None:
    entry([(1, till[0], 5), (2, till[1], -5)])
    assert sorted(AccountRow.objects.values_list("posted", flat=True)) == [-1005, 1005]


def test_entries_that_do_not_balance_or_have_too_few_or_too_many_lines(till: tuple[int, int]) -> None:
    debit, credit = till
    refused("does not balance", [(1, debit, 5), (2, credit, -4)])
    refused("has 1 lines, not 2", [(1, debit, 5)], count=2)
    refused("one too many", [(1, debit, 5), (2, credit, -5), (3, debit, 1)], count=2)
    refused("book_entry_lines", [], count=0)
    refused("book_line_amount", [(1, debit, 0), (2, credit, 0)])
    refused("has 0 lines, not 2", [], count=2)


def test_a_line_can_never_join_an_entry_later(till: tuple[int, int]) -> None:
    row = entry([(1, till[0], 5), (2, till[1], -5)])
    for number in (1, 2, 3, 0, -1):
        with pytest.raises(IntegrityError), transaction.atomic():
            sql(LINE, row, DISTRICT, DAY, [number], [till[0]], [1])


def test_lines_stay_in_the_book_of_their_entry(till: tuple[int, int]) -> None:
    posted(seats("offer", "o", 5))
    free = account("free", "e1")
    refused("another book", [(1, till[0], 5), (2, free, -5)])


def test_a_line_is_of_its_entrys_day_and_district(till: tuple[int, int]) -> None:
    lines = [(1, till[0], 5), (2, till[1], -5)]
    refused("another book, day or district", lines, line_day="2026-03-03")
    refused("row-level security", lines, district="999999")


def test_floors_hold_whoever_writes(till: tuple[int, int]) -> None:
    refused("book_account_floor", [(1, till[1], 1001), (2, till[0], -1001)])
    entry([(1, till[1], 1000), (2, till[0], -1000)])


def test_balances_are_moved_by_triggers_alone(till: tuple[int, int]) -> None:
    for statement in (
        "UPDATE book_account SET posted = 5",
        "UPDATE book_account SET floor = NULL",
        "DELETE FROM book_account",
        "UPDATE book_entry SET day = day",
        "DELETE FROM book_entry",
        "UPDATE book_line SET amount = 1",
        "DELETE FROM book_line",
        "UPDATE book_hold SET remaining = 0",
        "DELETE FROM book_hold",
        "DELETE FROM book_release",
        "DELETE FROM book_closing",
        "TRUNCATE book_line",
        "INSERT INTO book_account (district_id, book, name, subject, unit, normal, opened_at, posted) "
        f"VALUES ('{DISTRICT}', 'toy-cash', 'x', '', 'CNY', 1, now(), 7)",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            sql(statement)


def test_a_temporary_table_cannot_stand_in_for_the_real_one(till: tuple[int, int]) -> None:
    sql("CREATE TEMPORARY TABLE book_account_decoy AS SELECT * FROM book_account")
    sql("ALTER TABLE book_account_decoy RENAME TO book_account")
    refused("floor", [(1, till[1], 1001), (2, till[0], -1001)])


def test_a_reversal_is_a_mirror_or_nothing(till: tuple[int, int]) -> None:
    debit, credit = till
    first = EntryRow.objects.get().id
    refused("no mirror", [(1, debit, -999), (2, credit, 999)], reverses=first)
    refused("no mirror", [(1, debit, -1000), (2, credit, 1000)], reverses=uuid4())
    entry([(1, credit, 1000), (2, debit, -1000)], reverses=first)
    refused("book_entry_reverses|duplicate key", [(1, credit, 1000), (2, debit, -1000)], reverses=first)


def test_a_closed_period_is_closed(till: tuple[int, int]) -> None:
    sql("INSERT INTO book_closing VALUES (gen_random_uuid(), %s, 'toy-cash', %s, now(), 'x')", DISTRICT, DAY)
    lines = [(1, till[0], 5), (2, till[1], -5)]
    refused("closed period", lines)
    entry(lines, restates="a slip was found")
    entry(lines, day="2026-03-03")


HOLD = (
    "INSERT INTO book_hold (id, district_id, book, key, kind, debit_id, credit_id, amount, remaining, made_at, "
    "expires_at, actor, salt, digest) VALUES (%s, %s, %s, %s, '', %s, %s, %s, %s, now(), %s, 'x', '', '')"
)
RELEASE = (
    "INSERT INTO book_release (id, district_id, hold_id, how, amount, entry_id, at, actor) "
    "VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, now(), 'x')"
)


def released(row: Any, amount: int, by: Any) -> None:
    """End a reservation by an entry, and commit."""
    sql(RELEASE, DISTRICT, row, "posted", amount, by)
    committed()


def hold(amount: int, remaining: int | None = None, *, expires: Any = None, other: int | None = None) -> Any:
    row = uuid4()
    rest = amount if remaining is None else remaining
    sql(HOLD, row, DISTRICT, "toy-cash", str(row), account("income") if other is None else other, account("till"),
        amount, rest, expires)  # fmt: skip
    return row


def test_what_is_reserved_counts_against_the_floor(till: tuple[int, int]) -> None:
    row = hold(600)
    for statement in (lambda: hold(401), lambda: hold(5, 6), lambda: hold(5, 4), lambda: hold(5, other=till[0])):
        with pytest.raises(IntegrityError), transaction.atomic():
            statement()
    refused("floor", [(1, till[1], 401), (2, till[0], -401)])
    with pytest.raises(IntegrityError, match="book_hold_rest"), transaction.atomic():
        sql(RELEASE, DISTRICT, row, "void", 601, None)
    sql(RELEASE, DISTRICT, row, "void", 600, None)
    assert not AccountRow.objects.exclude(pending_debit=0, pending_credit=0).exists()
    assert HoldRow.objects.get(id=row).remaining == 0


def test_a_reservation_ends_by_what_is_posted_from_it_and_not_before_its_time(till: tuple[int, int]) -> None:
    row = hold(600, expires="2999-01-01")
    with pytest.raises(IntegrityError, match="before its time"), transaction.atomic():
        sql(RELEASE, DISTRICT, row, "expired", 600, None)
    with pytest.raises(IntegrityError, match="not what its entry posts"), transaction.atomic():
        released(row, 600, EntryRow.objects.get().id)
    refused("was not released", [(1, till[1], 5), (2, till[0], -5)], hold=row)
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(RELEASE, DISTRICT, row, "posted", 600, None)


def test_another_district_sees_and_touches_nothing(till: tuple[int, int]) -> None:
    sql("SELECT set_config(%s, '999999', true)", SETTING)
    for table in ("account", "entry", "line", "hold", "release", "closing"):
        assert sql(f"SELECT count(*) FROM book_{table}") == [(0,)]
    assert sql("SELECT count(*) FROM book_locked(%s)", list(till)) == [(0,)]
    refused("another book, day or district", [(1, till[0], 5), (2, till[1], -5)], district="999999")


def test_payments_keep_working_after_all_this(till: tuple[int, int]) -> None:
    assert posted(pay("p", "10", "in")) == "posted"
    assert book().digest == book().digest
