"""Rows of what was posted, and the set-based statements that insert them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from bihuan.books.drafting import HOLD
from bihuan.books.models import POSTED
from bihuan.books.pipelining import send
from bihuan.books.pure.content import SALT_BYTES, content_digest
from bihuan.books.reading import Accounts
from bihuan.registers.pure.ids import new_id
from bihuan.rules.journal import Draft

STATEMENT = "book_entry"
"""The kind of the log's statements about entries and reservations."""

_DISTRICT = "nullif(current_setting('bihuan.district', true), '')"
ENTRIES = f"""
INSERT INTO book_entry (district_id, posted_at, id, book, key, kind, day, actor, lines, ref, reverses, hold, restates,
                        salt, digest)
SELECT {_DISTRICT}, %s, k.* FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::date[], %s::text[],
    %s::smallint[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::bytea[], %s::bytea[]) AS k
"""  # noqa: S608 - built from constants
LINES = f"""
INSERT INTO book_line (district_id, entry_id, number, account_id, day, amount)
SELECT {_DISTRICT}, k.* FROM unnest(%s::uuid[], %s::smallint[], %s::bigint[], %s::date[], %s::bigint[]) AS k
"""  # noqa: S608
HOLDS = f"""
INSERT INTO book_hold (district_id, made_at, id, book, key, kind, debit_id, credit_id, amount, remaining, expires_at,
                       actor, ref, salt, digest)
SELECT {_DISTRICT}, %s, k.* FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
    %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[], %s::uuid[], %s::bytea[], %s::bytea[]) AS k
"""  # noqa: S608
RELEASES = f"""
INSERT INTO book_release (district_id, at, id, hold_id, how, amount, entry_id, actor)
SELECT {_DISTRICT}, %s, k.* FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::uuid[], %s::text[]) AS k
"""  # noqa: S608


class NewEntry(NamedTuple):
    """An entry to insert, with its lines as (account id, amount); columns as `ENTRIES` has them."""

    id: UUID
    book: str
    key: str
    kind: str
    day: date
    actor: str
    lines: tuple[tuple[int, int], ...]
    ref: UUID | None
    reverses: UUID | None
    hold: UUID | None
    restates: str
    salt: bytes
    digest: bytes
    at: datetime
    part: int


class NewHold(NamedTuple):
    """A reservation to insert; columns as `HOLDS` has them."""

    id: UUID
    book: str
    key: str
    kind: str
    debit: int
    credit: int
    amount: int
    remaining: int
    expires: datetime | None
    actor: str
    ref: UUID | None
    salt: bytes
    digest: bytes
    at: datetime


class NewRelease(NamedTuple):
    """A release to insert; columns as `RELEASES` has them."""

    id: UUID
    hold: UUID
    how: str
    amount: int
    entry: UUID | None
    actor: str


def entry_row(draft: Draft, actor: str, at: datetime, ids: dict[str, UUID], accounts: Accounts) -> NewEntry:
    """The row of a posted draft; its id joins `ids`, so that later drafts can rest on it.

    Source: docs/adr/0260 (3, append-only; triggers move the balances)
    """
    book, key = draft.key.split("/", 1)
    row = ids[draft.key] = new_id()
    salt = os.urandom(SALT_BYTES)
    lines = tuple((accounts.ids[line.account], line.amount) for line in draft.lines)
    part = next((line.debit for line in draft.lines if line.debit), 0) if draft.hold else 0
    return NewEntry(
        row, book, key, draft.kind, draft.day, actor, lines, _of(ids, draft.ref), _of(ids, draft.reverses),
        _of(ids, draft.hold), draft.restates, salt, content_digest(draft, salt), at, part,
    )  # fmt: skip


def hold_row(
    draft: Draft, actor: str, expires: datetime | None, at: datetime, ids: dict[str, UUID], accounts: Accounts
) -> NewHold:
    """The row of a reservation; its id joins `ids`.

    Source: docs/adr/0260 (3, append-only; triggers move the balances)
    """
    book, key = draft.key.removesuffix(HOLD).split("/", 1)
    row = ids[draft.key] = new_id()
    salt = os.urandom(SALT_BYTES)
    debit, credit = sorted(draft.lines, key=lambda line: -line.amount)
    return NewHold(
        row, book, key, draft.kind, accounts.ids[debit.account], accounts.ids[credit.account], debit.amount,
        debit.amount, expires, actor, _of(ids, draft.ref), salt, content_digest(draft, salt), at,
    )  # fmt: skip


def _of(ids: Mapping[str, UUID], number: str) -> UUID | None:
    return ids.get(number) if number else None


def insert_entries(rows: Sequence[NewEntry]) -> None:
    """Insert entries, what they release and their lines; triggers move the balances.

    Source: docs/adr/0260 (3, append-only; triggers move the balances)
    """
    if not rows:
        return
    columns: list[list[object]] = [list(column) for column in zip(*(row[:13] for row in rows), strict=True)]
    columns[6] = [len(row.lines) for row in rows]
    send(ENTRIES, rows[0].at, *columns)
    insert_releases(
        [NewRelease(new_id(), row.hold, POSTED, row.part, row.id, row.actor) for row in rows if row.hold is not None],
        rows[0].at,
    )
    lines = [
        (row.id, number, account, row.day, amount)
        for row in rows
        for number, (account, amount) in enumerate(row.lines, 1)
    ]
    send(LINES, *[list(column) for column in zip(*lines, strict=True)])


def insert_holds(rows: Sequence[NewHold]) -> None:
    """Insert reservations; triggers move what is pending.

    Source: docs/adr/0260 (3, append-only; triggers move the balances)
    """
    if rows:
        send(HOLDS, rows[0].at, *[list(column) for column in zip(*(row[:13] for row in rows), strict=True)])


def insert_releases(rows: Sequence[NewRelease], at: datetime) -> None:
    """Insert ends of reservations; triggers free what was pending.

    Source: docs/adr/0260 (3, append-only; triggers move the balances)
    """
    if rows:
        send(RELEASES, at, *[list(column) for column in zip(*rows, strict=True)])
