"""Ends of reservations that post nothing: void by somebody, or expired by time; each in one transaction."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from bihuan.books.models import EXPIRED, VOID, ClosingRow, HoldRow
from bihuan.books.reading import query
from bihuan.books.writing import NewRelease, insert_releases
from bihuan.faults import Fault
from bihuan.ledger.statements import promise_statements
from bihuan.registers.pure.ids import new_id

RELEASED, CLOSED = "book_release", "book_closing"
"""Kinds of the log's statements about what ends."""
DUE = """
SELECT id, debit_id, credit_id FROM book_hold WHERE remaining > 0 AND expires_at <= %s ORDER BY expires_at LIMIT %s
"""
LEFT = "SELECT id, remaining FROM book_hold WHERE id = ANY(%s) AND remaining > 0 ORDER BY id"


class NotReserved(Fault):
    """There is no such reservation, or less of it is left."""

    remedy = "see `bihuan book show NAME --holds`"


class NotClosable(Fault):
    """A book cannot be closed until that day."""

    remedy = "name a day after the last closing and before today"


def void_hold(book: str, key: str, actor: str, amount: int | None = None) -> int:
    """Give back what is left of a reservation, or a part of it; returns how much, in smallest units.

    Raises:
        NotReserved: it does not exist, or less is left.

    Source: docs/adr/0260-books.md (4).
    """
    with transaction.atomic():
        row = HoldRow.objects.filter(book=book, key=key).first()
        if row is None:
            raise NotReserved(f"没有这项预留 · {book} has no reservation {key!r}")
        _lock(row.debit_id, row.credit_id)
        row.refresh_from_db(fields=["remaining"])
        part = row.remaining if amount is None else amount
        if not 0 < part <= row.remaining:
            raise NotReserved(f"预留余额不足 · of {key!r} {row.remaining} is left, not {part}")
        _release([NewRelease(new_id(), row.id, VOID, part, None, actor)], timezone.now())
    return part


def expire_holds(limit: int = 500, now: datetime | None = None) -> int:
    """Release reservations whose time has passed; returns how many. The caller works for a district.

    Source: docs/adr/0260-books.md (4).
    """
    moment = now or timezone.now()
    with transaction.atomic():
        due = query(DUE, moment, limit)
        if not due:
            return 0
        _lock(*(account for _, debit, credit in due for account in (debit, credit)))
        left = query(LEFT, [row for row, _, _ in due])
        _release([NewRelease(new_id(), row, EXPIRED, rest, None, "expiry") for row, rest in left], moment)
    return len(left)


def close_book(book: str, until: date, actor: str, today: date) -> None:
    """Close a book until a day: later entries of those days need a reason and count as restatements.

    Raises:
        NotClosable: the day is not over, or not after the last closing.

    Source: DESIGN §9 (8: a closed month changes only by a published restatement).
    """
    if until >= today:
        raise NotClosable(f"该日尚未结束 · {until} is not over")
    with transaction.atomic():
        last = ClosingRow.objects.filter(book=book).order_by("-until").first()
        if last is not None and last.until >= until:
            raise NotClosable(f"已封账 · {book} is closed until {last.until}")
        row, now = new_id(), timezone.now()
        query(
            "INSERT INTO book_closing (id, district_id, book, until, at, actor) "
            "SELECT %s, nullif(current_setting('bihuan.district', true), ''), %s, %s, %s, %s",
            row, book, until, now, actor,
        )  # fmt: skip
        promise_statements(CLOSED, {row: {"book": book, "until": until.isoformat()}}, now)


def _release(rows: list[NewRelease], at: datetime) -> None:
    insert_releases(rows, at)
    leaves = {row.id: {"hold": str(row.hold), "how": row.how, "amount": row.amount} for row in rows}
    promise_statements(RELEASED, leaves, at)


def _lock(*accounts: int) -> None:
    query("SELECT id FROM book_locked(%s)", sorted(set(accounts)))
