"""Who waits for a part of a quota, in a public order; what comes back goes to them in that order.

A party gets all it asks for or goes on waiting; a smaller one behind it may be served meanwhile. The order is the place
it was given (a draw's rank, an instant), then its key. Serving posts an entry for each under the account's lock.
Source: DESIGN §14 (Reservation: all of a party or none, public waiting order); docs/adr/0291-reservations.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from bihuan.books.declaration import AMOUNT, BookDeclaration
from bihuan.books.drafting import account_key, draft_kind
from bihuan.books.models import LEFT, SERVED
from bihuan.books.posting import Act, post_acts
from bihuan.books.pure.amounts import write_amount
from bihuan.books.reading import query
from bihuan.registers.pure.ids import new_id

_DISTRICT = "nullif(current_setting('bihuan.district', true), '')"
JOIN = f"""
INSERT INTO book_waiting (district_id, book, account, subject, asked_at, actor, kind, id, key, amount, place, values)
SELECT {_DISTRICT}, %s, %s, %s, %s, %s, %s, k.*
FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::jsonb[]) AS k
ON CONFLICT DO NOTHING
"""  # noqa: S608 - built from constants
QUEUE = """
SELECT w.id, w.key, w.kind, w.amount, w.place, w.values FROM book_waiting w
WHERE w.book = %s AND w.account = %s AND w.subject = %s
  AND NOT EXISTS (SELECT FROM book_waiting_end e WHERE e.waiting_id = w.id) ORDER BY w.place, w.key
"""
STANDING = """
SELECT id, normal * posted, CASE normal WHEN 1 THEN pending_credit ELSE pending_debit END FROM book_account
WHERE book = %s AND name = %s AND subject = %s
"""
END = f"""
INSERT INTO book_waiting_end (district_id, how, at, actor, waiting_id)
SELECT {_DISTRICT}, %s, %s, %s, k FROM unnest(%s::uuid[]) AS k ON CONFLICT DO NOTHING
"""  # noqa: S608


class Waiting(NamedTuple):
    """A party that waits: its key, how much it asks for, its place, and the values of the entry that would serve it."""

    key: str
    amount: int
    place: int
    values: Mapping[str, Any]


def who_fits(free: int, queue: Iterable[Waiting]) -> list[Waiting]:
    """Whom so much serves, in order: each whole or not at all, smaller ones behind a larger as well.

    Source: docs/adr/0291-reservations.md.
    """
    served = []
    for party in queue:
        if party.amount <= free:
            free -= party.amount
            served.append(party)
    return served


def join_queue(
    book: BookDeclaration, account: str, kind: str, parties: Sequence[Waiting], actor: str, at: datetime | None = None
) -> None:
    """Put parties into the queue of an account (`free:concert-3`); who stands there already stays where he is.

    Args:
        kind: Of the entry that serves a party; it moves `amount` out of the account.

    Source: docs/adr/0291-reservations.md.
    """
    key = account_key(book.book, account)
    rows = [(new_id(), each.key, each.amount, each.place, json.dumps(dict(each.values))) for each in parties]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        query(JOIN, book.book, key.name, key.subject, at or timezone.now(), actor, kind, *columns)


def queue_of(book: str, account: str) -> list[Waiting]:
    """Who waits for an account, in the public order. Source: docs/adr/0291-reservations.md."""
    key = account_key(book, account)
    rows = query(QUEUE, book, key.name, key.subject)
    return [Waiting(row[1], row[3], row[4], _decoded(row[5])) for row in rows]


def serve_queue(book: BookDeclaration, account: str, day: date, actor: str) -> list[str]:
    """Serve whom the account's free amount serves, in the public order; returns their keys.

    Source: docs/adr/0291-reservations.md.
    """
    key = account_key(book.book, account)
    scale = book.scale(book.accounts[key.name].unit)
    with transaction.atomic():
        found = query(STANDING, book.book, key.name, key.subject)
        if not found:
            return []
        query("SELECT id FROM book_locked(%s)", [found[0][0]])
        ((_, balance, pending),) = query(STANDING, book.book, key.name, key.subject)
        rows = {row[1]: row for row in query(QUEUE, book.book, key.name, key.subject)}
        waiting = [Waiting(row[1], row[3], row[4], _decoded(row[5])) for row in rows.values()]
        served = who_fits(balance - pending, waiting)
        drafts = [
            draft_kind(book, rows[p.key][2], p.key, day, {**p.values, AMOUNT: write_amount(p.amount, scale)})
            for p in served
        ]
        answers = post_acts([Act((draft,), actor) for draft in drafts]) if drafts else []
        done = [p.key for p, (verdict,) in zip(served, answers, strict=True) if verdict.reason is None]
        _end(SERVED, actor, [rows[name][0] for name in done])
    return done


def leave_queue(book: str, account: str, keys: Sequence[str], actor: str) -> int:
    """Take parties out of a queue; returns how many were in it. Source: docs/adr/0291-reservations.md."""
    key, wanted = account_key(book, account), set(keys)
    found = [row[0] for row in query(QUEUE, book, key.name, key.subject) if row[1] in wanted]
    _end(LEFT, actor, found)
    return len(found)


def _end(how: str, actor: str, ids: Sequence[Any]) -> None:
    if ids:
        query(END, how, timezone.now(), actor, list(ids))


def _decoded(values: Any) -> Mapping[str, Any]:
    return values if isinstance(values, dict) else dict(json.loads(values))
