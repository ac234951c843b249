"""Reconciliations that are kept: each begins with what the ones before left on both sides, and says what it leaves.

A line of ours or of the bank's is answered once; the database holds that. A bank's line is kept under the name that
the bank gave it; brought again by another file it is the same line. The newest one of an account is what pages and
watches read. Source: docs/adr/0316-kept-reconciliations.md.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from bihuan.books.balances import statement
from bihuan.books.declaration import BookDeclaration
from bihuan.books.drafting import AccountKey, account_key
from bihuan.books.models import ReconciliationRow
from bihuan.books.pure.amounts import write_amount
from bihuan.books.pure.matching import DAYS, Matched, MatchLine, UnmatchedLine, reconcile
from bihuan.books.reading import query
from bihuan.books.reconciling import read_bank
from bihuan.ledger.statements import promise_statements
from bihuan.readers import Rejects
from bihuan.registers.pure.ids import new_id

STATEMENT = "reconciliation"
"""The kind of the log's statements about reconciliations."""
MOST_LEFT = 5_000
"""Lines left over that one reconciliation lists, the oldest; it counts all."""
CERTAIN = "reference"

_DISTRICT = "nullif(current_setting('bihuan.district', true), '')"
_LOCK = f"SELECT pg_advisory_xact_lock(hashtextextended({_DISTRICT} || '/reconcile/' || %s || '/' || %s, 0))"
_ANSWERED = "SELECT line FROM book_answered WHERE book = %s AND account = %s AND side = %s"
_WAITING = """
SELECT b.line, b.day, b.amount, b.reference FROM book_bank_line b WHERE b.book = %s AND b.account = %s AND NOT EXISTS (
    SELECT FROM book_answered a WHERE a.district_id = b.district_id AND a.book = b.book AND a.account = b.account
        AND a.side = 'theirs' AND a.line = b.line)
"""
_KNOWN = "SELECT line, day, amount FROM book_bank_line WHERE book = %s AND account = %s AND line = ANY(%s)"
_BRING = f"""
INSERT INTO book_bank_line (district_id, book, account, first, id, line, day, amount, reference)
SELECT {_DISTRICT}, %s, %s, %s, k.* FROM unnest(%s::uuid[], %s::text[], %s::date[], %s::bigint[], %s::text[]) AS k
"""  # noqa: S608 - built from constants
_ANSWER = f"""
INSERT INTO book_answered (district_id, book, account, reconciliation_id, id, side, line, number, how)
SELECT {_DISTRICT}, %s, %s, %s, k.* FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::int[], %s::text[]) AS k
"""  # noqa: S608


class KeptReconciliation(NamedTuple):
    """A kept reconciliation, and whether it was made now or known already."""

    row: ReconciliationRow
    fresh: bool


def keep_reconciliation(
    book: BookDeclaration, account: str, path: Path, at: date, actor: str, *, rejects: Rejects, days: int = DAYS
) -> KeptReconciliation:
    """Reconcile what is still open of an account and of its bank's files with one file more, and keep the answer.

    Args:
        book, account, path, at, rejects, days: See `reconcile_file`.
        actor: Who reconciles.

    Raises:
        StatementFault, FileError: the file cannot be read; nothing is kept.

    Source: docs/adr/0316-kept-reconciliations.md.
    """
    key, digest = account_key(book.book, account), hashlib.sha256(path.read_bytes()).hexdigest()
    bank = read_bank(book, key, path, rejects)
    with transaction.atomic():
        query(_LOCK, book.book, account)
        known = ReconciliationRow.objects.filter(book=book.book, account=account, at=at, file=digest).first()
        if known is not None:
            return KeptReconciliation(known, False)
        made, now = new_id(), timezone.now()
        ours, balance = _ours(book, key, account, at)
        brought = _bring(book.book, account, bank.lines, made, digest)
        theirs = [MatchLine(*row) for row in query(_WAITING, book.book, account)]
        found = reconcile(ours, theirs, at, days)
        _answer(book.book, account, made, found.matched)
        scale = book.scale(book.accounts[key.name].unit)
        figures = {
            "ours": len(ours), "theirs": len(theirs), "brought": brought, "matched": len(found.matched),
            "ways": dict(sorted(Counter(match.how for match in found.matched).items())), "days": days,
            "connected": bank.connected, "unit": book.accounts[key.name].unit, "balance": write_amount(balance, scale),
            "bank_balance": None if bank.closing is None else write_amount(bank.closing, scale),
            **_left(found.rest, scale),
        }  # fmt: skip
        row = ReconciliationRow(
            id=made, district_id=query(f"SELECT {_DISTRICT}")[0][0], book=book.book, account=account, at=at,
            made_at=now, actor=actor, file=digest, figures=figures,
            rest=[_told(each, scale) for each in found.rest[:MOST_LEFT]],
        )  # fmt: skip
        row.save(force_insert=True)
        promise_statements(STATEMENT, {made: {"book": book.book, "at": at.isoformat(), "file": digest}}, now)
    return KeptReconciliation(row, True)


def newest_reconciliations(book: str, account: str = "", most: int = 50) -> list[ReconciliationRow]:
    """Return kept reconciliations of a book, the newest first. Source: docs/adr/0316-kept-reconciliations.md."""
    rows = ReconciliationRow.objects.filter(book=book, **({"account": account} if account else {}))
    return list(rows.order_by("-at", "-made_at")[:most])


def guessed(key: UUID, most: int = 500) -> list[tuple[str, list[str], list[str]]]:
    """Return what a reconciliation matched without a shared reference: how, our lines, the bank's.

    Source: docs/adr/0316-kept-reconciliations.md (a person looks at what was matched by amount or sum).
    """
    rows = query(
        "SELECT number, how, side, line FROM book_answered WHERE reconciliation_id = %s AND how <> %s "
        "ORDER BY number, side, line LIMIT %s", key, CERTAIN, most,
    )  # fmt: skip
    found: dict[int, tuple[str, list[str], list[str]]] = {}
    for number, how, side, line in rows:
        match = found.setdefault(number, (how, [], []))
        (match[1] if side == "ours" else match[2]).append(line)
    return list(found.values())


def _ours(book: BookDeclaration, key: AccountKey, account: str, at: date) -> tuple[list[MatchLine], int]:
    """Our lines that nothing has answered, and the balance; a line is called by its entry and its place in it."""
    sign = 1 if book.accounts[key.name].normal == "debit" else -1
    lines = statement(book.book, key.name, key.subject, at)
    answered = {line for (line,) in query(_ANSWERED, book.book, account, "ours")}
    places: Counter[str] = Counter()
    found = []
    for line in lines:
        places[line.key] += 1
        name = f"{line.key}/{places[line.key]}"
        if name not in answered:
            found.append(MatchLine(name, line.day, sign * line.amount, line.key))
    return found, (sign * lines[-1].balance if lines else 0)


def _bring(book: str, account: str, lines: Sequence[MatchLine], made: UUID, digest: str) -> int:
    """Keep the lines that no earlier file had; one of the same name that says something else is another line."""
    names = Counter(_name(line) for line in lines)
    held = {row[0]: (row[1], row[2]) for row in query(_KNOWN, book, account, list(names))}
    fresh = []
    for line in lines:
        name = _name(line)
        if names[name] > 1 or held.get(name, (line.day, line.amount)) != (line.day, line.amount):
            name = f"{digest[:8]}/{line.id}"
        elif name in held:
            continue
        fresh.append((new_id(), name, line.day, line.amount, line.reference))
    again = {row[0] for row in query(_KNOWN, book, account, [row[1] for row in fresh])}
    fresh = [row for row in fresh if row[1] not in again]
    if fresh:
        query(_BRING, book, account, made, *(list(column) for column in zip(*fresh, strict=True)))
    return len(fresh)


def _name(line: MatchLine) -> str:
    """The bank's own name of a line, without its place in the file; a bare number names nothing beyond its file."""
    number, _, name = line.id.partition(":")
    return name if name and number.isdecimal() and name != number else line.id


def _answer(book: str, account: str, made: UUID, matched: Iterable[Matched]) -> None:
    rows = [
        (new_id(), side, line, number, match.how)
        for number, match in enumerate(matched, 1)
        for side, lines in (("ours", match.ours), ("theirs", match.theirs))
        for line in lines
    ]
    if rows:
        query(_ANSWER, book, account, made, *(list(column) for column in zip(*rows, strict=True)))


def _left(rest: Sequence[UnmatchedLine], scale: int) -> dict[str, Any]:
    sides = {side: [each.line.amount for each in rest if each.side == side] for side in ("ours", "theirs")}
    return {f"left_{side}": len(found) for side, found in sides.items()} | {
        f"sum_{side}": write_amount(sum(found), scale) for side, found in sides.items()
    }


def _told(left: UnmatchedLine, scale: int) -> dict[str, Any]:
    return {
        "side": left.side, "line": left.line.id, "day": left.line.day.isoformat(), "age": left.age,
        "amount": write_amount(left.line.amount, scale), "reference": left.line.reference,
    }  # fmt: skip


def rest_since(row: ReconciliationRow, until: datetime, zone: Any) -> list[dict[str, Any]]:
    """Return what a reconciliation left whose day is not after an instant's. Source: docs/topics/watches.md."""
    last = until.astimezone(zone).date().isoformat()
    return [each for each in row.rest if each["day"] <= last]
