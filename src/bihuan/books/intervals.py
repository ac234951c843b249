"""Reservations of a resource by time: all parts of a party or none, held until confirmed, kept apart by the database.

Two reservations of one resource never overlap, with what each needs before and after; a closure is a reservation of a
kind of its own and keeps others out as well. Nothing is read first to see whether it is free: the constraint answers.
Source: DESIGN §14 (Reservation: guarded by constraint); docs/adr/0291-reservations.md.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from bihuan.books.declaration import BookDeclaration, IntervalKind
from bihuan.books.models import EXPIRED, PENDING, POSTED, VOID
from bihuan.books.pure.content import SALT_BYTES
from bihuan.books.reading import query
from bihuan.faults import Fault
from bihuan.ledger.statements import promise_statements
from bihuan.registers.pure.ids import new_id

RESERVED, STEPPED = "book_interval", "book_interval_step"
"""Kinds of the log's statements."""
_DISTRICT = "nullif(current_setting('bihuan.district', true), '')"
INSERT = f"""
INSERT INTO book_interval (district_id, made_at, book, kind, key, actor, expires_at, state, id, number, resource,
                           starts, ends, span, salt)
SELECT {_DISTRICT}, %s, %s, %s, %s, %s, %s, %s, k.id, k.number, k.resource, k.starts, k.ends, tstzrange(k.f, k.t),
       k.salt
FROM unnest(%s::uuid[], %s::smallint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
            %s::timestamptz[], %s::bytea[]) AS k(id, number, resource, starts, ends, f, t, salt)
"""  # noqa: S608 - built from constants
KNOWN = """
SELECT resource, starts, ends, number, state IN ('pending', 'posted') FROM book_interval
WHERE book = %s AND kind = %s AND key = %s ORDER BY number
"""
IN_THE_WAY = """
SELECT i.kind, i.key FROM book_interval i
JOIN unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) AS k(resource, f, t) USING (resource)
WHERE i.book = %s AND i.state IN ('pending', 'posted') AND i.span && tstzrange(k.f, k.t)
ORDER BY i.starts, i.key LIMIT 1
"""
STEP = f"""
INSERT INTO book_interval_step (district_id, at, how, actor, id, interval_id)
SELECT {_DISTRICT}, %s, %s, %s, k.* FROM unnest(%s::uuid[], %s::uuid[]) AS k
"""  # noqa: S608
OPEN = """
SELECT id FROM book_interval WHERE book = %s AND kind = %s AND key = %s AND state = ANY(%s) ORDER BY id
"""
DUE = """
SELECT id FROM book_interval WHERE state = 'pending' AND expires_at <= %s ORDER BY id LIMIT %s
"""
BUSY = """
SELECT resource, kind, key, starts, ends, state FROM book_interval
WHERE book = %s AND resource = %s AND state IN ('pending', 'posted') AND starts < %s AND ends > %s ORDER BY starts
"""


class IntervalPart(NamedTuple):
    """A resource from an instant to another, without what comes before and after."""

    resource: str
    starts: datetime
    ends: datetime


class BusyInterval(NamedTuple):
    """Who has a resource when, and whether that is confirmed."""

    resource: str
    kind: str
    key: str
    starts: datetime
    ends: datetime
    state: str


class IntervalVerdict(NamedTuple):
    """`posted`, `repeated` (identical, no effect) or `refused`: `number_used`, or `taken` by the one named."""

    state: str
    reason: str = ""
    taken_by: str = ""


class NotReservable(Fault):
    """A reservation that no rule allows: an unknown kind, no part, or an end before its beginning."""

    remedy = "see `intervals:` of the book; every part begins before it ends"


def reserve(
    book: BookDeclaration, kind: str, key: str, parts: Sequence[IntervalPart], actor: str, *, confirmed: bool = False,
    expires: datetime | None = None,
) -> IntervalVerdict:  # fmt: skip
    """Reserve all parts of a party, or none. Works for a district.

    Args:
        kind: One of the book's `intervals`. key: The party's number, which makes it single; after it gave everything
            back it may reserve anew.
        confirmed: It stands at once. expires: Until when it is held; default: as the kind declares.

    Raises:
        NotReservable: the kind is not declared, or a part ends before it begins.

    Source: docs/adr/0291-reservations.md.
    """
    declared = book.intervals.get(kind)
    if declared is None or not parts or any(part.starts >= part.ends for part in parts):
        raise NotReservable(f"不能预订 {kind} · {kind!r} cannot be reserved like this")
    now = timezone.now()
    if expires is None and declared.hold and not confirmed:
        expires = now + timedelta(minutes=declared.hold)
    before = query(KNOWN, book.book, kind, key)
    known = [IntervalPart(*row[:3]) for row in before if row[4]]
    if known:
        same = sorted(known) == sorted(parts)
        return IntervalVerdict("repeated") if same else IntervalVerdict("refused", "number_used")
    ordered = sorted(parts)
    blocked = [_blocked(declared, part) for part in ordered]
    try:
        with transaction.atomic():
            state = POSTED if confirmed else PENDING
            _insert(book.book, kind, key, ordered, blocked, actor, now, expires, state, before[-1][3] if before else 0)
    except IntegrityError as error:
        if "book_interval_apart" in str(error):
            columns = [list(column) for column in zip(*blocked, strict=True)]
            found = query(IN_THE_WAY, *columns, book.book)
            return IntervalVerdict("refused", "taken", f"{found[0][0]}/{found[0][1]}" if found else "")
        if "book_interval_once" in str(error):  # somebody sent the same number at the same moment
            return reserve(book, kind, key, parts, actor, confirmed=confirmed, expires=expires)
        raise
    return IntervalVerdict("posted")


def confirm(book: str, kind: str, key: str, actor: str) -> int:
    """Confirm what a party holds; returns how many parts. Source: docs/adr/0291-reservations.md."""
    return _step(book, kind, key, POSTED, (PENDING,), actor)


def give_back(book: str, kind: str, key: str, actor: str) -> int:
    """Give back what a party holds or has confirmed; returns how many parts. Source: docs/adr/0291-reservations.md."""
    return _step(book, kind, key, VOID, (PENDING, POSTED), actor)


def expire_intervals(limit: int = 500, now: datetime | None = None) -> int:
    """End a batch of what nobody confirmed in time; returns how many. Source: docs/adr/0291-reservations.md."""
    moment = now or timezone.now()
    return _record([row for (row,) in query(DUE, moment, limit)], EXPIRED, moment, "expiry")


def busy(book: str, resource: str, starts: datetime, ends: datetime) -> list[BusyInterval]:
    """Who has a resource between two instants. Source: docs/adr/0291-reservations.md."""
    return [BusyInterval(*row) for row in query(BUSY, book, resource, ends, starts)]


def _blocked(kind: IntervalKind, part: IntervalPart) -> tuple[str, datetime, datetime]:
    return part.resource, part.starts - timedelta(minutes=kind.before), part.ends + timedelta(minutes=kind.after)


def _insert(
    book: str, kind: str, key: str, parts: Sequence[IntervalPart], blocked: Sequence[tuple[str, datetime, datetime]],
    actor: str, now: datetime, expires: datetime | None, state: str, last: int,
) -> None:  # fmt: skip
    rows = [
        (new_id(), number, *part, *span[1:], os.urandom(SALT_BYTES))
        for number, (part, span) in enumerate(zip(parts, blocked, strict=True), last + 1)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    query(INSERT, now, book, kind, key, actor, expires, state, *columns)
    leaves = {
        row[0]: {"book": book, "digest": _digest(kind, key, part, row[-1])}
        for row, part in zip(rows, parts, strict=True)
    }
    promise_statements(RESERVED, leaves, now)


def _digest(kind: str, key: str, part: IntervalPart, salt: bytes) -> str:
    told = f"{kind}\n{key}\n{part.resource}\n{part.starts.isoformat()}\n{part.ends.isoformat()}"
    return sha256(salt + told.encode()).hexdigest()


def _step(book: str, kind: str, key: str, how: str, states: Sequence[str], actor: str) -> int:
    found = [row for (row,) in query(OPEN, book, kind, key, list(states))]
    return _record(found, how, timezone.now(), actor)


def _record(intervals: Sequence[UUID], how: str, at: datetime, actor: str) -> int:
    """Move intervals on; 0 when somebody else moved one of them meanwhile."""
    if not intervals:
        return 0
    ids = [new_id() for _ in intervals]
    leaves = {row: {"interval": str(of), "how": how} for row, of in zip(ids, intervals, strict=True)}
    try:
        with transaction.atomic():
            query(STEP, at, how, actor, ids, list(intervals))
            promise_statements(STEPPED, leaves, at)
    except IntegrityError as error:
        if "cannot become" in str(error):
            return 0
        raise
    return len(intervals)
