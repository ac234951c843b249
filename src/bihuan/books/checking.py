"""The check of a stored journal: Σ per entry and unit, kept balances, bounds, mirrors, reservations, leaves.

Everything the triggers hold is computed once more from the rows, so that a rewrite past them is found. A million lines
are a few set-based questions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import transaction

from bihuan.books.reading import query

_UNEVEN = """
SELECT e.key, coalesce(s.lines, 0), e.lines, coalesce(s.uneven, 0) FROM book_entry e LEFT JOIN ({sums}) s
    ON s.entry_id = e.id
WHERE e.book = %s AND (s.lines IS DISTINCT FROM e.lines::numeric OR s.uneven <> 0) ORDER BY e.key LIMIT 100
"""
ENTRIES = _UNEVEN.format(
    sums="""SELECT entry_id, sum(lines) AS lines, count(*) FILTER (WHERE amount <> 0) AS uneven FROM (
        SELECT l.entry_id, count(*) AS lines, sum(l.amount) AS amount FROM book_line l
        JOIN book_account a ON a.id = l.account_id WHERE a.book = %s GROUP BY l.entry_id, a.unit) AS units
    GROUP BY entry_id"""
)
ENTRIES_OF_ONE_UNIT = _UNEVEN.format(
    sums="""SELECT l.entry_id, count(*)::numeric AS lines, (sum(l.amount) <> 0)::int AS uneven FROM book_line l
    JOIN book_account a ON a.id = l.account_id WHERE a.book = %s GROUP BY l.entry_id"""
)
UNITS = "SELECT count(DISTINCT unit) FROM book_account WHERE book = %s"
KEPT = """
SELECT a.name, a.subject, a.posted, coalesce(s.amount, 0)::bigint FROM book_account a LEFT JOIN (
    SELECT account_id, sum(amount) AS amount FROM book_line GROUP BY account_id) s ON s.account_id = a.id
WHERE a.book = %s AND a.posted <> coalesce(s.amount, 0) ORDER BY a.name, a.subject LIMIT 100
"""
PENDING = """
WITH rest AS (SELECT h.id, h.debit_id, h.credit_id, h.amount - coalesce(sum(r.amount), 0) AS rest, h.remaining
              FROM book_hold h LEFT JOIN book_release r ON r.hold_id = h.id WHERE h.book = %s GROUP BY h.id),
sides AS (SELECT debit_id AS account, rest AS d, 0 AS c FROM rest UNION ALL SELECT credit_id, 0, rest FROM rest)
SELECT a.name, a.subject, a.pending_debit, a.pending_credit FROM book_account a LEFT JOIN (
    SELECT account, sum(d) AS d, sum(c) AS c FROM sides GROUP BY account) s ON s.account = a.id
WHERE a.book = %s AND (a.pending_debit <> coalesce(s.d, 0) OR a.pending_credit <> coalesce(s.c, 0))
UNION ALL SELECT 'hold', id::text, remaining, rest::bigint FROM rest WHERE remaining <> rest LIMIT 100
"""
BOUNDS = """
SELECT name, subject, normal * posted, coalesce(floor, ceiling) FROM book_account WHERE book = %s AND (
    normal * posted < floor OR normal * posted > ceiling) ORDER BY name, subject LIMIT 100
"""
LEAVES = """
SELECT e.key FROM book_entry e LEFT JOIN ledger_statement s ON s.id = e.id
WHERE e.book = %s AND s.body->>'digest' IS DISTINCT FROM encode(e.digest, 'hex') ORDER BY e.key LIMIT 100
"""
COUNTS = """
SELECT (SELECT count(*) FROM book_entry WHERE book = %s),
       (SELECT count(*) FROM book_line l JOIN book_account a ON a.id = l.account_id WHERE a.book = %s)
"""
WORK_MEMORY = "192MB"
"""Of one check: a million lines are summed without a file."""


class BookFault(NamedTuple):
    """Something that the journal does not bear out: which check, where, and what is told and found."""

    check: str
    where: str
    told: str
    found: str


class Checked(NamedTuple):
    """What a check looked at, and what it found."""

    entries: int
    lines: int
    faults: tuple[BookFault, ...]


def check_book(book: str) -> Checked:
    """Check a whole journal; at most 100 faults of each kind are named.

    Source: DESIGN §14 (Σ = 0; limits hold); docs/adr/0260-books.md (3, 6).
    """
    with _whole_tables():
        return _checked(book)


@contextmanager
def _whole_tables() -> Iterator[None]:
    """Plans that read every table once: after a bulk of entries the planner still believes in a handful of rows."""
    with transaction.atomic():
        query("SET LOCAL enable_nestloop = off")
        query(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
        yield
        query("SET LOCAL enable_nestloop = on")
        query("SET LOCAL work_mem = DEFAULT")


def _checked(book: str) -> Checked:
    ((units,),) = query(UNITS, book)
    faults = [
        BookFault("entry", key, f"{told} lines, Σ 0", f"{lines} lines, {uneven} units uneven")
        for key, lines, told, uneven in query(ENTRIES if units > 1 else ENTRIES_OF_ONE_UNIT, book, book)
    ]
    for check, rows in (
        ("balance", query(KEPT, book)),
        ("pending", query(PENDING, book, book)),
        ("bound", query(BOUNDS, book)),
    ):
        faults += [
            BookFault(check, f"{name}:{subject}" if subject else name, str(told), str(found))
            for name, subject, told, found in rows
        ]
    faults += [BookFault("leaf", key, "its digest", "another, or none") for (key,) in query(LEAVES, book)]
    ((entries, lines),) = query(COUNTS, book, book)
    return Checked(entries, lines, tuple(faults))
