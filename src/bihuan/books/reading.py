"""What the judge needs to know, read from locked rows: standings, known numbers, reservations, closings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from bihuan.books.catalogue import all_books
from bihuan.books.declaration import BookDeclaration
from bihuan.books.drafting import HOLD, AccountKey
from bihuan.books.pipelining import pipelined, send
from bihuan.books.pure.content import content_digest
from bihuan.registers.isolation import naming
from bihuan.rules.journal import BookRules, Draft, HeldAmount, Journal, PostedLine, Standing

UNKNOWN_DAY = date.min
"""The day of an entry of which only its number matters."""

FIND = """
SELECT a.id, a.book, a.name, a.subject FROM book_account a
JOIN unnest(%s::text[], %s::text[], %s::text[]) AS k(book, name, subject) USING (book, name, subject)
"""
OPEN = """
INSERT INTO book_account (district_id, book, name, subject, unit, normal, floor, ceiling, opened_at)
SELECT nullif(current_setting('bihuan.district', true), ''), k.*, now()
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::smallint[], %s::bigint[], %s::bigint[]) AS k
ON CONFLICT DO NOTHING
"""
_STANDING = "SELECT id, book, name, subject, unit, normal, posted, pending_debit, pending_credit, floor, ceiling FROM "
LOCK = f"{_STANDING} book_locked(%s::bigint[])"
LOCK_NAMED = f"{_STANDING} book_locked_named(%s::text[], %s::text[], %s::text[])"
ENTRIES = "SELECT id, book, key, salt, digest FROM book_known(%s::text[], %s::text[])"
HOLDS = """
SELECT id, book, key, salt, digest, debit_id, credit_id, remaining, expires_at
FROM book_known_holds(%s::text[], %s::text[])
"""
MIRRORED = "SELECT entry_id, account_id, amount FROM book_line WHERE entry_id = ANY(%s) ORDER BY entry_id, number"
REVERSED = "SELECT reverses FROM book_entry WHERE reverses = ANY(%s)"
CLOSED = "SELECT book, max(until) FROM book_closing WHERE book = ANY(%s::text[]) GROUP BY book"


@dataclass(slots=True)
class Accounts:
    """The rows that drafts concern.

    Args:
        standings: By account key. ids: Of rows, by account key. names: Account keys by id of the row.
        entries: Ids of known entries and holds, by number.
    """

    standings: dict[str, Standing] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    entries: dict[str, UUID] = field(default_factory=dict)


def query(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


class _Read(NamedTuple):
    """What one trip to the server brought: locked accounts, known entries, the last closed day of each book."""

    accounts: list[tuple[Any, ...]]
    entries: list[tuple[Any, ...]]
    closed: list[tuple[Any, ...]]


class Locked(NamedTuple):
    """Locked accounts, a journal that knows what drafts are judged against, and the instant of the judgement."""

    accounts: Accounts
    journal: Journal
    at: datetime


def read_locked(drafts: Sequence[Draft], district: str = "") -> Locked:
    """Lock the accounts of all lines and read what their drafts must be judged against.

    Accounts that a book declares and nobody has used yet are opened first.

    Args:
        drafts: In order.
        district: Named in the same trip; empty: the transaction works for one already.

    Source: docs/adr/0260-books.md (5, locked in the order of their ids); docs/adr/0318-posting-in-three-trips.md.
    """
    keys = {_parsed(line.account) for draft in drafts for line in draft.lines}
    wanted = {number for draft in drafts for number in (draft.key, draft.ref, draft.reverses, draft.hold) if number}
    numbers = [number for number in wanted if not number.endswith(HOLD)]
    books = {draft.book for draft in drafts}
    read = _read(LOCK_NAMED, _columns(keys), numbers, books, district)
    if keys and not read.accounts:  # one of them has no row: nothing is locked yet
        found = _found(keys)
        missing = [key for key in keys if key not in found and _declared(key) is not None]
        if missing:
            open_accounts(missing)
            found |= _found(set(missing))
        read = _read(LOCK, [sorted(found.values())], numbers, books)
    now, accounts = timezone.now(), _standings(read.accounts)
    journal = Journal(accounts.standings, rules=_rules(books, dict(read.closed)))
    _fill_entries(journal, accounts, read.entries, drafts)
    if any(number.endswith(HOLD) for number in wanted):
        _fill_holds(journal, accounts, [number for number in wanted if number.endswith(HOLD)], drafts, now)
    return Locked(accounts, journal, now)


def _read(lock: str, keys: Sequence[Any], numbers: Sequence[str], books: set[str], district: str = "") -> _Read:
    """Each statement sees what was committed when it began, thus after the locks of the one before it."""
    with pipelined():
        if district:
            send(*naming(district))
        sent = send(lock, *keys), send(ENTRIES, *_split(numbers)), send(CLOSED, list(books))
        return _Read(*(cursor.fetchall() for cursor in sent))


def _standings(rows: Iterable[tuple[Any, ...]]) -> Accounts:
    accounts = Accounts()
    for row, book, name, subject, unit, normal, posted, debit, credit, floor, ceiling in rows:
        key = str(AccountKey(book, name, subject))
        accounts.standings[key] = Standing(unit, normal, posted, debit, credit, floor, ceiling)
        accounts.ids[key], accounts.names[row] = row, key
    return accounts


def open_accounts(keys: Sequence[AccountKey], ceiling: int | None = None) -> None:
    """Open declared accounts that have no row yet; what is there stays as it is.

    Args:
        keys: Of declared accounts.
        ceiling: In place of the declared one, in smallest units: of a hall, its seats.

    Source: docs/adr/0260 (3, 5)
    """
    rows = []
    for key in keys:
        book = all_books()[key.book].book
        account = book.accounts[key.name]
        most = book.bound(key.name, "ceiling") if ceiling is None else ceiling
        normal = 1 if account.normal == "debit" else -1
        rows.append((*key, account.unit, normal, book.bound(key.name, "floor"), most))
    query(OPEN, *[list(column) for column in zip(*rows, strict=True)])


def _fill_entries(
    journal: Journal, accounts: Accounts, rows: Iterable[tuple[Any, ...]], drafts: Sequence[Draft]
) -> None:
    asked = {draft.key: draft for draft in drafts}
    for row, book, key, salt, digest in rows:
        number = f"{book}/{key}"
        accounts.entries[number] = row
        journal.entries[number] = _known(asked.get(number), number, salt, digest)
    mirrored = {draft.reverses for draft in drafts if draft.reverses in accounts.entries}
    if mirrored:
        numbers_of = {accounts.entries[number]: number for number in mirrored}
        lines: dict[str, list[PostedLine]] = {}
        for entry, account, amount in query(MIRRORED, list(numbers_of)):
            name = accounts.names.get(account, "")  # one that the mirror does not touch: no mirror
            unit = accounts.standings[name].unit if name else ""
            debit, credit = (amount, None) if amount > 0 else (None, -amount)
            lines.setdefault(numbers_of[entry], []).append(PostedLine(name, debit, credit, unit))
        for number, found in lines.items():
            journal.entries[number] = Draft(number, UNKNOWN_DAY, tuple(found))
        journal.reversed |= {numbers_of[row] for (row,) in query(REVERSED, list(numbers_of))}


def _fill_holds(
    journal: Journal, accounts: Accounts, numbers: Sequence[str], drafts: Sequence[Draft], now: datetime
) -> None:
    asked = {draft.key: draft for draft in drafts}
    for row, book, key, salt, digest, debit, credit, left, expires in query(
        HOLDS, *_split([number.removesuffix(HOLD) for number in numbers])
    ):
        number = f"{book}/{key}{HOLD}"
        accounts.entries[number] = row
        journal.entries[number] = _known(asked.get(number), number, salt, digest)
        names = accounts.names.get(debit), accounts.names.get(credit)
        if names[0] and names[1] and (expires is None or expires > now):
            journal.holds[number] = HeldAmount(names[0], names[1], left)


def _known(asked: Draft | None, number: str, salt: bytes, digest: bytes) -> Draft:
    """The asked draft itself when it is the one that is on record, else one that differs from every other."""
    if asked is not None and content_digest(asked, bytes(salt)) == bytes(digest):
        return asked
    return Draft(number, UNKNOWN_DAY, ())


def _rules(books: set[str], closed: Mapping[str, date]) -> dict[str, BookRules]:
    return {
        name: BookRules(declared.book.refusals, closed.get(name), refs=True)
        for name in books
        if (declared := all_books().get(name)) is not None
    }


def _found(keys: set[AccountKey]) -> dict[AccountKey, int]:
    return {AccountKey(book, name, subject): row for row, book, name, subject in query(FIND, *_columns(keys))}


def _columns(keys: set[AccountKey]) -> list[list[str]]:
    return [[key.book for key in keys], [key.name for key in keys], [key.subject for key in keys]]


def _declared(key: AccountKey) -> BookDeclaration | None:
    """The book of an account that it declares, with or without a subject as declared."""
    declared = all_books().get(key.book)
    account = declared.book.accounts.get(key.name) if declared else None
    if declared is None or account is None or (account.subject is None) != (not key.subject):
        return None
    return declared.book


def _parsed(text: str) -> AccountKey:
    book, _, rest = text.partition("/")
    name, _, subject = rest.partition(":")
    return AccountKey(book, name, subject)


def _split(numbers: Sequence[str]) -> tuple[list[str], list[str]]:
    pairs = [number.split("/", 1) for number in numbers]
    return [book for book, _ in pairs], [key for _, key in pairs]
