"""Posting: acts of drafts become entries, holds and lines, whole or not at all, in a few statements for many acts.

The accounts of all acts are locked in the order of their ids; under the lock the pure judge decides each act in turn;
what it posts is written by set-based statements, with one leaf of the log per entry and reservation. Nothing here can
get past the database: triggers move the balances and refuse what does not fit (`guards`).
Source: DESIGN §14; docs/adr/0260-books.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction

from bihuan.books import reading, writing
from bihuan.books.pipelining import pipelined
from bihuan.ledger.statements import promise_statements
from bihuan.rules.journal import POSTED, Draft, Verdict

TRIES = 3
"""How often an act is judged anew when somebody else posted the same number at the same moment."""


class Act(NamedTuple):
    """Drafts of one book or several that are posted together or not at all.

    Args:
        drafts: In order.
        actor: Who posts.
        expires: Until when its reservations hold; None: until they are released.
    """

    drafts: tuple[Draft, ...]
    actor: str
    expires: datetime | None = None


def post(*drafts: Draft, actor: str, expires: datetime | None = None) -> list[Verdict]:
    """Post drafts in one act; one verdict each. The caller works for a district (`in_district`).

    Source: DESIGN §14 (Σ = 0; limits hold under concurrency).
    """
    return post_acts([Act(drafts, actor, expires)])[0]


def post_acts(acts: Sequence[Act]) -> list[list[Verdict]]:
    """Judge acts one after the other and write what is posted, in one transaction.

    Args:
        acts: Each whole or not at all; one that is refused does not touch the others.

    Returns:
        For each act one verdict per draft.

    Raises:
        django.db.IntegrityError: the database refuses what the judge let pass; nothing is written.

    Source: docs/adr/0260 (2, 5)
    """
    return _tried(acts)


def post_for(district: str, acts: Sequence[Act]) -> list[list[Verdict]]:
    """Post as `post_acts` does, in a transaction of its own that works for a district: three trips to the server.

    Args:
        district: Code. acts: see `post_acts`.

    Raises:
        django.db.IntegrityError: see `post_acts`.

    Source: docs/adr/0318-posting-in-three-trips.md.
    """
    return _tried(acts, district)


def _tried(acts: Sequence[Act], district: str = "") -> list[list[Verdict]]:
    for left in range(TRIES - 1, -1, -1):
        try:
            with transaction.atomic():
                return _post(acts, district)
        except IntegrityError as error:
            # Two acts with one number and no common account: the second finds the first once it looks again.
            if not left or not _number_taken(error):
                raise
    raise AssertionError("unreachable")


def _post(acts: Sequence[Act], district: str) -> list[list[Verdict]]:
    drafts = [draft for act in acts for draft in act.drafts]
    accounts, journal, now = reading.read_locked(drafts, district)
    verdicts: list[list[Verdict]] = []
    posted: list[tuple[Draft, Act]] = []
    for act in acts:
        found = journal.post_all(act.drafts)
        verdicts.append(found)
        posted += [(draft, act) for draft, verdict in zip(act.drafts, found, strict=True) if verdict is POSTED]
    _write(posted, accounts, now)
    return verdicts


def _write(posted: Sequence[tuple[Draft, Act]], accounts: reading.Accounts, now: datetime) -> None:
    if not posted:
        return
    ids: dict[str, UUID] = dict(accounts.entries)
    holds = [writing.hold_row(d, act.actor, act.expires, now, ids, accounts) for d, act in posted if d.pending]
    entries = [writing.entry_row(d, act.actor, now, ids, accounts) for d, act in posted if not d.pending]
    leaves = {row.id: {"book": row.book, "digest": row.digest.hex()} for row in holds}
    leaves |= {row.id: {"book": row.book, "digest": row.digest.hex()} for row in entries}
    with pipelined():
        writing.insert_holds(holds)
        writing.insert_entries(entries)
        promise_statements(writing.STATEMENT, leaves, now)


def _number_taken(error: IntegrityError) -> bool:
    told = str(error)
    return "book_entry_once" in told or "book_hold_once" in told


def refused(verdicts: Iterable[Verdict]) -> str:
    """The first reason among verdicts; empty when all were posted or repeated. Source: docs/adr/0260 (2, 5)."""
    return next((str(verdict.reason) for verdict in verdicts if verdict.reason is not None), "")
