"""What a book says: balances now and at the end of any day, statements of an account, conservation, the chain of an
entry. Set-based questions; amounts are on the normal side, in smallest units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from bihuan.books.reading import query

NOW = """
SELECT name, subject, unit, normal * posted, pending_debit, pending_credit FROM book_account
WHERE book = %s ORDER BY name, subject, unit
"""
AT = """
SELECT a.name, a.subject, a.unit, (a.normal * coalesce(sum(l.amount), 0))::bigint, 0::bigint, 0::bigint
FROM book_account a LEFT JOIN book_line l ON l.account_id = a.id AND l.day <= %s
WHERE a.book = %s GROUP BY a.id ORDER BY a.name, a.subject, a.unit
"""
SIDES = """
SELECT unit, coalesce(sum(debit), 0)::bigint, coalesce(sum(credit), 0)::bigint, count(entry_id) FROM (
    SELECT a.unit, l.entry_id, sum(l.amount) FILTER (WHERE l.amount > 0) AS debit,
           -sum(l.amount) FILTER (WHERE l.amount < 0) AS credit
    FROM book_account a LEFT JOIN book_line l ON l.account_id = a.id AND l.day <= %s WHERE a.book = %s
    GROUP BY a.unit, l.entry_id) AS entries
GROUP BY unit ORDER BY unit
"""
STATEMENT = """
SELECT e.day, e.key, e.kind, e.posted_at, e.restates, a.normal * l.amount, e.id,
       (sum(a.normal * l.amount) OVER (ORDER BY e.day, e.id, l.number))::bigint
FROM book_account a JOIN book_line l ON l.account_id = a.id JOIN book_entry e ON e.id = l.entry_id
WHERE a.book = %s AND a.name = %s AND a.subject = %s AND l.day <= %s ORDER BY e.day, e.id, l.number
"""
CHAIN = """
WITH RECURSIVE chain AS (
    SELECT e.id, e.ref, 0 AS step FROM book_entry e WHERE e.id = %s
    UNION ALL SELECT e.id, e.ref, c.step + 1 FROM chain c JOIN book_entry e ON e.id = c.ref WHERE c.step < 100)
SELECT e.id, e.book, e.key, e.kind, e.day, a.name, a.subject, l.amount FROM chain c JOIN book_entry e ON e.id = c.id
JOIN book_line l ON l.entry_id = e.id JOIN book_account a ON a.id = l.account_id ORDER BY c.step, l.number
"""
ABOVE = """
SELECT e.book, e.key, e.kind, e.day, e.reverses IS NOT DISTINCT FROM %s,
       (SELECT sum(l.amount) FROM book_line l WHERE l.entry_id = e.id AND l.amount > 0)::bigint,
       (SELECT min(a.unit) FROM book_line l JOIN book_account a ON a.id = l.account_id WHERE l.entry_id = e.id)
FROM book_entry e WHERE e.ref = %s OR e.reverses = %s ORDER BY e.day, e.id LIMIT %s
"""
UNTRACED = """
WITH RECURSIVE start AS (
    SELECT DISTINCT e.id, e.key, e.ref FROM book_entry e JOIN book_line l ON l.entry_id = e.id
    JOIN book_account a ON a.id = l.account_id
    WHERE e.book = %s AND e.reverses IS NULL AND l.amount < 0 AND a.name = ANY(%s)),
chain AS (
    SELECT id AS origin, id, ref, 0 AS step FROM start
    UNION ALL SELECT c.origin, e.id, e.ref, c.step + 1 FROM chain c JOIN book_entry e ON e.id = c.ref
    WHERE c.step < 100),
met AS (
    SELECT DISTINCT c.origin FROM chain c JOIN book_line l ON l.entry_id = c.id AND l.amount < 0
    JOIN book_account a ON a.id = l.account_id
    JOIN unnest(%s::text[], %s::text[]) AS s(book, name) ON s.book = a.book AND s.name = a.name)
SELECT key FROM start WHERE id NOT IN (SELECT origin FROM met) ORDER BY key
"""


class BalanceLine(NamedTuple):
    """An account and where it stands; pending amounts are positive."""

    account: str
    subject: str
    unit: str
    balance: int
    pending_debit: int
    pending_credit: int


class SidesTotal(NamedTuple):
    """Everything debited and credited of a unit, which must be equal, and by how many entries."""

    unit: str
    debit: int
    credit: int
    entries: int


class StatementLine(NamedTuple):
    """One line of an account's statement, and the balance after it."""

    day: date
    key: str
    kind: str
    posted_at: datetime
    restates: str
    amount: int
    entry: UUID
    balance: int


class ChainLine(NamedTuple):
    """One line of an entry of a chain, from the asked one back to its origin."""

    entry: UUID
    book: str
    key: str
    kind: str
    day: date
    account: str
    subject: str
    amount: int


def balances(book: str, at: date | None = None) -> list[BalanceLine]:
    """Where every account of a book stands, now or at the end of a day (then without what is pending).

    Source: docs/adr/0260 (3)
    """
    return [BalanceLine(*row) for row in (query(NOW, book) if at is None else query(AT, at, book))]


def totals(book: str, at: date | None = None) -> list[SidesTotal]:
    """Debits and credits per unit until the end of a day: the page of conservation.

    Source: DESIGN §14 (Σ = 0 per entry and unit).
    """
    return [SidesTotal(*row) for row in query(SIDES, at or date.max, book)]


def statement(book: str, account: str, subject: str = "", until: date | None = None) -> list[StatementLine]:
    """Every line of an account in the order of its days, with the running balance. Source: docs/adr/0260 (3)."""
    return [StatementLine(*row) for row in query(STATEMENT, book, account, subject, until or date.max)]


def chain(entry: UUID) -> list[ChainLine]:
    """The lines of an entry and of those it rests on, back to its origin.

    Source: docs/adr/0260-books.md (7).
    """
    return [ChainLine(*row) for row in query(CHAIN, entry)]


class RestingLine(NamedTuple):
    """An entry that names another one as what it rests on, or that reverses it; what it debits in all."""

    book: str
    key: str
    kind: str
    day: date
    reverses: bool
    amount: int
    unit: str


def resting_on(entry: UUID, most: int) -> list[RestingLine]:
    """The entries that rest on one, and its reversal, in the order of their days.

    Source: docs/adr/0260-books.md (7).
    """
    return [RestingLine(*row) for row in query(ABOVE, entry, entry, entry, most)]


def untraced(book: str, traced: Sequence[str], sources: Sequence[tuple[str, str]]) -> list[str]:
    """Numbers of entries that credit a traced account and rest on nothing that credits a source.

    Args:
        book: The book of the entries.
        traced: Accounts that nothing may leave without an origin.
        sources: (book, account) of the origins.

    Source: docs/adr/0260-books.md (7).
    """
    names = [list(column) for column in zip(*sources, strict=True)] if sources else [[], []]
    return [key for (key,) in query(UNTRACED, book, list(traced), *names)]
